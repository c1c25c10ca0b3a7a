//! What orders load together.

use std::{collections::HashMap, sync::Arc};

use entity::{event, id::OrderId, order, order_item, order_note, payment};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    db::Db,
    event::query as events,
    fault::Fault,
    graphql::loader::Fetch,
    order::{
        group::{self, Group},
        note, query,
    },
};

fn shared<K: std::hash::Hash + Eq, T>(found: HashMap<K, Vec<T>>) -> HashMap<K, Arc<[T]>> {
    found.into_iter().map(|(key, rows)| (key, rows.into())).collect()
}

/// Lines by order.
pub struct ItemsByOrderId;

impl Fetch for ItemsByOrderId {
    type Key = OrderId;
    type Value = Arc<[order_item::Model]>;

    async fn fetch(db: &Db, keys: &[OrderId]) -> Result<HashMap<OrderId, Self::Value>, Fault> {
        Ok(shared(query::lines_by_order(db.reader(), keys).await?))
    }
}

/// Payments by order.
pub struct PaymentsByOrderId;

impl Fetch for PaymentsByOrderId {
    type Key = OrderId;
    type Value = Arc<[payment::Model]>;

    async fn fetch(db: &Db, keys: &[OrderId]) -> Result<HashMap<OrderId, Self::Value>, Fault> {
        Ok(shared(query::payments_by_order(db.reader(), keys).await?))
    }
}

/// Events by order.
pub struct EventsByOrderId;

impl Fetch for EventsByOrderId {
    type Key = OrderId;
    type Value = Arc<[event::Model]>;

    async fn fetch(db: &Db, keys: &[OrderId]) -> Result<HashMap<OrderId, Self::Value>, Fault> {
        Ok(shared(events::by_order(db.reader(), keys).await?))
    }
}

/// Notes by order.
pub struct NotesByOrderId;

impl Fetch for NotesByOrderId {
    type Key = OrderId;
    type Value = Arc<[order_note::Model]>;

    async fn fetch(db: &Db, keys: &[OrderId]) -> Result<HashMap<OrderId, Self::Value>, Fault> {
        Ok(shared(note::by_order(db.reader(), keys).await?))
    }
}

/// Groups by order: an order that was placed alone has none.
pub struct GroupByOrderId;

impl Fetch for GroupByOrderId {
    type Key = OrderId;
    type Value = Option<Arc<Group>>;

    async fn fetch(db: &Db, keys: &[OrderId]) -> Result<HashMap<OrderId, Self::Value>, Fault> {
        let found = group::by_order(db.reader(), keys).await?;
        Ok(found.into_iter().map(|(order, group)| (order, Some(Arc::new(group)))).collect())
    }
}

/// Orders by id, whoever asks.
pub struct OrderById;

impl Fetch for OrderById {
    type Key = OrderId;
    type Value = Option<Arc<order::Model>>;

    async fn fetch(db: &Db, keys: &[OrderId]) -> Result<HashMap<OrderId, Self::Value>, Fault> {
        let rows = order::Entity::find().filter(order::Column::Id.is_in(keys.iter().copied())).all(db.reader()).await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(Arc::new(row)))).collect())
    }
}
