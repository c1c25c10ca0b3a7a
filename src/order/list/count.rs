//! How many orders a list has in all.

use entity::order;
use sea_orm::{
    ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    sea_query::{Alias, Cond, Expr, Func, Query, SelectStatement},
};

use crate::{
    list::{self, way},
    order::{
        filter::{Filter, Part},
        payment_kinds,
        query::Scope,
    },
};

/// Counts the orders that meet all conditions of a filter; exactly.
///
/// # Errors
/// When the database fails.
pub(crate) async fn of(conn: &impl ConnectionTrait, scope: &Scope, filter: &Filter, parts: &[Part]) -> Result<i64, DbErr> {
    if let Some(kept) = kept(conn, scope, filter).await? {
        return Ok(kept);
    }
    if let [Part { rows: Some(rows), exact: true, .. }] = parts {
        let count =
            Query::select().expr(Func::count(Expr::cust("*"))).from_subquery(rows.clone(), Alias::new("found")).to_owned();
        return list::number(conn, &count).await;
    }
    let condition = way::counting(conn, parts, &of_all()).await?;
    Ok(i64::try_from(order::Entity::find().filter(condition).count(conn).await?).unwrap_or(i64::MAX))
}

/// The same where a count is kept of such orders.
///
/// # Errors
/// When the database fails.
pub(crate) async fn kept(conn: &impl ConnectionTrait, scope: &Scope, filter: &Filter) -> Result<Option<i64>, DbErr> {
    if *scope != Scope::All || !filter.is_of_counted_columns() {
        return Ok(None);
    }
    by_kind(conn, filter.condition(scope)).await.map(Some)
}

/// Selects how many orders there are.
pub fn of_all() -> SelectStatement {
    let all = Expr::cust("CAST(COALESCE(SUM(n), 0) AS bigint)");
    Query::select().expr(all).from(Alias::new("order_counts")).to_owned()
}

/// From the counts that are kept: their rows are taken for orders, for they have the same columns.
async fn by_kind(conn: &impl ConnectionTrait, condition: Cond) -> Result<i64, DbErr> {
    let held = "CASE WHEN order_counts.held = 1 THEN 1 END";
    let kinds = Query::select()
        .columns(
            ["status", "payment_status", "fulfillment_status", "type", "currency", payment_kinds::COLUMN, "n"].map(Alias::new),
        )
        .expr_as(Expr::cust(held), Alias::new("held_at"))
        .from(Alias::new("order_counts"))
        .to_owned();
    list::number(conn, &list::kept_sum(kinds, "orders", condition)).await
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
