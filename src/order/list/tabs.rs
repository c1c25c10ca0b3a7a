//! How many orders a list has in each status: the tabs above it (LIST-06, STAT-06).

use entity::order;
use sea_orm::{ConnectionTrait, EntityTrait as _, QueryFilter as _};

use super::{
    Beside,
    count::{self, ByStatus},
};
use crate::{
    fault::Fault,
    list::{self, way},
    order::{filter::Filter, query::Scope},
    search,
};

/// How many of the orders that the caller sees and the filter is for are in each status, all of them in the order of an
/// order's life. What the filter itself says of the status is left out: the tabs stand beside the one that is open.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_status(
    conn: &impl ConnectionTrait,
    beside: Beside<'_>,
    scope: &Scope,
    filter: &Filter,
) -> Result<ByStatus, Fault> {
    let filter = &Filter { status: None, ..filter.clone() };
    if let Some(kinds) = count::kinds(scope, filter) {
        let kinds = list::kept(kinds, "orders", filter.condition(scope));
        return Ok(count::grouped(conn, kinds, "CAST(SUM(n) AS bigint)").await?);
    }
    let filter = &search::looked_up(conn, &beside.app.samples, search::ORDERS, filter).await?;
    let mut parts = filter.parts(scope, conn.get_database_backend());
    parts.extend(scope.part());
    let fewest = way::fewest(conn, &parts, &count::of_all()).await?;
    if fewest.is_none()
        && let Some(summed) = beside.sums.by_status(scope, filter).await?
    {
        return Ok(summed);
    }
    let condition = way::counting(conn.get_database_backend(), &parts, fewest);
    Ok(count::by_status(conn, order::Entity::find().filter(condition)).await?)
}
