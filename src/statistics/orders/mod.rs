//! Figures of orders (STAT-01, STAT-02, STAT-06, STAT-07, STORE-03).
//!
//! They come from sums that are kept up to date, where those know what is asked for ([`question`]), and else from the rows
//! ([`rows`]); both say the same.

pub mod question;
mod rows;
mod sums;

use entity::{
    stored::OrderStatus::{self, Cancelled},
    time::Timestamp,
};

use super::{
    Whose, Window,
    currency::{add, choose},
    months::Months,
    rollup::{pieces::Span, reading::Reading},
};
use crate::{
    fault::Fault,
    money::{Currency, average_minor},
    order::filter::Filter,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

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

    fn grow(&mut self, by: Self) -> Result<(), Fault> {
        self.count += by.count;
        add(&mut self.total, by.total)
    }
}

/// Sums of some orders of one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// All of them.
    pub all: Sum,
    /// Those that are not cancelled.
    pub kept: Sum,
    /// What was given back on those that are not cancelled.
    pub refunds: i64,
}

impl Totals {
    /// What those that are not cancelled are worth, without what was given back.
    pub fn net(self) -> i64 {
        self.kept.total - self.refunds
    }

    fn grow(&mut self, part: &Part) -> Result<(), Fault> {
        self.all.grow(part.worth)?;
        if part.status != Cancelled {
            self.kept.grow(part.worth)?;
            add(&mut self.refunds, part.refunded)?;
        }
        Ok(())
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
    /// All together.
    pub totals: Totals,
}

impl Figures {
    /// How many orders are in a status.
    pub fn in_status(&self, status: OrderStatus) -> i64 {
        self.by_status.iter().find(|(known, _)| *known == status).map_or(0, |(_, sum)| sum.count)
    }
}

/// Orders of one calendar month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Month {
    /// `2024-01`.
    pub period: String,
    /// Their sums.
    pub totals: Totals,
}

/// Orders of one stretch of time, currency and status.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    place: usize,
    currency: String,
    status: OrderStatus,
    worth: Sum,
    refunded: i64,
}

/// The orders that match, by the stretches between neighbouring bounds.
async fn parts(
    reading: &Reading,
    whose: &Whose,
    filter: &Filter,
    bounds: &[Timestamp],
    in_currency: Option<Currency>,
) -> Result<Vec<Part>, Fault> {
    let parts = match (reading.behind(), question::known(whose, filter)) {
        (Some(behind), Some(mut question)) => {
            question.currency = question.currency.or_else(|| in_currency.map(|currency| currency.code().to_owned()));
            // A series does not tell one status from another; with hundreds of points that is most of its cost.
            question.kept_together = in_currency.is_some() && question.is_of_all_statuses();
            let spans: Vec<Span> = bounds.windows(2).map(|pair| Span { from: pair[0], to: pair[1] }).collect();
            sums::parts(reading, behind, &question, &spans).await?
        }
        _ => rows::parts(reading.rows().await?, whose, filter, bounds).await?,
    };
    let wanted = |part: &Part| in_currency.is_none_or(|currency| currency.code() == part.currency);
    Ok(parts.into_iter().filter(wanted).collect())
}

/// The figures of the orders that match, in the currency asked for or the one most of them use.
///
/// # Errors
/// When the database fails or a sum is out of range.
pub async fn figures(reading: &Reading, whose: &Whose, filter: &Filter, asked: Option<Currency>) -> Result<Figures, Fault> {
    let parts = parts(reading, whose, filter, &[Span::EVER.from, Span::EVER.to], None).await?;
    figures_of(&parts, asked)
}

/// Figures of all orders placed in a window, and how many of whatever currency are in each status.
pub type Placed = (Figures, Vec<(OrderStatus, i64)>);

/// The same of a window and of one before it, in the currency asked for or the one that most orders of the former use.
///
/// # Errors
/// When the database fails or a sum is out of range.
pub(crate) async fn placed_in(
    reading: &Reading,
    window: Window,
    before: Window,
    asked: Option<Currency>,
) -> Result<[Placed; 2], Fault> {
    let (whose, all) = (Whose::All, Filter::default());
    let spans = [window, before].map(|window| {
        let (from, to) = window.stretch();
        Span { from, to }
    });
    let mut parts = Vec::new();
    match (reading.behind(), question::known(&whose, &all)) {
        (Some(behind), Some(question)) => parts = sums::parts(reading, behind, &question, &spans).await?,
        _ => {
            for (place, span) in spans.iter().enumerate() {
                let of_span = rows::parts(reading.rows().await?, &whose, &all, &[span.from, span.to]).await?;
                parts.extend(of_span.into_iter().map(|part| Part { place, ..part }));
            }
        }
    }
    let (now, past): (Vec<Part>, Vec<Part>) = parts.into_iter().partition(|part| part.place == 0);
    let figures = figures_of(&now, asked)?;
    let past = (figures_of(&past, figures.currency)?, counts_of(&past));
    Ok([(figures, counts_of(&now)), past])
}

