//! How many orders a list has in each status: the tabs above it (LIST-06, STAT-06).

use std::time::Instant;

use entity::order;
use sea_orm::{ConnectionTrait, EntityTrait as _, QueryFilter as _};

use super::{
    Beside,
    count::{self, ByStatus},
    followed,
};
use crate::{
    fault::Fault,
    list::way,
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
    if let Some(kept) = count::kept_by_status(conn, scope, filter).await? {
        return Ok(kept);
    }
    let following = beside.followed.and_then(|followed| followed::counts(followed, scope, filter));
    if let Some(following) = &following
        && let Some(groups) = following.groups(conn).await?
    {
        return Ok(followed::by_status(&groups));
    }
    let begun = Instant::now();
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
    let counts = count::by_status(conn, order::Entity::find().filter(condition)).await?;
    if let Some(following) = following {
        following.took(counts.iter().map(|(_, orders)| orders).sum(), begun.elapsed()).await;
    }
    Ok(counts)
}
