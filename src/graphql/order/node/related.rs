//! What the longer fields of an order do: lists, and what is loaded.

use std::sync::Arc;

use async_graphql::{Context, Result};

use super::{
    super::{
        OrderAddress, OrderGroup, OrderHold,
        item::{OrderItem, OrderItemConnection, OrderItemFilter},
        note::{OrderNote, OrderNoteConnection},
    },
    Order,
};
use crate::{
    graphql::{
        Here,
        connection::PageArguments,
        customer::Customer,
        error,
        event::{OrderEvent, OrderEventConnection},
        fulfillment::{Fulfillment, TrackingEvent},
        invoice::Invoice,
        order_return::Return,
        payment::Payment,
        row::Row,
        shipping::ShippingMethod,
        store::Store,
    },
    order::{note, ship_by},
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
        let own: Vec<_> = self.seen_fulfillments(ctx).await?.iter().map(|fulfillment| fulfillment.row().id).collect();
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

    /// The stores of the lines that the caller sees.
    pub(super) async fn shown_stores(&self, ctx: &Context<'_>) -> Result<Vec<Store>> {
        let here = Here::of(ctx)?;
        let ids = self.seen_stores(ctx).await?;
        let loads = ids.into_iter().map(|id| here.loaders.stores.load(&here.app.db, id));
        let stores = futures_util::future::try_join_all(loads).await.map_err(|fault| error::internal(ctx, &fault))?;
        Ok(stores.into_iter().flatten().map(Store::new).collect())
    }

    /// The store of all lines that the caller sees.
    pub(super) async fn only_store(&self, ctx: &Context<'_>) -> Result<Option<Store>> {
        let here = Here::of(ctx)?;
        let [id] = self.seen_stores(ctx).await?[..] else { return Ok(None) };
        let store = here.loaders.stores.load(&here.app.db, id).await.map_err(|fault| error::internal(ctx, &fault))?;
        Ok(store.map(Store::new))
    }

    /// Where it is shipped to, as the caller sees it.
    pub(super) fn seen_address(&self) -> Option<OrderAddress> {
        let address = OrderAddress::stored(self.row().shipping_address.as_deref());
        if self.is_whole() { address } else { address.map(OrderAddress::without_email) }
    }

    /// Whether it should have been shipped by now and is not.
    pub(super) fn is_overdue(&self, ctx: &Context<'_>) -> Result<bool> {
        let now = Here::of(ctx)?.app.clock.now();
        Ok(ship_by::is_open(self.row().status) && self.row().ship_by.is_some_and(|at| at < now))
    }

    /// The method it is shipped by.
    pub(super) async fn method(&self, ctx: &Context<'_>) -> Option<Result<ShippingMethod>> {
        let id = self.row().shipping_method_id?;
        let here = match Here::of(ctx) {
            Ok(here) => here,
            Err(error) => return Some(Err(error)),
        };
        match here.loaders.shipping_methods.load(&here.app.db, id).await {
            Ok(method) => method.map(|row| Ok(ShippingMethod::new(row, here.app.clock.now()))),
            Err(fault) => Some(Err(error::internal(ctx, &fault))),
        }
    }

    /// The parcels that the caller sees.
    pub(super) async fn seen_fulfillments(&self, ctx: &Context<'_>) -> Result<Vec<Fulfillment>> {
        let rows = Fulfillment::of_order(ctx, &self.0.row).await?;
        Ok(rows.into_iter().filter(|fulfillment| self.0.view.shows(fulfillment.row().store_id)).collect())
    }

    /// When it was held, for staff.
    pub(super) async fn seen_holds(&self, ctx: &Context<'_>) -> Result<Vec<OrderHold>> {
        let here = Here::of(ctx)?;
        if !here.actor().sees_all() {
            return Ok(Vec::new());
        }
        let key = (self.row().id, self.row().version);
        let rows = here.loaders.holds.load(&here.app.db, key).await.map_err(|fault| error::internal(ctx, &fault))?;
        Ok(Row::each(&rows).map(OrderHold::new).collect())
    }

    /// The invoices that the caller sees.
    pub(super) async fn seen_invoices(&self, ctx: &Context<'_>) -> Result<Vec<Invoice>> {
        let here = Here::of(ctx)?;
        let rows = here.loaders.invoices.load(&here.app.db, self.row().id).await.map_err(|fault| error::internal(ctx, &fault))?;
        let seen = rows.iter().filter(|row| self.0.view.shows(row.store_id));
        seen.map(|row| Invoice::new(ctx, Arc::new(row.clone()))).collect()
    }

    /// The orders that it was placed together with.
    pub(super) async fn placed_with(&self, ctx: &Context<'_>) -> Result<Option<OrderGroup>> {
        if let Some(group) = self.0.group.get() {
            return Ok(Some(group.clone()));
        }
        let here = Here::of(ctx)?;
        let group = here.loaders.order_groups.load(&here.app.db, self.row().id).await;
        Ok(group.map_err(|fault| error::internal(ctx, &fault))?.map(OrderGroup::new))
    }
}
