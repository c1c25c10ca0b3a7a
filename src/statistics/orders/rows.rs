//! Figures of orders from the orders themselves: for whatever the sums do not know, and while they are being made.

use entity::{id::StoreId, order, order_item, order_store, stored::OrderStatus, time::Timestamp};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait, Func},
};

use super::{Part, Sum};
use crate::{
    fault::Fault,
    money::Currency,
    order::filter::{Filter, Range},
    statistics::{Whose, months::place_of, rollup::pieces::Span},
};

/// The orders of a time that are counted, to be grouped.
fn counted(backend: DbBackend, whose: &Whose, filter: &Filter, within: Range<Timestamp>) -> Select<order::Entity> {
    let select = order::Entity::find()
        .select_only()
        .filter(whose.purchases())
        .filter(filter.condition(&whose.scope(), backend))
        .filter(within.condition(order::Column::PlacedAt));
    match whose.stores() {
        None => select,
        Some(stores) => select.filter(of_stores(backend, stores, within)),
    }
}

/// Orders with lines of these stores: found once, before all else. PostgreSQL would look for them anew for each order while
/// it takes the tables for small.
fn of_stores(backend: DbBackend, stores: &[StoreId], within: Range<Timestamp>) -> Condition {
    use order_store::Column as C;
    let ids = order_store::Entity::find()
        .select_only()
        .column(C::OrderId)
        .filter(C::StoreId.is_in(stores.iter().copied()))
        .filter(within.condition(C::PlacedAt))
        .into_query();
    let id = Expr::col((order::Entity, order::Column::Id));
    Condition::all().add(match backend {
        DbBackend::Postgres => Expr::cust_with_exprs("$1 = ANY(ARRAY $2)", [id, Expr::SubQuery(None, Box::new(ids.into()))]),
        _ => id.in_subquery(ids),
    })
}

/// What an order's lines of these stores cost.
fn lines_of(stores: &[StoreId]) -> Expr {
    use order_item::Column as C;
    let here = Expr::col((order_item::Entity, C::OrderId)).equals((order::Entity, order::Column::Id));
    let lines = order_item::Entity::find()
        .select_only()
        .column_as(Expr::col((order_item::Entity, C::TotalMinor)).sum(), "worth")
        .filter(here)
        .filter(C::StoreId.is_in(stores.iter().copied()))
        .into_query();
    Expr::SubQuery(None, Box::new(lines.into()))
}

fn sum_of(worth: Expr) -> Expr {
    Func::cast_as(Func::coalesce([worth.sum(), Expr::value(0)]), "bigint").into()
}

type Row = (i32, String, OrderStatus, i64, i64, i64);

/// The orders of the stretches between neighbouring bounds, by currency and status. One statement. An order is worth its
/// total; for sellers what their own lines cost, of which nothing is known to be given back.
pub(crate) async fn parts(
    conn: &impl ConnectionTrait,
    whose: &Whose,
    filter: &Filter,
    bounds: &[Timestamp],
) -> Result<Vec<Part>, Fault> {
    let (Some(first), Some(last)) = (bounds.first(), bounds.last()) else { return Ok(Vec::new()) };
    let within = Range { gte: Some(*first), gt: None, lte: None, lt: Some(*last) };
    let column = |column: order::Column| Expr::col((order::Entity, column));
    let (worth, refunded) = match whose.stores() {
        None => (column(order::Column::TotalMinor), column(order::Column::RefundedMinor)),
        Some(stores) => (lines_of(stores), Expr::value(0)),
    };
    let rows: Vec<Row> = counted(conn.get_database_backend(), whose, filter, within)
        .column_as(Expr::cust(place_of(bounds, "orders.placed_at")), "place")
        .column(order::Column::Currency)
        .column(order::Column::Status)
        .column_as(order::Column::Id.count(), "orders")
        .column_as(sum_of(worth), "total")
        .column_as(sum_of(refunded), "refunded")
        .group_by(Expr::col("place"))
        .group_by(order::Column::Currency)
        .group_by(order::Column::Status)
        .into_tuple()
        .all(conn)
        .await?;
    let part = |(place, currency, status, count, total, refunded): Row| Part {
        place: usize::try_from(place).unwrap_or(usize::MAX),
        currency,
        status,
        worth: Sum { count, total },
        refunded,
    };
    Ok(rows.into_iter().map(part).collect())
}

/// When the first and the last order of a currency were placed.
pub(crate) async fn extent(
    conn: &impl ConnectionTrait,
    whose: &Whose,
    filter: &Filter,
    currency: Currency,
) -> Result<Option<(Timestamp, Timestamp)>, Fault> {
    let ever = Range { gte: Some(Span::EVER.from), gt: None, lte: None, lt: Some(Span::EVER.to) };
    let found: Option<(Option<i64>, Option<i64>)> = counted(conn.get_database_backend(), whose, filter, ever)
        .filter(order::Column::Currency.eq(currency.code()))
        .column_as(order::Column::PlacedAt.min(), "first")
        .column_as(order::Column::PlacedAt.max(), "last")
        .into_tuple()
        .one(conn)
        .await?;
    Ok(found.and_then(|(first, last)| Some((Timestamp(first?), Timestamp(last?)))))
}
