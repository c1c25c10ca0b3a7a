//! The fulfillment as the API shows it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use entity::{fulfillment, order, order_item, stored};

use super::{TrackingEvent, label::ShippingLabel};
use crate::{
    auth::actor::Actor,
    fulfillment::{query, scene, state},
    graphql::{
        Here, error,
        order::{Order, OrderItem},
        row::Row,
        scalar::{Date, Moment, count},
        store::Store,
    },
    money::Currency,
};

/// The state of one fulfillment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::FulfillmentState")]
pub enum FulfillmentState {
    /// Being prepared.
    Pending,
    /// Handed to the carrier.
    Shipped,
    /// On the last leg.
    OutForDelivery,
    /// With the buyer.
    Delivered,
    /// Called off before it was shipped.
    Cancelled,
}

/// Who makes labels and tells of the way of parcels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::ShippingProvider")]
pub enum ShippingProvider {
    /// Nobody but the shop's own people.
    Manual,
    /// Shippo.
    Shippo,
}

/// A part of an order that one store sends as one parcel.
#[derive(Clone)]
pub struct Fulfillment {
    row: Row<fulfillment::Model>,
    order: Arc<order::Model>,
}

impl Fulfillment {
    /// A fulfillment of an order that the caller sees.
    pub fn new(row: impl Into<Row<fulfillment::Model>>, order: Arc<order::Model>) -> Self {
        Self { row: row.into(), order }
    }

    /// All fulfillments of an order, whoever asks.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn of_order(ctx: &Context<'_>, order: &Arc<order::Model>) -> Result<Vec<Self>> {
        let here = Here::of(ctx)?;
        let key = (order.id, order.version);
        let rows = here.loaders.fulfillments.load(&here.app.db, key).await.map_err(|fault| error::internal(ctx, &fault))?;
        Ok(Row::each(&rows).map(|row| Self::new(row, order.clone())).collect())
    }

    /// The fulfillment's row.
    pub fn row(&self) -> &fulfillment::Model {
        &self.row
    }

    /// Whether the caller is one of those who send it.
    fn is_senders(&self, actor: &Actor) -> bool {
        actor.sees_all() || actor.stores().contains(&self.row.store_id)
    }
}

/// How many pieces of an order's line are in a fulfillment.
#[derive(SimpleObject)]
pub struct FulfillmentLine {
    /// The order's line.
    item: OrderItem,
    /// Pieces.
    quantity: i32,
}

