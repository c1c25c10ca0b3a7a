//! What both queries of figures are asked with.

use async_graphql::{Enum, Result};
use chrono_tz::Tz;
use entity::time::Timestamp;

use crate::{
    graphql::{Here, error, scalar::CurrencyCode},
    money::Currency,
    statistics::{Period, Side, Whose, kept::Span},
};

/// A period that ends now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Period")]
pub enum StatisticsPeriod {
    /// Today, from midnight.
    Day,
    /// This week, from Monday.
    Week,
    /// This calendar month, from its first day.
    Month,
    /// This calendar year, from its first day.
    Year,
    /// The last 7 times 24 hours.
    #[graphql(name = "LAST_7_DAYS")]
    Last7Days,
    /// The last 30 times 24 hours.
    #[graphql(name = "LAST_30_DAYS")]
    Last30Days,
    /// This calendar month, from its first day; the same as MONTH.
    ThisMonth,
}

/// From which side figures are seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Side")]
pub enum StatisticsScope {
    /// Own purchases.
    Buyer,
    /// Own sales: orders with goods of own stores, amounts of own lines. Only for members of a store.
    Seller,
    /// Everything. Only for staff.
    All,
}

/// The arguments in the domain's values.
pub struct Asked {
    /// Whose figures.
    pub whose: Whose,
    /// In which currency.
    pub currency: Option<Currency>,
    /// From when to when.
    pub span: Option<Span>,
    /// In which time zone.
    pub zone: Tz,
    /// The time of the question.
    pub now: Timestamp,
}

/// Longest name of a time zone that is looked up.
const MAX_ZONE: usize = 64;

/// Reads the arguments.
///
/// # Errors
/// For a side that is not the caller's, and for an unknown time zone.
pub fn asked(
    here: Here<'_>,
    currency: Option<CurrencyCode>,
    period: Option<StatisticsPeriod>,
    timezone: Option<&str>,
    scope: Option<StatisticsScope>,
) -> Result<Asked> {
    let whose = Whose::of(here.actor(), scope.map(Into::into)).map_err(error::denied)?;
    let zone = match timezone {
        None => Tz::UTC,
        Some(name) => {
            let known = Some(name).filter(|name| name.len() <= MAX_ZONE).and_then(|name| name.parse().ok());
            known.ok_or_else(|| error::bad_input("timezone", "is not an IANA time zone such as \"Europe/Berlin\""))?
        }
    };
    let now = here.app.clock.now();
    let span = period.map(Period::from).map(|period| Span { window: period.window(now, zone), slides: period.slides() });
    Ok(Asked { whose, currency: currency.map(|code| code.0), span, zone, now })
}
