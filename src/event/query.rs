//! Reading the event log.

use std::collections::{BTreeSet, HashMap};

use entity::{event, id::OrderId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::Change;
use crate::fault::Fault;

/// The events of several orders, oldest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_order(
    conn: &impl ConnectionTrait,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, Vec<event::Model>>, Fault> {
    let rows = event::Entity::find()
        .filter(event::Column::OrderId.is_in(orders.iter().copied()))
        .order_by_asc(event::Column::OrderId)
        .order_by_asc(event::Column::Seq)
        .all(conn)
        .await?;
    let mut by_order: HashMap<OrderId, Vec<event::Model>> = HashMap::new();
    for row in rows {
        if let Some(order) = row.order_id {
            by_order.entry(order).or_default().push(row);
        }
    }
    Ok(by_order)
}

/// The fields of an order that changed after a version of it.
///
/// # Errors
/// When the database fails.
pub(crate) async fn fields_changed_since(
    conn: &impl ConnectionTrait,
    order: OrderId,
    version: i32,
) -> Result<Vec<String>, Fault> {
    let rows = event::Entity::find()
        .filter(event::Column::OrderId.eq(order))
        .filter(event::Column::Version.gt(version))
        .all(conn)
        .await?;
    // That a status was forced is told of the change, it is not a field of the order.
    let is_field = |field: &String| field != "forced";
    let fields: BTreeSet<String> = rows.iter().flat_map(changes).map(|change| change.field).filter(is_field).collect();
    Ok(fields.into_iter().collect())
}

/// The changed fields of an event; none when the stored document is not readable.
pub fn changes(event: &event::Model) -> Vec<Change> {
    event.changes.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}
