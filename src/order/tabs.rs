//! How many orders a list has in each status: the tabs above it (LIST-06, STAT-06).

use entity::{order, stored::OrderStatus};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

use super::{filter::Filter, query::Scope};
use crate::fault::Fault;

/// How many of the orders that the caller sees and the filter is for are in each status, all of them in the order of an
/// order's life. What the filter itself says of the status is left out: the tabs stand beside the one that is open. One
/// statement, over the rows.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_status(
    conn: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
) -> Result<Vec<(OrderStatus, i64)>, Fault> {
    let filter = Filter { status: None, ..filter.clone() };
    let found: Vec<(OrderStatus, i64)> = order::Entity::find()
        .select_only()
        .column(order::Column::Status)
        .column_as(order::Column::Id.count(), "orders")
        .filter(scope.condition())
        .filter(filter.condition(scope))
        .group_by(order::Column::Status)
        .into_tuple()
        .all(conn)
        .await?;
    let of = |status| found.iter().find(|(known, _)| *known == status).map_or(0, |(_, count)| *count);
    Ok(OrderStatus::all().map(|status| (status, of(status))).collect())
}
