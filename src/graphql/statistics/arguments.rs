//! What queries of figures are asked with.

use async_graphql::{Enum, ID, Result};
use chrono_tz::Tz;
use entity::{id::StoreId, time::Timestamp};

use crate::{
    graphql::{
        Here, error,
        scalar::{CurrencyCode, Moment},
    },
    money::Currency,
    statistics::{Period, Side, Whose, Window, kept, spans::Stretch},
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
    /// The last 7 times 24 hours; in charts the last 7 calendar days.
    #[graphql(name = "LAST_7_DAYS")]
    Last7Days,
    /// The last 30 times 24 hours; in charts the last 30 calendar days.
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

/// The arguments as they were given.
#[derive(Default)]
pub struct Given {
    /// In which currency.
    pub currency: Option<CurrencyCode>,
    /// In which period.
    pub period: Option<StatisticsPeriod>,
    /// From when.
    pub from: Option<Moment>,
    /// Until when.
    pub to: Option<Moment>,
    /// In which time zone.
    pub timezone: Option<String>,
    /// From which side.
    pub scope: Option<StatisticsScope>,
    /// The only side there is, where none can be chosen.
    pub only: Option<Side>,
    /// Of which store.
    pub store: Option<ID>,
}

/// The arguments in the domain's values.
pub struct Asked {
    /// Whose figures.
    pub whose: Whose,
    /// In which currency.
    pub currency: Option<Currency>,
    /// From when to when.
    pub window: Option<Window>,
    /// The period, if that is how the window was asked for.
    pub period: Option<Period>,
    /// In which time zone.
    pub zone: Tz,
    /// The time of the question.
    pub now: Timestamp,
    /// Whether the window has an end but no begin.
    is_open: bool,
}

impl Asked {
    /// The window, end to end; all time without one.
    pub fn stretch(&self) -> Option<Stretch> {
        self.window.map(Window::stretch)
    }

    /// The first moment of the window; nothing without one.
    pub fn from(&self) -> Option<Moment> {
        self.window.map(|window| Moment(window.from))
    }

    /// The last moment of the window; nothing without one.
    pub fn to(&self) -> Option<Moment> {
        self.window.map(|window| Moment(window.to))
    }

    /// Refuses a window without a begin.
    ///
    /// # Errors
    /// For one.
    pub fn begun(&self) -> Result<()> {
        match self.is_open {
            true => Err(error::bad_input("from", "must be given with `to`")),
            false => Ok(()),
        }
    }

    /// What the window is compared with: of a period as much of the one before as has passed of it, else as long a time
    /// just before.
    pub fn before(&self) -> Option<Window> {
        match self.period {
            Some(period) => Some(period.before(self.now, self.zone)),
            None => self.window.map(Window::before),
        }
    }
}

/// Longest name of a time zone that is looked up.
const MAX_ZONE: usize = 64;

/// The first moment that the calendar of the API knows.
const FIRST: Timestamp = Timestamp(-62_135_596_800_000_000);

impl Asked {
    /// The same as it is asked of what is kept, with nothing else beside it or not.
    pub fn question(&self, alone: bool) -> kept::Asked<'_> {
        kept::Asked { whose: &self.whose, window: self.window, period: self.period, currency: self.currency, alone }
    }
}

/// Reads the arguments.
///
/// # Errors
/// For a side that is not the caller's, an unknown time zone, and bounds that cannot be.
pub fn asked(here: Here<'_>, given: Given) -> Result<Asked> {
    let side = given.only.or(given.scope.map(Into::into));
    let mut whose = Whose::of(here.actor(), side).map_err(|reason| match given.scope {
        Some(_) => error::denied_for(reason, "scope"),
        None => error::denied(reason),
    })?;
    if let Some(store) = given.store {
        // An id of another type names no store.
        let store = store.parse().unwrap_or(StoreId(uuid::Uuid::nil()));
        whose = whose.of_store(store).map_err(|reason| error::denied_for(reason, "store"))?;
    }
    let zone = match given.timezone {
        None => here.app.config.reports.report_timezone,
        Some(name) => {
            let known = Some(name).filter(|name| name.len() <= MAX_ZONE).and_then(|name| name.parse().ok());
            known.ok_or_else(|| error::bad_input("timezone", "is not an IANA time zone such as \"Europe/Berlin\""))?
        }
    };
    let now = here.loaders.figures.now(here.app);
    let period = given.period.map(Period::from);
    let is_open = given.from.is_none() && given.to.is_some();
    let window = match (period, given.from, given.to) {
        (Some(_), None, None) | (None, None, None) => period.map(|period| period.window(now, zone)),
        (None, from, to) => {
            let window = Window { from: from.map_or(FIRST, |from| from.0), to: to.map_or(now, |to| to.0) };
            if window.from > window.to {
                return Err(error::bad_input("from", "must not be after `to`, which is now unless told"));
            }
            Some(window)
        }
        (Some(_), ..) => return Err(error::bad_input("period", "goes without `from` and `to`")),
    };
    Ok(Asked { whose, currency: given.currency.map(|code| code.0), window, period, zone, now, is_open })
}
