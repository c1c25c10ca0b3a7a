//! The order as the API shows it.

use std::sync::{Arc, OnceLock};

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use entity::{customer, id::OrderItemId, order, order_item, payment, time::Timestamp};

use super::{
    super::connection::connection,
    OrderAddress, OrderHold, OrderSnapshot,
    item::{OrderItem, OrderItemConnection, OrderItemFilter},
    note::{OrderNote, OrderNoteConnection},
    past,
    stored::{FulfillmentStatus, OrderAction, OrderPaymentStatus, OrderStatus, OrderType, PaymentType},
};
use crate::{
    graphql::{
        Here,
        connection::PageArguments,
        customer::Customer,
        error,
        event::{FieldChange, OrderEvent, OrderEventConnection},
        fulfillment::{Fulfillment, TrackingEvent},
        invoice::Invoice,
        order_return::Return,
        payment::Payment,
        row::Row,
        scalar::{CurrencyCode, Date, Int, Moment, Money},
        shipping::ShippingMethod,
        store::Store,
    },
    money::Currency,
    order::{
        edit::sums,
        note,
        past::{Facts, as_of},
        query::{Scope, View},
        ship_by, state, transition,
    },
    page,
};

/// An order. Cloning shares it.
#[derive(Clone)]
pub struct Order(Arc<Node>);

/// An order's row, how much of it the caller sees, and what was fetched with it.
struct Node {
    row: Arc<order::Model>,
    view: View,
    currency: Currency,
    items: OnceLock<Arc<[order_item::Model]>>,
    payments: OnceLock<Arc<[payment::Model]>>,
    customer: OnceLock<Option<Arc<customer::Model>>>,
}

impl Order {
    /// An order as the caller of a request sees it.
    ///
    /// # Errors
    /// For nobody, and when the stored currency is not one.
    pub fn seen(ctx: &Context<'_>, row: Arc<order::Model>) -> Result<Self> {
        let scope = Scope::of(Here::of(ctx)?.actor()).map_err(error::denied)?;
        Self::in_scope(ctx, &scope, row)
    }

    /// An order as a scope sees it.
    ///
    /// # Errors
    /// When the stored currency is not one.
    pub fn in_scope(ctx: &Context<'_>, scope: &Scope, row: Arc<order::Model>) -> Result<Self> {
        let currency = Currency::from_code(&row.currency)
            .ok_or_else(|| error::internal(ctx, &crate::fault::Fault::Corrupt(format!("currency {}", row.currency))))?;
        let view = scope.view(&row);
        Ok(Self(Arc::new(Node {
            row,
            view,
            currency,
            items: OnceLock::new(),
            payments: OnceLock::new(),
            customer: OnceLock::new(),
        })))
    }

    /// The order's row.
    pub fn row(&self) -> &order::Model {
        &self.0.row
    }

    /// Gives the order its lines, so that they are not loaded again.
    pub fn with_items(self, items: Arc<[order_item::Model]>) -> Self {
        let _ = self.0.items.set(items);
        self
    }

    /// Gives the order its payments, so that they are not loaded again.
    pub fn with_payments(self, payments: Arc<[payment::Model]>) -> Self {
        let _ = self.0.payments.set(payments);
        self
    }

    /// Gives the order its customer, so that it is not loaded again.
    pub fn with_customer(self, customer: Option<Arc<customer::Model>>) -> Self {
        let _ = self.0.customer.set(customer);
        self
    }

    /// The lines that the caller sees.
    fn seen_lines(&self, lines: &Arc<[order_item::Model]>) -> impl Iterator<Item = Row<order_item::Model>> {
        Row::each(lines).filter(|line| self.0.view.shows(line.store_id))
    }

    /// Whether the caller sees all of it: the buyer and staff do, a seller sees own lines.
    pub fn is_whole(&self) -> bool {
        self.0.view == View::Whole
    }

