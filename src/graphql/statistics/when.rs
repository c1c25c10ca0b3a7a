//! The window that figures are asked for, by a period or from one moment to another.

use async_graphql::Result;
use chrono_tz::Tz;
use entity::time::Timestamp;

use super::StatisticsPeriod;
use crate::{
    graphql::{error, scalar::Moment},
    statistics::{
        Period,
        spans::{Stretch, Unit, before},
    },
};

/// A window.
#[derive(Clone, Copy)]
pub struct When {
    /// From its first moment to before the one after its last; all time when nothing was asked for.
    pub window: Option<Stretch>,
    unit: Option<Unit>,
    zone: Tz,
}

/// What a window is asked for with.
#[derive(Clone, Default)]
pub struct Asked {
    /// By a period that ends now.
    pub period: Option<StatisticsPeriod>,
    /// From this moment.
    pub from: Option<Moment>,
    /// Up to this moment.
    pub to: Option<Moment>,
    /// In this time zone.
    pub timezone: Option<String>,
}

impl Asked {
    /// The window as it is now; the period of `default` when neither a period nor moments are given.
    ///
    /// # Errors
    /// For arguments that contradict each other, and for an unknown time zone.
    pub fn window(&self, now: Timestamp, default: Option<StatisticsPeriod>) -> Result<When> {
        let zone = zone(self.timezone.as_deref())?;
        let (from, to) = (self.from.map(|from| from.0), self.to.map(|to| to.0));
        let asked = self.period.or(default.filter(|_| from.is_none() && to.is_none()));
        if self.period.is_some() && (from.is_some() || to.is_some()) {
            return Err(error::bad_input("period", "is not given together with from or to"));
        }
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            return Err(error::bad_input("to", "must not be before from"));
        }
        let after = |at: Timestamp| Timestamp(at.0.saturating_add(1));
        let (window, unit) = match asked {
            Some(period) => {
                let window = Period::from(period).window(now, zone);
                (Some((window.from, after(window.to))), unit(period))
            }
            None if from.is_none() && to.is_none() => (None, None),
            None => (Some((from.unwrap_or(Timestamp(i64::MIN)), after(to.unwrap_or(now)))), None),
        };
        Ok(When { window, unit, zone })
    }
}

/// Longest name of a time zone that is looked up.
const MAX_ZONE: usize = 64;

fn zone(name: Option<&str>) -> Result<Tz> {
    let Some(name) = name else { return Ok(Tz::UTC) };
    let known = Some(name).filter(|name| name.len() <= MAX_ZONE).and_then(|name| name.parse().ok());
    known.ok_or_else(|| error::bad_input("timezone", "is not an IANA time zone such as \"Europe/Berlin\""))
}

const fn unit(period: StatisticsPeriod) -> Option<Unit> {
    match period {
        StatisticsPeriod::Day => Some(Unit::Day),
        StatisticsPeriod::Week => Some(Unit::Week),
        StatisticsPeriod::Month | StatisticsPeriod::ThisMonth => Some(Unit::Month),
        StatisticsPeriod::Year => Some(Unit::Year),
        StatisticsPeriod::Last7Days | StatisticsPeriod::Last30Days => None,
    }
}

impl When {
    /// The first moment; nothing when there is none.
    pub fn from(&self) -> Option<Moment> {
        self.window.map(|window| window.0).filter(|from| from.0 != i64::MIN).map(Moment)
    }

    /// The last moment; nothing for all time.
    pub fn to(&self) -> Option<Moment> {
        self.window.map(|window| Moment(Timestamp(window.1.0.saturating_sub(1))))
    }

    /// The window that this one is compared with; nothing when it has no begin.
    pub fn before(&self) -> Option<Stretch> {
        self.window.filter(|window| window.0.0 != i64::MIN).map(|window| before(window, self.unit, self.zone))
    }
}
