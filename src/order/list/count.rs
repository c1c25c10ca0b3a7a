//! How many orders a list has in all.
//!
//! By the first that knows: the counts that are kept of each kind of order, a count that is followed, the rows if they are few,
//! the sums of the statistics, the rows.

use std::time::{Duration, Instant};

use entity::{order, stored::OrderStatus};
use sea_orm::{
    ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryTrait as _, Select,
    sea_query::{Alias, Expr, Query, SelectStatement},
};

use super::{Beside, followed};
use crate::{
    fault::Fault,
    list::{self, way},
    order::{
        filter::{Filter, Part},
        payment_kinds,
        query::Scope,
    },
};

/// How many orders are in each status.
pub type ByStatus = Vec<(OrderStatus, i64)>;

/// How many orders meet a filter, if that is known without looking for them; exactly.
///
/// # Errors
/// When the database fails.
pub(crate) async fn known(
    conn: &impl ConnectionTrait,
    beside: Beside<'_>,
    scope: &Scope,
    filter: &Filter,
) -> Result<Option<i64>, Fault> {
    if let Some(kept) = kept(conn, scope, filter).await? {
        return Ok(Some(kept));
    }
    let Some(following) = beside.followed.and_then(|followed| followed::counts(followed, scope, filter)) else { return Ok(None) };
    let groups = following.groups(conn).await?;
    let passing = |(status, _): &(OrderStatus, i64)| filter.lets_through(*status);
    Ok(groups.map(|groups| followed::by_status(&groups).into_iter().filter(passing).map(|(_, orders)| orders).sum()))
}

/// Counts the orders that meet all conditions of a filter, of which that is not [`known`]; exactly. To look up what it searches
/// for has taken `looking`.
///
/// # Errors
/// When the database fails.
pub(crate) async fn of(
    conn: &impl ConnectionTrait,
    beside: Beside<'_>,
    scope: &Scope,
    filter: &Filter,
    parts: &[Part],
    looking: Duration,
) -> Result<i64, Fault> {
    let begun = Instant::now();
    let driver = way::fewest(conn, parts, &of_all()).await?;
    if driver.is_none()
        && let Some(summed) = beside.sums.by_status(scope, filter).await?
    {
        return Ok(summed.into_iter().map(|(_, orders)| orders).sum());
    }
    let orders = match list::exactly(parts) {
        Some(exact) => list::number(conn, &exact).await?,
        None => {
            let condition = way::counting(conn.get_database_backend(), parts, driver);
            i64::try_from(order::Entity::find().filter(condition).count(conn).await?).unwrap_or(i64::MAX)
        }
    };
    // Of one status it says nothing of the others, which are followed with it.
    let following =
        beside.followed.filter(|_| filter.status.is_none()).and_then(|followed| followed::counts(followed, scope, filter));
    if let Some(following) = following {
        following.took(orders, looking + begun.elapsed()).await;
    }
    Ok(orders)
}

/// How many orders are selected in each status, all of them in the order of an order's life.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_status(conn: &impl ConnectionTrait, select: Select<order::Entity>) -> Result<ByStatus, DbErr> {
    grouped(conn, select.into_query().clear_selects().to_owned(), "COUNT(*)").await
}

/// The same of rows that stand for orders, with how they are counted.
///
/// # Errors
/// When the database fails.
async fn grouped(conn: &impl ConnectionTrait, mut rows: SelectStatement, count: &'static str) -> Result<ByStatus, DbErr> {
    let status = (Alias::new("orders"), Alias::new("status"));
    rows.column(status.clone()).expr(Expr::cust(count)).group_by_col(status);
    let rows = conn.query_all_raw(conn.get_database_backend().build(&rows)).await?;
    let mut counts: ByStatus = OrderStatus::all().map(|status| (status, 0)).collect();
    for row in rows {
        let status: OrderStatus = row.try_get_by_index(0)?;
        if let Some((_, count)) = counts.iter_mut().find(|(known, _)| *known == status) {
            *count = row.try_get_by_index(1)?;
        }
    }
    Ok(counts)
}

/// How many they are where a count is kept of such orders.
///
/// # Errors
/// When the database fails.
pub(crate) async fn kept(conn: &impl ConnectionTrait, scope: &Scope, filter: &Filter) -> Result<Option<i64>, DbErr> {
    let Some(kinds) = kinds(scope, filter) else { return Ok(None) };
    list::number(conn, &list::kept_sum(kinds, "orders", filter.condition(scope, conn.get_database_backend()))).await.map(Some)
}

/// Selects how many orders there are.
pub fn of_all() -> SelectStatement {
    let all = Expr::cust("CAST(COALESCE(SUM(n), 0) AS bigint)");
    Query::select().expr(all).from(Alias::new("order_counts")).to_owned()
}

/// The same in each status.
///
/// # Errors
/// When the database fails.
pub(super) async fn kept_by_status(
    conn: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
) -> Result<Option<ByStatus>, DbErr> {
    let Some(kinds) = kinds(scope, filter) else { return Ok(None) };
    let kinds = list::kept(kinds, "orders", filter.condition(scope, conn.get_database_backend()));
    grouped(conn, kinds, "CAST(SUM(n) AS bigint)").await.map(Some)
}

/// The counts that are kept: their rows are taken for orders, for they have the same columns. None where the filter asks for
/// what they do not know.
fn kinds(scope: &Scope, filter: &Filter) -> Option<SelectStatement> {
    if *scope != Scope::All || !filter.is_of_counted_columns() {
        return None;
    }
    let held = "CASE WHEN order_counts.held = 1 THEN 1 END";
    let kinds = Query::select()
        .columns(
            ["status", "payment_status", "fulfillment_status", "type", "currency", payment_kinds::COLUMN, "n"].map(Alias::new),
        )
        .expr_as(Expr::cust(held), Alias::new("held_at"))
        .from(Alias::new("order_counts"))
        .to_owned();
    Some(kinds)
}

impl Filter {
    /// Whether all its conditions are on columns that counts of orders are kept by.
    fn is_of_counted_columns(&self) -> bool {
        // Every field is named, so that a new one is thought of here.
        let Self {
            status: _,
            payment_status: _,
            fulfillment_status: _,
            kind: _,
            currency: _,
            on_hold: _,
            now: _,
            payment_type: _,
            paid_by: _,
            ids: None,
            shipping_method: None,
            store: None,
            stores: None,
            customer: None,
            product: None,
            number: None,
            external_id: None,
            search: None,
            placed_at: None,
            updated_at: None,
            ship_by: None,
            overdue: None,
            total: None,
            and,
            or,
            not,
        } = self
        else {
            return false;
        };
        let or = or.as_deref().unwrap_or_default();
        and.iter().chain(or).chain(not.as_deref()).all(Self::is_of_counted_columns)
    }
}
