//! How long a stretch of time one row of sums is for.

use chrono::{Datelike as _, NaiveDate};
use entity::time::Timestamp;

use crate::statistics::spans::{HOUR, QUARTER};

/// Stretches of time, in UTC. Every offset of a present time zone is a multiple of the shortest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Fifteen minutes.
    Quarter,
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A calendar month.
    Month,
    /// All time.
    Ever,
}

impl Level {
    /// All of them, the shortest first.
    pub const ALL: [Self; 5] = [Self::Quarter, Self::Hour, Self::Day, Self::Month, Self::Ever];

    /// What is stored.
    pub const fn number(self) -> i64 {
        match self {
            Self::Quarter => 0,
            Self::Hour => 1,
            Self::Day => 2,
            Self::Month => 3,
            Self::Ever => 4,
        }
    }

    /// The one a stored number stands for.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.number() == number)
    }

    /// Where the stretch that holds a moment begins.
    pub fn floor(self, at: Timestamp) -> Timestamp {
        let fixed = |length: i64| Timestamp(at.0.div_euclid(length).saturating_mul(length));
        match self {
            Self::Quarter => fixed(QUARTER),
            Self::Hour => fixed(HOUR),
            Self::Day => fixed(24 * HOUR),
            Self::Month => first_of(at, 0),
            Self::Ever => Timestamp(0),
        }
    }

    /// Where the stretch after the one that holds a moment begins; of all time there is none.
    pub fn next(self, at: Timestamp) -> Timestamp {
        let fixed = |length: i64| Timestamp(self.floor(at).0.saturating_add(length));
        match self {
            Self::Quarter => fixed(QUARTER),
            Self::Hour => fixed(HOUR),
            Self::Day => fixed(24 * HOUR),
            Self::Month => first_of(at, 1),
            Self::Ever => Timestamp(i64::MAX),
        }
    }
}

/// The first moment of the month of a moment, or of one some months later.
fn first_of(at: Timestamp, later: i32) -> Timestamp {
    let day = at.datetime().date_naive();
    let month = day.year() * 12 + day.month0() as i32 + later;
    let first = NaiveDate::from_ymd_opt(month.div_euclid(12), month.rem_euclid(12) as u32 + 1, 1);
    first.and_then(|day| day.and_hms_opt(0, 0, 0)).map_or(at, |start| start.and_utc().into())
}
