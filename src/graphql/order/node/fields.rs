//! The order's object: its fields.

use async_graphql::{Context, ID, Object, Result};

use super::{
    super::{
        OrderAddress, OrderGroup, OrderHold, OrderSnapshot,
        item::{OrderItemConnection, OrderItemFilter},
        note::OrderNoteConnection,
        stored::{FulfillmentStatus, OrderPaymentStatus, OrderStatus, OrderType, PaymentType},
    },
    AvailableAction, Order, OrderTotals,
};
use crate::{
    graphql::{
        connection::PageArguments,
        customer::Customer,
        event::{FieldChange, OrderEventConnection},
        fulfillment::{Fulfillment, TrackingEvent},
        invoice::Invoice,
        order_return::Return,
        payment::Payment,
        scalar::{CurrencyCode, Date, Int, Moment, Money},
        shipping::ShippingMethod,
        store::Store,
    },
    order::state,
};

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
        self.buyer(ctx).await
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
        self.shown_stores(ctx).await
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
        let arguments = PageArguments { first, after, last, before, offset };
        self.items_page(ctx, arguments, filter).await
    }

    /// The payments, in their order; none for sellers.
    async fn payments(&self, ctx: &Context<'_>) -> Result<Vec<Payment>> {
        self.seen_payments(ctx).await
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
        self.seen_address()
    }

    /// Who is billed; null for sellers.
    async fn billing_address(&self) -> Option<OrderAddress> {
        OrderAddress::stored(self.row().billing_address.as_deref().filter(|_| self.is_whole()))
    }

    /// How it is shipped.
    async fn shipping_method(&self, ctx: &Context<'_>) -> Option<Result<ShippingMethod>> {
        self.method(ctx).await
    }

    /// The parcels it is sent in, in their order: for sellers those of own stores.
    async fn fulfillments(&self, ctx: &Context<'_>) -> Result<Vec<Fulfillment>> {
        self.seen_fulfillments(ctx).await
    }

    /// What is known of its way, oldest first: for sellers of own fulfillments and of the order as a whole.
    async fn tracking_events(&self, ctx: &Context<'_>) -> Result<Vec<TrackingEvent>> {
        self.seen_way(ctx).await
    }

    /// Until when it must be shipped.
    async fn ship_by(&self) -> Option<Moment> {
        self.row().ship_by.map(Moment)
    }

    /// Whether it should have been shipped by now and is not.
    async fn overdue(&self, ctx: &Context<'_>) -> Result<bool> {
        self.is_overdue(ctx)
    }

    /// Whether it is held: neither prepared nor sent until it is released.
    async fn on_hold(&self) -> bool {
        self.row().held_at.is_some()
    }

    /// When and why it was held, newest first; shown to staff.
    async fn holds(&self, ctx: &Context<'_>) -> Result<Vec<OrderHold>> {
        self.seen_holds(ctx).await
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
        self.notes_page(ctx, PageArguments { first, after, last, before, offset }).await
    }

    /// Expected day of delivery.
    async fn estimated_delivery(&self) -> Option<Date> {
        self.row().estimated_delivery.as_deref().and_then(Date::from_stored)
    }

    /// The first line in words: "Handmade Pouch +2 other products".
    async fn products_display(&self, ctx: &Context<'_>) -> Result<String> {
        self.goods_in_words(ctx).await
    }

    /// The name of the first line that you see; null when there is none.
    async fn first_product_name(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.first_good(ctx).await
    }

    /// The picture of the first line that you see and that has one.
    async fn product_image(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.picture(ctx).await
    }

    /// How many lines you see; each may be of several pieces.
    async fn items_count(&self, ctx: &Context<'_>) -> Result<i32> {
        self.goods_count(ctx).await
    }

    /// What may be done with the order now, by you, and why not.
    async fn available_actions(&self, ctx: &Context<'_>) -> Result<Vec<AvailableAction>> {
        self.possible(ctx).await
    }

    /// Goods of it that come back, oldest first. Sellers see those that hold goods of theirs.
    async fn returns(&self, ctx: &Context<'_>) -> Result<Vec<Return>> {
        self.seen_returns(ctx).await
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
        self.events_page(ctx, PageArguments { first, after, last, before, offset }).await
    }

    /// The order as it was at a moment, by its event log; null before it was there.
    async fn as_of(&self, ctx: &Context<'_>, #[graphql(desc = "The moment.")] time: Moment) -> Option<Result<OrderSnapshot>> {
        self.at(ctx, time).await
    }

    /// What is different between two moments, by the fields of the events' changes. Sellers see the change of status.
    async fn difference(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The earlier moment; before the order was there, everything is new.")] from: Moment,
        #[graphql(desc = "The later moment.")] to: Moment,
    ) -> Result<Vec<FieldChange>> {
        self.between(ctx, from, to).await
    }

    /// The invoices and credit notes of the order, oldest first; for sellers those of own stores.
    async fn invoices(&self, ctx: &Context<'_>) -> Result<Vec<Invoice>> {
        self.seen_invoices(ctx).await
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

    /// The store whose goods it holds, as far as you may see; null when there are several.
    async fn store(&self, ctx: &Context<'_>) -> Result<Option<Store>> {
        self.only_store(ctx).await
    }

    /// The orders that it was placed together with, one per store; null when it was placed alone.
    async fn group(&self, ctx: &Context<'_>) -> Result<Option<OrderGroup>> {
        self.placed_with(ctx).await
    }
}
