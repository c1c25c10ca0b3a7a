//! What the longer fields of an order do: lists, and what is loaded.

use async_graphql::{Context, Result};

use super::{
    super::{
        item::{OrderItem, OrderItemConnection, OrderItemFilter},
        note::{OrderNote, OrderNoteConnection},
    },
    AvailableAction, Order,
};
use crate::{
    graphql::{
        Here,
        connection::PageArguments,
        customer::Customer,
        error,
        event::{OrderEvent, OrderEventConnection},
        fulfillment::TrackingEvent,
        order_return::Return,
        payment::Payment,
        row::Row,
    },
    order::{note, transition},
    page,
};

impl Order {
    /// The buyer, for who sees the whole order.
    pub(super) async fn buyer(&self, ctx: &Context<'_>) -> Option<Result<Customer>> {
        let id = self.row().customer_id.filter(|_| self.is_whole())?;
        if let Some(customer) = self.0.customer.get() {
            return customer.clone().map(|row| Ok(Customer::new(row)));
        }
        let here = match Here::of(ctx) {
            Ok(here) => here,
            Err(error) => return Some(Err(error)),
        };
        match here.loaders.customers.load(&here.app.db, id).await {
            Ok(customer) => customer.map(|row| Ok(Customer::new(row))),
            Err(fault) => Some(Err(error::internal(ctx, &fault))),
        }
    }

    /// A page of the lines that the caller sees.
    pub(super) async fn items_page(
        &self,
        ctx: &Context<'_>,
        arguments: PageArguments,
        filter: Option<OrderItemFilter>,
    ) -> Result<OrderItemConnection> {
        let here = Here::of(ctx)?;
        let lines = self.lines(ctx).await?;
        let request = arguments.request(ctx, &here.app.config.pages, here.app.config.pages.page_size);
        let filter = filter.map(OrderItemFilter::filter).transpose()?;
        let seen = self.seen_lines(&lines).filter(|line| filter.as_ref().is_none_or(|filter| filter.holds(line)));
        let seen = seen.map(|row| OrderItem::new(row, self.0.currency)).collect();
        let page = page::slice("items", seen, |item: &OrderItem| item.row().position, &request);
        Ok(OrderItemConnection::new(page.map_err(|error| error::no_page(ctx, error))?, |item| item))
    }

    /// The payments that the caller sees.
    pub(super) async fn seen_payments(&self, ctx: &Context<'_>) -> Result<Vec<Payment>> {
        if !self.is_whole() {
            return Ok(Vec::new());
        }
        let rows = match self.0.payments.get() {
            Some(rows) => rows.clone(),
            None => {
                let here = Here::of(ctx)?;
                here.loaders.payments.load(&here.app.db, self.row().id).await.map_err(|fault| error::internal(ctx, &fault))?
            }
        };
        let currency = self.0.currency;
        Ok(Row::each(&rows).map(|row| Payment::new(row, currency)).collect())
    }

    /// What the caller sees of its way.
    pub(super) async fn seen_way(&self, ctx: &Context<'_>) -> Result<Vec<TrackingEvent>> {
        let events = TrackingEvent::of_order(ctx, &self.0.row).await?;
        if self.is_whole() {
            return Ok(events);
        }
        let own: Vec<_> = self.fulfillments(ctx).await?.iter().map(|fulfillment| fulfillment.row().id).collect();
        Ok(events.into_iter().filter(|event| event.row().fulfillment_id.is_none_or(|id| own.contains(&id))).collect())
    }

    /// A page of the notes that the caller sees.
    pub(super) async fn notes_page(&self, ctx: &Context<'_>, arguments: PageArguments) -> Result<OrderNoteConnection> {
        let here = Here::of(ctx)?;
        let rows = here.loaders.notes.load(&here.app.db, self.row().id).await.map_err(|fault| error::internal(ctx, &fault))?;
        let request = arguments.request(ctx, &here.app.config.pages, here.app.config.pages.page_size);
        let seen = rows.iter().filter(|row| note::shows(here.actor(), row)).cloned().collect();
        let page = page::slice("notes", seen, |row| row.position, &request);
        Ok(OrderNoteConnection::new(page.map_err(|error| error::no_page(ctx, error))?, OrderNote::new))
    }

    /// What the caller may do with it now.
    pub(super) async fn possible(&self, ctx: &Context<'_>) -> Result<Vec<AvailableAction>> {
        let here = Here::of(ctx)?;
        let (actor, rules) = (here.actor(), &here.app.config.orders);
        let sells = rules.sellers_can_fulfil && !actor.sees_all() && !actor.stores().is_empty();
        let only_own_goods = sells && {
            let lines = self.lines(ctx).await?;
            !lines.is_empty() && lines.iter().all(|line| actor.stores().contains(&line.store_id))
        };
        let actions = transition::available(actor, rules, self.row(), only_own_goods);
        Ok(actions
            .into_iter()
            .map(|(action, verdict)| AvailableAction { action: action.into(), allowed: verdict.is_ok(), reason: verdict.err() })
            .collect())
    }

    /// The returns that the caller sees.
    pub(super) async fn seen_returns(&self, ctx: &Context<'_>) -> Result<Vec<Return>> {
        let here = Here::of(ctx)?;
        let found = here.loaders.returns.load(&here.app.db, self.row().id).await.map_err(|fault| error::internal(ctx, &fault))?;
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let lines = self.lines(ctx).await?;
        let seen: Vec<_> = self.seen_lines(&lines).map(|line| line.id).collect();
        let returns = found.iter().filter(|(_, lines)| lines.iter().any(|line| seen.contains(&line.order_item_id)));
        Ok(returns.map(|(row, lines)| Return::new(row.clone(), lines.clone(), self.clone())).collect())
    }

    /// A page of the timeline.
    pub(super) async fn events_page(&self, ctx: &Context<'_>, arguments: PageArguments) -> Result<OrderEventConnection> {
        let here = Here::of(ctx)?;
        let rows = here.loaders.events.load(&here.app.db, self.row().id).await.map_err(|fault| error::internal(ctx, &fault))?;
        let request = arguments.request(ctx, &here.app.config.pages, here.app.config.pages.page_size);
        let page =
            page::slice("events", rows.to_vec(), |event| event.seq, &request).map_err(|error| error::no_page(ctx, error))?;
        let (whole, sees_all) = (self.is_whole(), here.actor().sees_all());
        Ok(OrderEventConnection::new(page, |row| OrderEvent::new(row, whole, sees_all)))
    }
}