/// How many of the orders that match are in each status, from the sums alone; none when these do not know.
///
/// # Errors
/// When the database fails.
pub(crate) async fn counted(reading: &Reading, whose: &Whose, filter: &Filter) -> Result<Option<Vec<(OrderStatus, i64)>>, Fault> {
    let (Some(behind), Some(question)) = (reading.behind(), question::known(whose, filter)) else { return Ok(None) };
    Ok(Some(counts_of(&sums::parts(reading, behind, &question, &[Span::EVER]).await?)))
}

/// How many orders that are not cancelled were placed in a window, by currency, from the sums alone; none when these do not know.
///
/// # Errors
/// When the database fails.
pub(crate) async fn used(reading: &Reading, whose: &Whose, window: Span) -> Result<Option<Vec<(String, i64)>>, Fault> {
    let question = question::known(whose, &Filter::default());
    let (Some(behind), Some(question)) = (reading.behind(), question) else { return Ok(None) };
    let parts = sums::parts(reading, behind, &question, &[window]).await?;
    let kept = parts.into_iter().filter(|part| part.status != Cancelled);
    Ok(Some(kept.map(|part| (part.currency, part.worth.count)).collect()))
}

fn counts_of(parts: &[Part]) -> Vec<(OrderStatus, i64)> {
    let of = |status| parts.iter().filter(|part| part.status == status).map(|part| part.worth.count).sum();
    OrderStatus::all().map(|status| (status, of(status))).collect()
}

fn figures_of(parts: &[Part], asked: Option<Currency>) -> Result<Figures, Fault> {
    let (currency, currencies) = choose(asked, parts.iter().map(|part| (part.currency.clone(), part.worth.count)))?;
    let mut by_status: Vec<_> = OrderStatus::all().map(|status| (status, Sum::default())).collect();
    let mut totals = Totals::default();
    for part in parts.iter().filter(|part| currency.is_some_and(|currency| currency.code() == part.currency)) {
        if let Some((_, sum)) = by_status.iter_mut().find(|(known, _)| *known == part.status) {
            sum.grow(part.worth)?;
        }
        totals.grow(part)?;
    }
    Ok(Figures { currency, currencies, by_status, totals })
}

/// The orders that match, of one currency, by the stretches between neighbouring bounds, one after the other.
///
/// # Errors
/// When the database fails or a sum is out of range.
pub async fn series(
    reading: &Reading,
    whose: &Whose,
    filter: &Filter,
    currency: Currency,
    bounds: &[Timestamp],
) -> Result<Vec<Totals>, Fault> {
    let mut series = vec![Totals::default(); bounds.len().saturating_sub(1)];
    if series.is_empty() {
        return Ok(series);
    }
    for part in parts(reading, whose, filter, bounds, Some(currency)).await? {
        if let Some(totals) = series.get_mut(part.place) {
            totals.grow(&part)?;
        }
    }
    Ok(series)
}

/// The orders that match, of one currency, by calendar month: every month from that of the first order to that of the last,
/// ascending, empty ones between them too.
///
/// # Errors
/// When the database fails or a sum is out of range.
pub async fn by_month(
    reading: &Reading,
    whose: &Whose,
    filter: &Filter,
    currency: Currency,
    (now, zone): (Timestamp, Tz),
) -> Result<Vec<Month>, Fault> {
    let extent = match (reading.behind(), question::known(whose, filter)) {
        (Some(behind), Some(question)) => sums::extent(reading, behind, &question, currency).await?,
        _ => rows::extent(reading.rows().await?, whose, filter, currency).await?,
    };
    let Some((first, last)) = extent else { return Ok(Vec::new()) };
    let months = Months::between(first, last, now, zone);
    let series = series(reading, whose, filter, currency, months.bounds()).await?;
    let mut months: Vec<Month> = months.names().zip(series).map(|(period, totals)| Month { period, totals }).collect();
    // The extent is that of whole months of UTC: at its ends may be months of the zone without orders.
    let is_empty = |month: &Month| month.totals.all.count == 0;
    months.truncate(months.iter().rposition(|month| !is_empty(month)).map_or(0, |last| last + 1));
    let empty = months.iter().take_while(|month| is_empty(month)).count();
    Ok(months.split_off(empty))
}
