//! Figures over time (STAT-07, STAT-11).

use chrono::NaiveDate;

use super::{
    Whose, Window,
    calendar::Points,
    orders::{self, Totals},
    rollup::reading::Reading,
};
use crate::{fault::Fault, money::Currency, order::filter::Filter};

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
pub(crate) async fn sales(
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