/// A part of an order that one store sends as one parcel.
#[Object]
impl Fulfillment {
    /// The fulfillment's id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.row.id.to_string())
    }

    /// Its order's number and its place in it, such as ORD-20260115-0001-F1.
    async fn number(&self) -> String {
        scene::number(&self.order, &self.row)
    }

    /// The order.
    async fn order(&self, ctx: &Context<'_>) -> Result<Order> {
        Order::seen(ctx, self.order.clone())
    }

    /// Whose goods.
    async fn store(&self, ctx: &Context<'_>) -> Result<Store> {
        let here = Here::of(ctx)?;
        let store =
            here.loaders.stores.load(&here.app.db, self.row.store_id).await.map_err(|fault| error::internal(ctx, &fault))?;
        store.map(Store::new).ok_or_else(|| error::coded("NOT_FOUND", "Store not found"))
    }

    /// Where it is in its life.
    async fn status(&self) -> FulfillmentState {
        self.row.status.into()
    }

    /// What is in it.
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<FulfillmentLine>> {
        let here = Here::of(ctx)?;
        let db = &here.app.db;
        let fault = |fault: Arc<crate::fault::Fault>| error::internal(ctx, &fault);
        let lines = here.loaders.fulfillment_lines.load(db, self.row.id).await.map_err(fault)?;
        let items = here.loaders.items.load(db, self.row.order_id).await.map_err(fault)?;
        let currency = Currency::from_code(&self.order.currency)
            .ok_or_else(|| error::internal(ctx, &crate::fault::Fault::Corrupt(format!("currency {}", self.order.currency))))?;
        // In the order of the order's lines.
        let of = |item: &order_item::Model| lines.iter().find(|line| line.order_item_id == item.id).map(|line| line.quantity);
        let shown = Row::each(&items).filter_map(|item| of(&item).map(|quantity| (item, quantity)));
        Ok(shown.map(|(item, quantity)| FulfillmentLine { item: OrderItem::new(item, currency), quantity }).collect())
    }

    /// Who carries it.
    async fn carrier(&self) -> Option<&str> {
        self.row.carrier.as_deref()
    }

    /// The carrier's number.
    async fn tracking_number(&self) -> Option<&str> {
        self.row.tracking_number.as_deref()
    }

    /// Where the carrier tells of it.
    async fn tracking_url(&self) -> Option<&str> {
        self.row.tracking_url.as_deref()
    }

    /// Where the label to print is; shown to its store and to staff.
    async fn label_url(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        let is_senders = self.is_senders(Here::of(ctx)?.actor());
        Ok(self.row.label_url.as_deref().filter(|_| is_senders))
    }

    /// The label of a shipping provider: bought, being bought, or why the last try failed; shown to its store and to staff.
    async fn label(&self, ctx: &Context<'_>) -> Result<Option<ShippingLabel>> {
        let here = Here::of(ctx)?;
        if !self.is_senders(here.actor()) {
            return Ok(None);
        }
        let label = here.loaders.labels.load(&here.app.db, self.row.id).await.map_err(|fault| error::internal(ctx, &fault))?;
        label.map(|label| ShippingLabel::new(&label).map_err(|fault| error::internal(ctx, &fault))).transpose()
    }

    /// Who made the label and tells of the way.
    async fn provider(&self) -> ShippingProvider {
        self.row.provider.into()
    }

    /// Expected day of delivery.
    async fn estimated_delivery(&self) -> Option<Date> {
        self.row.estimated_delivery.as_deref().and_then(Date::from_stored)
    }

    /// What is known of its way, oldest first.
    async fn tracking_events(&self, ctx: &Context<'_>) -> Result<Vec<TrackingEvent>> {
        let events = TrackingEvent::of_order(ctx, &self.order).await?;
        Ok(events.into_iter().filter(|event| event.row().fulfillment_id == Some(self.row.id)).collect())
    }

    /// When it was handed to the carrier.
    async fn shipped_at(&self) -> Option<Moment> {
        self.row.shipped_at.map(Moment)
    }

    /// When it came to the buyer.
    async fn delivered_at(&self) -> Option<Moment> {
        self.row.delivered_at.map(Moment)
    }

    /// When it was created.
    async fn created_at(&self) -> Moment {
        Moment(self.row.created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Moment {
        Moment(self.row.updated_at)
    }
}

/// A fulfillment the caller sees.
///
/// # Errors
/// For nobody, and for faults.
pub(crate) async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Fulfillment>> {
    let here = Here::of(ctx)?;
    let Ok(id) = id.parse() else { return Ok(None) };
    let found = query::visible(here.app.db.reader(), here.actor(), id).await.map_err(|unseen| error::unseen(ctx, unseen))?;
    Ok(found.map(|(row, order)| Fulfillment::new(row, Arc::new(order))))
}

/// Pieces of an order's line that are in fulfillments.
///
/// # Errors
/// When the database fails.
pub(crate) async fn fulfilled(ctx: &Context<'_>, item: &order_item::Model) -> Result<i32> {
    let here = Here::of(ctx)?;
    let db = &here.app.db;
    let fault = |fault: Arc<crate::fault::Fault>| error::internal(ctx, &fault);
    let Some(order) = here.loaders.orders.load(db, item.order_id).await.map_err(fault)? else { return Ok(0) };
    let rows = here.loaders.fulfillments.load(db, (order.id, order.version)).await.map_err(fault)?;
    let live = rows.iter().filter(|row| state::is_live(row.status));
    let loads = live.map(|row| here.loaders.fulfillment_lines.load(db, row.id));
    let lines = futures_util::future::try_join_all(loads).await.map_err(fault)?;
    let pieces = lines.iter().flat_map(|lines| lines.iter()).filter(|line| line.order_item_id == item.id);
    Ok(count(pieces.map(|line| i64::from(line.quantity)).sum()))
}
