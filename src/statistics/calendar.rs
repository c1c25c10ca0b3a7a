//! Days, weeks and months of a time zone, one after the other.

use chrono::{Datelike as _, Days, Months, NaiveDate};
use chrono_tz::Tz;
use entity::time::Timestamp;

use super::{
    Window,
    period::{local_date, start_of},
};

/// Most points of a series.
pub const MOST_POINTS: usize = 1_200;

/// How long one point of a series is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// A calendar day.
    Day,
    /// A week from Monday.
    Week,
    /// A calendar month.
    Month,
}

/// Days, weeks or months in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Points {
    /// The first day of each.
    pub days: Vec<NaiveDate>,
    /// Where each begins, and where the last one ends: one more than there are days.
    pub bounds: Vec<Timestamp>,
}

impl Interval {
    fn first_day(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::Day => day,
            Self::Week => day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday()))).unwrap_or(day),
            Self::Month => day.with_day(1).unwrap_or(day),
        }
    }

    fn next(self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => day.checked_add_days(Days::new(1)),
            Self::Week => day.checked_add_days(Days::new(7)),
            Self::Month => day.checked_add_months(Months::new(1)),
        }
    }
}

impl Points {
    /// Those that a window touches; none when they are more than [`MOST_POINTS`].
    pub fn of(interval: Interval, window: Window, zone: Tz) -> Option<Self> {
        let last = local_date(window.to, zone);
        let mut day = interval.first_day(local_date(window.from, zone));
        let mut points = Self { days: Vec::new(), bounds: vec![start_of(day, zone)] };
        while day <= last {
            if points.days.len() == MOST_POINTS {
                return None;
            }
            points.days.push(day);
            day = interval.next(day)?;
            points.bounds.push(start_of(day, zone));
        }
        Some(points)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(interval: Interval, from: &str, to: &str, zone: Tz) -> Option<Points> {
        let at = |text: &str| chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc().into();
        Points::of(interval, Window { from: at(from), to: at(to) }, zone)
    }

    fn days(points: &Points) -> Vec<String> {
        points.days.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn days_follow_the_clocks() {
        let berlin = points(Interval::Day, "2024-03-30T12:00:00Z", "2024-03-31T22:00:00Z", Tz::Europe__Berlin).unwrap();
        assert_eq!(days(&berlin), ["2024-03-30", "2024-03-31", "2024-04-01"]);
        let hours: Vec<i64> = berlin.bounds.windows(2).map(|pair| (pair[1].0 - pair[0].0) / 3_600_000_000).collect();
        assert_eq!(hours, [24, 23, 24]);
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_the_first() {
        let weeks = points(Interval::Week, "2024-01-03T00:00:00Z", "2024-01-15T00:00:00Z", Tz::UTC).unwrap();
        assert_eq!(days(&weeks), ["2024-01-01", "2024-01-08", "2024-01-15"]);
        let months = points(Interval::Month, "2023-12-31T18:15:00Z", "2024-02-01T00:00:00Z", Tz::Asia__Kathmandu).unwrap();
        assert_eq!(days(&months), ["2024-01-01", "2024-02-01"]);
    }

    #[test]
    fn a_day_that_a_zone_skipped_is_empty() {
        let apia = points(Interval::Day, "2011-12-29T12:00:00Z", "2011-12-30T12:00:00Z", Tz::Pacific__Apia).unwrap();
        assert_eq!(days(&apia), ["2011-12-29", "2011-12-30", "2011-12-31"]);
        assert_eq!(apia.bounds[1], apia.bounds[2]);
    }

    #[test]
    fn there_is_an_end() {
        assert_eq!(points(Interval::Day, "2020-01-01T00:00:00Z", "2024-01-01T00:00:00Z", Tz::UTC), None);
        let none = points(Interval::Day, "2020-01-02T00:00:00Z", "2020-01-01T00:00:00Z", Tz::UTC).unwrap();
        assert_eq!((none.days.len(), none.bounds.len()), (0, 1));
    }
}