    /// The lines that the caller sees, as objects.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seen_items(&self, ctx: &Context<'_>) -> Result<Vec<OrderItem>> {
        let lines = self.lines(ctx).await?;
        Ok(self.seen_lines(&lines).map(|row| OrderItem::new(row, self.0.currency)).collect())
    }

    /// The currency of its amounts.
    pub fn money(&self) -> Currency {
        self.0.currency
    }

    /// One of its lines, if the caller sees it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn item(&self, ctx: &Context<'_>, id: OrderItemId) -> Result<Option<OrderItem>> {
        let lines = self.lines(ctx).await?;
        let line = self.seen_lines(&lines).find(|line| line.id == id);
        Ok(line.map(|row| OrderItem::new(row, self.0.currency)))
    }

    async fn lines(&self, ctx: &Context<'_>) -> Result<Arc<[order_item::Model]>> {
        if let Some(items) = self.0.items.get() {
            return Ok(items.clone());
        }
        let here = Here::of(ctx)?;
        here.loaders.items.load(&here.app.db, self.0.row.id).await.map_err(|fault| error::internal(ctx, &fault))
    }

    /// The order at a moment.
    async fn facts(&self, ctx: &Context<'_>, at: Timestamp) -> Result<Option<Facts>> {
        let here = Here::of(ctx)?;
        let events = here.loaders.events.load(&here.app.db, self.row().id).await;
        let events = events.map_err(|fault| error::internal(ctx, &fault))?;
        let lines = self.lines(ctx).await?;
        Ok(as_of(self.row(), &lines, &events, at))
    }

    /// The sums: of the whole order, or of the lines the caller sees.
    async fn sums(&self, ctx: &Context<'_>) -> Result<OrderTotals> {
        let row = self.row();
        let money = |minor| Money::new(minor, self.0.currency);
        if self.is_whole() {
            return Ok(OrderTotals {
                subtotal: money(row.subtotal_minor),
                shipping: money(row.shipping_minor),
                tax: money(row.tax_minor),
                discount: money(row.discount_minor),
                total: money(row.total_minor),
                paid: money(row.paid_minor),
                refunded: money(row.refunded_minor),
                balance: money(row.total_minor - row.paid_minor + row.refunded_minor),
                refund_due: money(sums::refund_due(row)),
            });
        }
        let lines = self.lines(ctx).await?;
        let own: i64 = lines.iter().filter(|line| self.0.view.shows(line.store_id)).map(|line| line.total_minor).sum();
        Ok(OrderTotals {
            subtotal: money(own),
            shipping: money(0),
            tax: money(0),
            discount: money(0),
            total: money(own),
            paid: money(0),
            refunded: money(0),
            balance: money(own),
            refund_due: money(0),
        })
    }
}

/// The sums of an order, in its currency. A seller sees the sums of the lines of own stores.
#[derive(Clone, Debug, SimpleObject)]
pub struct OrderTotals {
    /// Sum of the lines.
    subtotal: Money,
    /// Price of shipping.
    shipping: Money,
    /// Tax on top.
    tax: Money,
    /// Taken off.
    discount: Money,
    /// subtotal + shipping + tax − discount.
    total: Money,
    /// Captured by payments.
    paid: Money,
    /// Given back of what was captured.
    refunded: Money,
    /// What is still owed: total − paid + refunded; negative when more was paid.
    balance: Money,
    /// What was paid beyond the total and is to be given back; 0 when nothing is.
    refund_due: Money,
}

/// Whether an action may be done with an order now, by you.
#[derive(Clone, Debug, SimpleObject)]
pub struct AvailableAction {
    /// The action.
    action: OrderAction,
    /// Whether it may be done.
    allowed: bool,
    /// Why not.
    reason: Option<String>,
}

