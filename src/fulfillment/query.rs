//! Reading fulfillments and tracking events. What belongs to an order is seen with the order: buyers see all of theirs,
//! sellers what their own stores send.

use std::collections::HashMap;

use entity::{
    fulfillment, fulfillment_line,
    id::{FulfillmentId, OrderId},
    order, tracking_event,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    auth::actor::Actor,
    fault::Fault,
    order::query::{self, Scope, Unseen},
};

/// The fulfillments of several orders, in their order.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_order(
    conn: &impl ConnectionTrait,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, Vec<fulfillment::Model>>, Fault> {
    let rows = fulfillment::Entity::find()
        .filter(fulfillment::Column::OrderId.is_in(orders.iter().copied()))
        .order_by_asc(fulfillment::Column::OrderId)
        .order_by_asc(fulfillment::Column::Position)
        .all(conn)
        .await?;
    let mut by_order: HashMap<OrderId, Vec<fulfillment::Model>> = HashMap::new();
    for row in rows {
        by_order.entry(row.order_id).or_default().push(row);
    }
    Ok(by_order)
}

/// The lines of several fulfillments.
///
/// # Errors
/// When the database fails.
pub(crate) async fn lines(
    conn: &impl ConnectionTrait,
    fulfillments: &[FulfillmentId],
) -> Result<HashMap<FulfillmentId, Vec<fulfillment_line::Model>>, Fault> {
    let mut by_fulfillment: HashMap<FulfillmentId, Vec<fulfillment_line::Model>> = HashMap::new();
    if fulfillments.is_empty() {
        return Ok(by_fulfillment);
    }
    let rows = fulfillment_line::Entity::find()
        .filter(fulfillment_line::Column::FulfillmentId.is_in(fulfillments.iter().copied()))
        .order_by_asc(fulfillment_line::Column::OrderItemId)
        .all(conn)
        .await?;
    for row in rows {
        by_fulfillment.entry(row.fulfillment_id).or_default().push(row);
    }
    Ok(by_fulfillment)
}

/// The tracking events of several orders, oldest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn tracking_by_order(
    conn: &impl ConnectionTrait,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, Vec<tracking_event::Model>>, Fault> {
    let rows = tracking_event::Entity::find()
        .filter(tracking_event::Column::OrderId.is_in(orders.iter().copied()))
        .order_by_asc(tracking_event::Column::OrderId)
        .order_by_asc(tracking_event::Column::OccurredAt)
        .order_by_asc(tracking_event::Column::Id)
        .all(conn)
        .await?;
    let mut by_order: HashMap<OrderId, Vec<tracking_event::Model>> = HashMap::new();
    for row in rows {
        by_order.entry(row.order_id).or_default().push(row);
    }
    Ok(by_order)
}

/// A fulfillment that the caller sees, with its order.
///
/// # Errors
/// [`Unseen::Denied`] for nobody.
pub(crate) async fn visible(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    id: FulfillmentId,
) -> Result<Option<(fulfillment::Model, order::Model)>, Unseen> {
    let scope = Scope::of(actor)?;
    let Some(row) = fulfillment::Entity::find_by_id(id).one(conn).await? else { return Ok(None) };
    let order = query::visible(conn, actor, row.order_id).await?;
    Ok(order.filter(|order| scope.view(order).shows(row.store_id)).map(|order| (row, order)))
}
