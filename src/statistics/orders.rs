//! Figures of orders (STAT-01, STAT-02, STAT-06, STORE-03).

use entity::{order, order_item, stored::OrderStatus, time::Timestamp};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};

use serde::{Deserialize, Serialize};

use super::{
    Whose,
    currency::{add, choose},
    months::Months,
};
use crate::{
    fault::Fault,
    money::{Currency, average_minor},
    order::filter::{Filter, Range},
};

/// How many orders and what they are worth, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// How many.
    pub count: i64,
    /// What they are worth.
    pub total: i64,
}

impl Sum {
    /// What one is worth, halves away from zero.
    pub fn average(self) -> i64 {
        average_minor(self.total, self.count)
    }
}

/// Figures of orders in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// The currency; none when nothing was counted and none was asked for.
    pub currency: Option<Currency>,
    /// All currencies of the orders that match.
    pub currencies: Vec<Currency>,
    /// Every status with its orders.
    pub by_status: Vec<(OrderStatus, Sum)>,
    /// All of them.
    pub all: Sum,
    /// Those that are not cancelled.
    pub kept: Sum,
    /// What was given back on those that are not cancelled.
    pub refunds: i64,
    /// When the first and the last were placed.
    pub placed: Option<(Timestamp, Timestamp)>,
}

/// Orders of one calendar month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Month {
    /// `2024-01`.
    pub period: String,
    /// All of them.
    pub all: Sum,
    /// Totals of those that are not cancelled.
    pub gross: i64,
}

/// SQL of an order's worth: for sellers of own lines only, whose sum is joined.
fn worth(whose: &Whose) -> &'static str {
    match whose {
        Whose::All | Whose::Buyer(_) => "orders.total_minor",
        Whose::Seller(_) => "own_lines.total_minor",
    }
}

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

type Row = (String, OrderStatus, i64, i64, i64, i64, i64);

/// The figures of the orders that match, in the currency asked for or the one most of them use. One statement.
///
/// # Errors
/// When the database fails or a sum is out of range.
pub async fn figures(
    conn: &impl ConnectionTrait,
    whose: &Whose,
    filter: &Filter,
    asked: Option<Currency>,
) -> Result<Figures, Fault> {
    let refunded = match whose {
        Whose::All | Whose::Buyer(_) => "orders.refunded_minor",
        Whose::Seller(_) => "0",
    };
    let rows: Vec<Row> = counted(whose, filter)
        .column(order::Column::Currency)
        .column(order::Column::Status)
        .column_as(order::Column::Id.count(), "orders")
        .column_as(sum_of(worth(whose)), "total")
        .column_as(sum_of(refunded), "refunded")
        .column_as(order::Column::PlacedAt.min(), "first")
        .column_as(order::Column::PlacedAt.max(), "last")
        .group_by(order::Column::Currency)
        .group_by(order::Column::Status)
        .into_tuple()
        .all(conn)
        .await?;
    let (currency, currencies) = choose(asked, rows.iter().map(|row| (row.0.clone(), row.2)))?;
    let mut figures = Figures {
        currency,
        currencies,
        by_status: OrderStatus::all().map(|status| (status, Sum::default())).collect(),
        all: Sum::default(),
        kept: Sum::default(),
        refunds: 0,
        placed: None,
    };
    for row in rows.iter().filter(|row| currency.is_some_and(|currency| currency.code() == row.0)) {
        figures.count(row)?;
    }
    Ok(figures)
}

impl Figures {
    fn count(&mut self, row: &Row) -> Result<(), Fault> {
        let (_, status, count, total, refunded, first, last) = row;
        if let Some((_, sum)) = self.by_status.iter_mut().find(|(known, _)| known == status) {
            *sum = Sum { count: *count, total: *total };
        }
        self.all.count += count;
        add(&mut self.all.total, *total)?;
        if *status != OrderStatus::Cancelled {
            self.kept.count += count;
            add(&mut self.kept.total, *total)?;
            add(&mut self.refunds, *refunded)?;
        }
        let (first, last) = (Timestamp(*first), Timestamp(*last));
        let (known_first, known_last) = self.placed.unwrap_or((first, last));
        self.placed = Some((Ord::min(known_first, first), Ord::max(known_last, last)));
        Ok(())
    }

    /// How many orders are in a status.
    pub fn in_status(&self, status: OrderStatus) -> i64 {
        self.by_status.iter().find(|(known, _)| *known == status).map_or(0, |(_, sum)| sum.count)
    }
}

/// The orders that match, of one currency, by calendar month: every month, ascending, empty ones too. One statement.
///
/// # Errors
/// When the database fails or a sum is out of range.
pub async fn by_month(
    conn: &impl ConnectionTrait,
    whose: &Whose,
    filter: &Filter,
    currency: Currency,
    months: &Months,
) -> Result<Vec<Month>, Fault> {
    let Some((start, end)) = months.span() else { return Ok(Vec::new()) };
    let within = Range { gte: Some(start), gt: None, lte: None, lt: Some(end) };
    let worth = worth(whose);
    let kept = format!("CASE WHEN orders.status = '{}' THEN 0 ELSE {worth} END", OrderStatus::Cancelled);
    let rows: Vec<(i32, i64, i64, i64)> = counted(whose, filter)
        .filter(Condition::all().add(order::Column::Currency.eq(currency.code())).add(within.condition(order::Column::PlacedAt)))
        .column_as(Expr::cust(months.place_of("orders.placed_at")), "month")
        .column_as(order::Column::Id.count(), "orders")
        .column_as(sum_of(worth), "total")
        .column_as(sum_of(&kept), "gross")
        .group_by(Expr::col("month"))
        .into_tuple()
        .all(conn)
        .await?;
    let mut all: Vec<Month> = months.names().map(|period| Month { period, all: Sum::default(), gross: 0 }).collect();
    for (place, count, total, gross) in rows {
        if let Some(month) = usize::try_from(place).ok().and_then(|place| all.get_mut(place)) {
            month.all = Sum { count, total };
            month.gross = gross;
        }
    }
    Ok(all)
}