/// An order: snapshots of what was agreed, and sums that follow from its lines and payments.
#[Object]
impl Order {
    /// The order's id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.row().id.to_string())
    }

    /// ORD-YYYYMMDD-NNNN, unique.
    async fn number(&self) -> &str {
        &self.row().number
    }

    /// Where it is in its life.
    async fn status(&self) -> OrderStatus {
        self.row().status.into()
    }

    /// The status in words for people.
    async fn status_display(&self) -> &'static str {
        state::display(self.row().status)
    }

    /// How it stands with its payments.
    async fn payment_status(&self) -> OrderPaymentStatus {
        self.row().payment_status.into()
    }

    /// How far the goods are.
    async fn fulfillment_status(&self) -> FulfillmentStatus {
        self.row().fulfillment_status.into()
    }

    /// How it is shipped.
    async fn r#type(&self) -> OrderType {
        self.row().kind.into()
    }

    /// How the buyer means to pay.
    async fn payment_type(&self) -> Option<PaymentType> {
        self.row().payment_type.map(Into::into)
    }

    /// Currency of every amount of the order.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.0.currency)
    }

    /// The buyer; null when the customer was erased, and for sellers.
    async fn customer(&self, ctx: &Context<'_>) -> Option<Result<Customer>> {
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

    /// The buyer's name when the order was placed.
    async fn customer_name(&self) -> &str {
        &self.row().customer_name
    }

    /// The buyer's e-mail when the order was placed; null for sellers.
    async fn customer_email(&self) -> Option<&str> {
        self.row().customer_email.as_deref().filter(|_| self.is_whole())
    }

    /// The stores whose goods are in it, as far as you may see.
    async fn stores(&self, ctx: &Context<'_>) -> Result<Vec<Store>> {
        let here = Here::of(ctx)?;
        let lines = self.lines(ctx).await?;
        let mut ids: Vec<_> = lines.iter().map(|line| line.store_id).filter(|store| self.0.view.shows(*store)).collect();
        ids.sort();
        ids.dedup();
        let loads = ids.into_iter().map(|id| here.loaders.stores.load(&here.app.db, id));
        let stores = futures_util::future::try_join_all(loads).await.map_err(|fault| error::internal(ctx, &fault))?;
        Ok(stores.into_iter().flatten().map(Store::new).collect())
    }

    /// The lines, in their order, as far as you may see.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first.")] offset: Option<Int>,
        #[graphql(desc = "Which of them.")] filter: Option<OrderItemFilter>,
    ) -> Result<OrderItemConnection> {
        let here = Here::of(ctx)?;
        let lines = self.lines(ctx).await?;
        let request = PageArguments { first, after, last, before, offset }.request(
            ctx,
            &here.app.config.pages,
            here.app.config.pages.page_size,
        );
        let filter = filter.map(OrderItemFilter::filter);
        let seen = self.seen_lines(&lines).filter(|line| filter.as_ref().is_none_or(|filter| filter.holds(line)));
        let seen = seen.map(|row| OrderItem::new(row, self.0.currency)).collect();
        let page = page::slice("items", seen, |item: &OrderItem| item.row().position, &request);
        Ok(OrderItemConnection::new(page.map_err(|error| error::no_page(ctx, error))?, |item| item))
    }

    /// The payments, in their order; none for sellers.
    async fn payments(&self, ctx: &Context<'_>) -> Result<Vec<Payment>> {
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

    /// The sums, in the order's currency.
    async fn totals(&self, ctx: &Context<'_>) -> Result<OrderTotals> {
        self.sums(ctx).await
    }

    /// What the buyer owes: totals.total.
    async fn total(&self, ctx: &Context<'_>) -> Result<Money> {
        Ok(self.sums(ctx).await?.total)
    }

    /// Where it is shipped to; without the e-mail address for sellers.
    async fn shipping_address(&self) -> Option<OrderAddress> {
        let address = OrderAddress::stored(self.row().shipping_address.as_deref());
        if self.is_whole() { address } else { address.map(OrderAddress::without_email) }
    }

    /// Who is billed; null for sellers.
    async fn billing_address(&self) -> Option<OrderAddress> {
        OrderAddress::stored(self.row().billing_address.as_deref().filter(|_| self.is_whole()))
    }

    /// How it is shipped.
    async fn shipping_method(&self, ctx: &Context<'_>) -> Option<Result<ShippingMethod>> {
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

    /// The parcels it is sent in, in their order: for sellers those of own stores.
    async fn fulfillments(&self, ctx: &Context<'_>) -> Result<Vec<Fulfillment>> {
        let rows = Fulfillment::of_order(ctx, &self.0.row).await?;
        Ok(rows.into_iter().filter(|fulfillment| self.0.view.shows(fulfillment.row().store_id)).collect())
    }

    /// What is known of its way, oldest first: for sellers of own fulfillments and of the order as a whole.
    async fn tracking_events(&self, ctx: &Context<'_>) -> Result<Vec<TrackingEvent>> {
        let events = TrackingEvent::of_order(ctx, &self.0.row).await?;
        if self.is_whole() {
            return Ok(events);
        }
        let own: Vec<_> = self.fulfillments(ctx).await?.iter().map(|fulfillment| fulfillment.row().id).collect();
        Ok(events.into_iter().filter(|event| event.row().fulfillment_id.is_none_or(|id| own.contains(&id))).collect())
    }

    /// Until when it must be shipped.
    async fn ship_by(&self) -> Option<Moment> {
        self.row().ship_by.map(Moment)
    }

    /// Whether it should have been shipped by now and is not.
    async fn overdue(&self, ctx: &Context<'_>) -> Result<bool> {
        let now = Here::of(ctx)?.app.clock.now();
        Ok(ship_by::is_open(self.row().status) && self.row().ship_by.is_some_and(|at| at < now))
    }

    /// Whether it is held: neither prepared nor sent until it is released.
    async fn on_hold(&self) -> bool {
        self.row().held_at.is_some()
    }

    /// When and why it was held, newest first; shown to staff.
    async fn holds(&self, ctx: &Context<'_>) -> Result<Vec<OrderHold>> {
        let here = Here::of(ctx)?;
        if !here.actor().sees_all() {
            return Ok(Vec::new());
        }
        let key = (self.row().id, self.row().version);
        let rows = here.loaders.holds.load(&here.app.db, key).await.map_err(|fault| error::internal(ctx, &fault))?;
        Ok(Row::each(&rows).map(OrderHold::new).collect())
    }

    /// The number of the latest parcel that has one.
    async fn tracking_number(&self) -> Option<&str> {
        self.row().tracking_number.as_deref()
    }

    /// The buyer's note.
    async fn note(&self) -> Option<&str> {
        self.row().note.as_deref()
    }

    /// What staff and sellers noted, oldest first: buyers see the public notes, sellers these and those of own stores.
    async fn notes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first.")] offset: Option<Int>,
    ) -> Result<OrderNoteConnection> {
        let here = Here::of(ctx)?;
        let rows = here.loaders.notes.load(&here.app.db, self.row().id).await.map_err(|fault| error::internal(ctx, &fault))?;
        let request = PageArguments { first, after, last, before, offset }.request(
            ctx,
            &here.app.config.pages,
            here.app.config.pages.page_size,
        );
        let seen = rows.iter().filter(|row| note::shows(here.actor(), row)).cloned().collect();
        let page = page::slice("notes", seen, |row| row.position, &request);
        Ok(OrderNoteConnection::new(page.map_err(|error| error::no_page(ctx, error))?, OrderNote::new))
    }

    /// Expected day of delivery.
    async fn estimated_delivery(&self) -> Option<Date> {
        self.row().estimated_delivery.as_deref().and_then(Date::from_stored)
    }

    /// The first line in words: "Handmade Pouch +2 other products".
    async fn products_display(&self, ctx: &Context<'_>) -> Result<String> {
        let lines = self.lines(ctx).await?;
        let mut seen = self.seen_lines(&lines);
        let first = seen.next().map(|line| line.name.clone()).unwrap_or_default();
        Ok(match seen.count() {
            0 => first,
            1 => format!("{first} +1 other product"),
            others => format!("{first} +{others} other products"),
        })
    }

    /// The name of the first line that you see; null when there is none.
    async fn first_product_name(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let lines = self.lines(ctx).await?;
        Ok(self.seen_lines(&lines).next().map(|line| line.name.clone()))
    }

    /// The picture of the first line that you see and that has one.
    async fn product_image(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let lines = self.lines(ctx).await?;
        Ok(self.seen_lines(&lines).find_map(|line| line.image_url.clone()))
    }

    /// How many lines you see; each may be of several pieces.
    async fn items_count(&self, ctx: &Context<'_>) -> Result<i32> {
        let lines = self.lines(ctx).await?;
        Ok(self.seen_lines(&lines).count() as i32)
    }

    /// What may be done with the order now, by you, and why not.
    async fn available_actions(&self, ctx: &Context<'_>) -> Result<Vec<AvailableAction>> {
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

    /// Goods of it that come back, oldest first. Sellers see those that hold goods of theirs.
    async fn returns(&self, ctx: &Context<'_>) -> Result<Vec<Return>> {
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

    /// The timeline, oldest first: who changed what, when and why. Sellers see the changes of status.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first.")] offset: Option<Int>,
    ) -> Result<OrderEventConnection> {
        let here = Here::of(ctx)?;
        let rows = here.loaders.events.load(&here.app.db, self.row().id).await.map_err(|fault| error::internal(ctx, &fault))?;
        let request = PageArguments { first, after, last, before, offset }.request(
            ctx,
            &here.app.config.pages,
            here.app.config.pages.page_size,
        );
        let page =
            page::slice("events", rows.to_vec(), |event| event.seq, &request).map_err(|error| error::no_page(ctx, error))?;
        let (whole, sees_all) = (self.is_whole(), here.actor().sees_all());
        Ok(OrderEventConnection::new(page, |row| OrderEvent::new(row, whole, sees_all)))
    }

    /// The order as it was at a moment, by its event log; null before it was there.
    async fn as_of(&self, ctx: &Context<'_>, #[graphql(desc = "The moment.")] time: Moment) -> Option<Result<OrderSnapshot>> {
        let facts = match self.facts(ctx, time.0).await {
            Ok(facts) => facts?,
            Err(error) => return Some(Err(error)),
        };
        Some(past::snapshot(ctx, &facts, time.0, &self.0.view, self.0.currency))
    }

    /// What is different between two moments, by the fields of the events' changes. Sellers see the change of status.
    async fn difference(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The earlier moment; before the order was there, everything is new.")] from: Moment,
        #[graphql(desc = "The later moment.")] to: Moment,
    ) -> Result<Vec<FieldChange>> {
        if to.0 < from.0 {
            return Err(error::bad_input("to", "must not be before from"));
        }
        let earlier = self.facts(ctx, from.0).await?.unwrap_or_default();
        let later = self.facts(ctx, to.0).await?.unwrap_or_default();
        let seen = earlier.difference(&later).into_iter().filter(|change| self.is_whole() || change.field == "status");
        Ok(seen.map(FieldChange::from).collect())
    }

    /// The invoices and credit notes of the order, oldest first; for sellers those of own stores.
    async fn invoices(&self, ctx: &Context<'_>) -> Result<Vec<Invoice>> {
        let here = Here::of(ctx)?;
        let rows = here.loaders.invoices.load(&here.app.db, self.row().id).await.map_err(|fault| error::internal(ctx, &fault))?;
        let seen = rows.iter().filter(|row| self.0.view.shows(row.store_id));
        seen.map(|row| Invoice::new(ctx, Arc::new(row.clone()))).collect()
    }

    /// Its key in the system it was imported from.
    async fn external_id(&self) -> Option<&str> {
        self.row().external_id.as_deref()
    }

    /// When the buyer placed it.
    async fn placed_at(&self) -> Moment {
        Moment(self.row().placed_at)
    }

    /// When it was recorded here.
    async fn created_at(&self) -> Moment {
        Moment(self.row().created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Moment {
        Moment(self.row().updated_at)
    }

    /// Grows with every change; give it back as expectedVersion to be told of a conflict.
    async fn version(&self) -> i32 {
        self.row().version
    }
}

connection!(OrderConnection, OrderEdge, Order);
