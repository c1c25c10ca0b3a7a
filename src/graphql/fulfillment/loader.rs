//! What fulfillments load together. Keys hold the order's version beside its id: a later field of the same request that sees
//! the order changed sees its fulfillments changed too.

use std::{collections::HashMap, sync::Arc};

use entity::{
    fulfillment, fulfillment_line,
    id::{FulfillmentId, OrderId},
    shipping_label, tracking_event,
};

use crate::{
    db::Db,
    fault::Fault,
    fulfillment::{label, query},
    graphql::loader::Fetch,
};

/// An order at a version.
pub type OrderAt = (OrderId, i32);

/// Rows by order as rows by the keys that were asked for.
pub fn at<T>(keys: &[OrderAt], found: HashMap<OrderId, Vec<T>>) -> HashMap<OrderAt, Arc<[T]>> {
    let found: HashMap<OrderId, Arc<[T]>> = found.into_iter().map(|(order, rows)| (order, rows.into())).collect();
    keys.iter().filter_map(|key| found.get(&key.0).map(|rows| (*key, rows.clone()))).collect()
}

/// The orders of keys.
pub fn orders(keys: &[OrderAt]) -> Vec<OrderId> {
    keys.iter().map(|(order, _)| *order).collect()
}

/// Fulfillments by order.
pub struct FulfillmentsByOrder;

impl Fetch for FulfillmentsByOrder {
    type Key = OrderAt;
    type Value = Arc<[fulfillment::Model]>;

    async fn fetch(db: &Db, keys: &[OrderAt]) -> Result<HashMap<OrderAt, Self::Value>, Fault> {
        Ok(at(keys, query::by_order(db.reader(), &orders(keys)).await?))
    }
}

/// Lines by fulfillment; they never change.
pub struct LinesByFulfillmentId;

impl Fetch for LinesByFulfillmentId {
    type Key = FulfillmentId;
    type Value = Arc<[fulfillment_line::Model]>;

    async fn fetch(db: &Db, keys: &[FulfillmentId]) -> Result<HashMap<FulfillmentId, Self::Value>, Fault> {
        let found = query::lines(db.reader(), keys).await?;
        Ok(found.into_iter().map(|(fulfillment, lines)| (fulfillment, lines.into())).collect())
    }
}

/// Tracking events by order.
pub struct TrackingEventsByOrder;

impl Fetch for TrackingEventsByOrder {
    type Key = OrderAt;
    type Value = Arc<[tracking_event::Model]>;

    async fn fetch(db: &Db, keys: &[OrderAt]) -> Result<HashMap<OrderAt, Self::Value>, Fault> {
        Ok(at(keys, query::tracking_by_order(db.reader(), &orders(keys)).await?))
    }
}

/// The latest label by fulfillment.
pub struct LabelByFulfillmentId;

impl Fetch for LabelByFulfillmentId {
    type Key = FulfillmentId;
    type Value = Option<Arc<shipping_label::Model>>;

    async fn fetch(db: &Db, keys: &[FulfillmentId]) -> Result<HashMap<FulfillmentId, Self::Value>, Fault> {
        let found = label::query::latest(db.reader(), keys).await?;
        Ok(found.into_iter().map(|(fulfillment, label)| (fulfillment, Some(Arc::new(label)))).collect())
    }
}
