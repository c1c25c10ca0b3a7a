//! Reading returns.

use std::collections::HashMap;

use entity::{
    id::{OrderId, ReturnId},
    order_return, return_line,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::change::counts;
use crate::{auth::actor::Actor, fault::Fault, order::query};

/// The returns of several orders, oldest first, each with its lines.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_order(
    conn: &impl ConnectionTrait,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, Vec<(order_return::Model, Vec<return_line::Model>)>>, Fault> {
    let rows = order_return::Entity::find()
        .filter(order_return::Column::OrderId.is_in(orders.iter().copied()))
        .order_by_asc(order_return::Column::Position)
        .all(conn)
        .await?;
    let lines = return_line::Entity::find()
        .filter(return_line::Column::ReturnId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(return_line::Column::OrderItemId)
        .all(conn)
        .await?;
    let mut by_return: HashMap<ReturnId, Vec<return_line::Model>> = HashMap::new();
    for line in lines {
        by_return.entry(line.return_id).or_default().push(line);
    }
    let mut by_order: HashMap<OrderId, Vec<_>> = HashMap::new();
    for row in rows {
        let lines = by_return.remove(&row.id).unwrap_or_default();
        by_order.entry(row.order_id).or_default().push((row, lines));
    }
    Ok(by_order)
}

/// Whether goods of an order have come back or are to come.
///
/// # Errors
/// When the database fails.
pub(crate) async fn any(conn: &impl ConnectionTrait, order: OrderId) -> Result<bool, Fault> {
    let returns = order_return::Entity::find().filter(order_return::Column::OrderId.eq(order)).all(conn).await?;
    Ok(returns.iter().any(|row| counts(row.status)))
}

/// A return whose order the caller sees whole: the buyer's and the staff's.
///
/// # Errors
/// [`query::Unseen::Denied`] for nobody.
pub(crate) async fn visible(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    id: ReturnId,
) -> Result<Option<(order_return::Model, Vec<return_line::Model>)>, query::Unseen> {
    let Some(row) = order_return::Entity::find_by_id(id).one(conn).await.map_err(unread)? else { return Ok(None) };
    let order = query::visible(conn, actor, row.order_id).await?;
    if !order.is_some_and(|order| actor.sees_all() || query::is_buyer(actor, &order)) {
        return Ok(None);
    }
    let lines = return_line::Entity::find()
        .filter(return_line::Column::ReturnId.eq(id))
        .order_by_asc(return_line::Column::OrderItemId)
        .all(conn)
        .await
        .map_err(unread)?;
    Ok(Some((row, lines)))
}

fn unread(error: sea_orm::DbErr) -> query::Unseen {
    query::Unseen::Fault(error.into())
}
