//! The shop at a glance: figures of a period beside those of the period before (STAT-09, STAT-10). For staff.

use entity::{stored::OrderStatus, time::Timestamp};

use super::{
    Window, customers,
    growth::growth,
    orders,
    rollup::{pieces::Span, reading::Reading},
};
use crate::{fault::Fault, money::Currency};

/// A figure of a period and of the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Of the period.
    pub now: i64,
    /// Of the one before.
    pub before: i64,
}

impl Pair {
    /// By how much it grew.
    pub fn growth(self) -> Option<f64> {
        growth(self.now, self.before)
    }
}

/// The shop in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// The currency of the sales; none when there are none and none was asked for.
    pub currency: Option<Currency>,
    /// All currencies of the orders of the period.
    pub currencies: Vec<Currency>,
    /// All orders placed, of whatever currency.
    pub all: Pair,
    /// The same by status.
    pub by_status: Vec<(OrderStatus, Pair)>,
    /// Totals of those that are not cancelled, in the currency.
    pub gross: Pair,
    /// What was given back on them.
    pub refunds: Pair,
    /// Customers created in the period.
    pub new_customers: Pair,
    /// Customers at its end.
    pub customers: Pair,
    /// Customers who ordered in it.
    pub active: Pair,
}

/// The figures of two periods, in the currency asked for or the one most orders of the later one use.
///
/// # Errors
/// When the database fails or a sum is out of range.
pub(crate) async fn overview(
    buyers: &customers::Store,
    reading: &Reading,
    window: Window,
    before: Window,
    asked: Option<Currency>,
) -> Result<Overview, Fault> {
    let [(money, counts), (money_before, counts_before)] = orders::placed_in(reading, window, before, asked).await?;
    let all = |counts: &[(OrderStatus, i64)]| counts.iter().map(|(_, count)| count).sum();
    let created =
        async |from: Timestamp, window: Window| customers::created(reading, Some(Window { from, to: window.to }.stretch())).await;
    let status = |status| {
        let of = |counts: &[(OrderStatus, i64)]| counts.iter().find(|(known, _)| *known == status).map_or(0, |(_, count)| *count);
        (status, Pair { now: of(&counts), before: of(&counts_before) })
    };
    let (totals, totals_before) = (money.totals, money_before.totals);
    Ok(Overview {
        currency: money.currency,
        currencies: money.currencies.clone(),
        all: Pair { now: all(&counts), before: all(&counts_before) },
        by_status: OrderStatus::all().map(status).collect(),
        gross: Pair { now: totals.kept.total, before: totals_before.kept.total },
        refunds: Pair { now: totals.refunds, before: totals_before.refunds },
        new_customers: Pair { now: created(window.from, window).await?, before: created(before.from, before).await? },
        customers: Pair { now: created(Span::EVER.from, window).await?, before: created(Span::EVER.from, before).await? },
        active: Pair {
            now: active_customers(buyers, reading, window).await?,
            before: active_customers(buyers, reading, before).await?,
        },
    })
}

/// How many customers placed an order in a window that was not cancelled.
///
/// # Errors
/// When the database fails.
pub(crate) async fn active_customers(buyers: &customers::Store, reading: &Reading, window: Window) -> Result<i64, Fault> {
    customers::active(buyers, reading, Some(window.stretch())).await
}
