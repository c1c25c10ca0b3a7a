//! Figures over time (STAT-07, STAT-11).

use chrono::NaiveDate;
use entity::customer;
use sea_orm::{ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _, sea_query::Expr};

use super::{
    Whose, Window,
    calendar::Points,
    months::place_of,
    orders::{self, Totals},
    rollup::{pieces::Span, reading::Reading},
};
use crate::{
    fault::Fault,
    money::Currency,
    order::filter::{Filter, Range},
};

/// Orders of one currency by days, weeks or months.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trend {
    /// The currency; none when nothing was counted and none was asked for.
    pub currency: Option<Currency>,
    /// All currencies of the orders in the window.
    pub currencies: Vec<Currency>,
    /// All of them together.
    pub totals: Totals,
    /// The first day of each stretch, the part of it that is in the window, and its orders.
    pub points: Vec<(NaiveDate, Window, Totals)>,
}

/// The orders of a window by the stretches it touches.
///
/// # Errors
/// When the database fails or a sum is out of range.
pub async fn sales(
    reading: &Reading,
    whose: &Whose,
    window: Window,
    points: &Points,
    asked: Option<Currency>,
) -> Result<Trend, Fault> {
    let filter = Filter { placed_at: Some(window.range()), ..Default::default() };
    let figures = orders::figures(reading, whose, &filter, asked).await?;
    let totals = match figures.currency {
        Some(currency) => orders::series(reading, whose, &filter, currency, &points.bounds).await?,
        None => vec![Totals::default(); points.days.len()],
    };
    let stretches = points.bounds.windows(2).map(|pair| Window {
        from: Ord::max(pair[0], window.from),
        to: Ord::min(entity::time::Timestamp(pair[1].0 - 1), window.to),
    });
    let points = points.days.iter().copied().zip(stretches).zip(totals).map(|((day, window), totals)| (day, window, totals));
    Ok(Trend { currency: figures.currency, currencies: figures.currencies, totals: figures.totals, points: points.collect() })
}

/// How many customers were created in each of the stretches of a window.
///
/// # Errors
/// When the database fails.
pub async fn new_customers(conn: &impl ConnectionTrait, window: Window, points: &Points) -> Result<Vec<i64>, Fault> {
    let mut counts = vec![0; points.days.len()];
    if counts.is_empty() {
        return Ok(counts);
    }
    let rows: Vec<(i32, i64)> = customer::Entity::find()
        .select_only()
        .filter(window.range().condition(customer::Column::CreatedAt))
        .column_as(Expr::cust(place_of(&points.bounds, "customers.created_at")), "place")
        .column_as(Expr::cust("COUNT(*)"), "count")
        .group_by(Expr::col("place"))
        .into_tuple()
        .all(conn)
        .await?;
    for (place, count) in rows {
        if let Some(slot) = usize::try_from(place).ok().and_then(|place| counts.get_mut(place)) {
            *slot = count;
        }
    }
    Ok(counts)
}

/// How many customers were created in a stretch.
///
/// # Errors
/// When the database fails.
pub async fn customers_created(conn: &impl ConnectionTrait, span: Span) -> Result<i64, Fault> {
    let range = Range { gte: Some(span.from), gt: None, lte: None, lt: Some(span.to) };
    let count: Option<i64> = customer::Entity::find()
        .select_only()
        .filter(range.condition(customer::Column::CreatedAt))
        .column_as(Expr::cust("COUNT(*)"), "count")
        .into_tuple()
        .one(conn)
        .await?;
    Ok(count.unwrap_or_default())
}
