//! Figures of orders from the orders themselves: for whatever the sums do not know, and while they are being made.

use entity::{order, order_item, stored::OrderStatus, time::Timestamp};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};

use super::{Part, Sum};
use crate::{
    fault::Fault,
    money::Currency,
    order::filter::{Filter, Range},
    statistics::{Whose, months::place_of},
};

/// The orders that are counted, to be grouped. Sellers' orders are joined with the sum of their lines, a row an order.
fn counted(whose: &Whose, filter: &Filter) -> Select<order::Entity> {
    let mut select = order::Entity::find().select_only().filter(whose.purchases()).filter(filter.condition(&whose.scope()));
    if let Whose::Seller(stores) = whose {
        let lines = order_item::Entity::find()
            .select_only()
            .column(order_item::Column::OrderId)
            .column_as(Expr::cust("SUM(total_minor)"), "total_minor")
            .filter(order_item::Column::StoreId.is_in(stores.iter().copied()))
            .group_by(order_item::Column::OrderId)
            .into_query();
        let same = Expr::col(("own_lines", "order_id")).equals((order::Entity, order::Column::Id));
        QueryTrait::query(&mut select).join_subquery(JoinType::InnerJoin, lines, "own_lines", same);
    }
    select
}

fn sum_of(expression: &str) -> Expr {
    Expr::cust(format!("CAST(COALESCE(SUM({expression}), 0) AS bigint)"))
}

type Row = (i32, String, OrderStatus, i64, i64, i64);

/// The orders of the stretches between neighbouring bounds, by currency and status. One statement. An order is worth its
/// total; for sellers what their own lines cost, of which nothing is known to be given back.
pub async fn parts(
    conn: &impl ConnectionTrait,
    whose: &Whose,
    filter: &Filter,
    bounds: &[Timestamp],
) -> Result<Vec<Part>, Fault> {
    let (Some(first), Some(last)) = (bounds.first(), bounds.last()) else { return Ok(Vec::new()) };
    let within = Range { gte: Some(*first), gt: None, lte: None, lt: Some(*last) };
    let (worth, refunded) = match whose {
        Whose::All | Whose::Buyer(_) => ("orders.total_minor", "orders.refunded_minor"),
        Whose::Seller(_) => ("own_lines.total_minor", "0"),
    };
    let rows: Vec<Row> = counted(whose, filter)
        .filter(within.condition(order::Column::PlacedAt))
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
pub async fn extent(
    conn: &impl ConnectionTrait,
    whose: &Whose,
    filter: &Filter,
    currency: Currency,
) -> Result<Option<(Timestamp, Timestamp)>, Fault> {
    let found: Option<(Option<i64>, Option<i64>)> = counted(whose, filter)
        .filter(order::Column::Currency.eq(currency.code()))
        .column_as(order::Column::PlacedAt.min(), "first")
        .column_as(order::Column::PlacedAt.max(), "last")
        .into_tuple()
        .one(conn)
        .await?;
    Ok(found.and_then(|(first, last)| Some((Timestamp(first?), Timestamp(last?)))))
}
