//! Periods of the calendar in a time zone (STAT-08, C-27). Pure: the time comes from the caller.

use chrono::{DateTime, Datelike as _, Days, LocalResult, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use entity::time::Timestamp;

use super::spans::Stretch;
use crate::order::filter::Range;

/// A period that ends now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// Today.
    Day,
    /// Since Monday.
    Week,
    /// This calendar month.
    Month,
    /// This calendar year.
    Year,
    /// The last 7 times 24 hours.
    Last7Days,
    /// The last 30 times 24 hours.
    Last30Days,
    /// This calendar month.
    ThisMonth,
}

/// Where the year 0 begins.
const YEAR_0: i64 = -62_167_219_200_000_000;

/// From one moment to another, both within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first moment.
    pub from: Timestamp,
    /// The last moment.
    pub to: Timestamp,
}

impl Window {
    /// The window as bounds of a filter.
    pub fn range(self) -> Range<Timestamp> {
        Range { gte: Some(self.from), gt: None, lte: Some(self.to), lt: None }
    }

    /// The window from its first moment to before the one after its last.
    pub fn stretch(self) -> Stretch {
        (self.from, Timestamp(self.to.0.saturating_add(1)))
    }

    /// The window of the same length that ends where this one begins; no longer than to the year 0, the first that RFC 3339 can
    /// write.
    pub fn before(self) -> Self {
        let to = Timestamp(self.from.0.saturating_sub(1));
        let from = to.0.saturating_sub(self.to.0.saturating_sub(self.from.0));
        Self { from: Timestamp(from.max(YEAR_0).min(to.0)), to }
    }
}

impl Period {
    /// From the period's begin in a time zone to now.
    pub fn window(self, now: Timestamp, zone: Tz) -> Window {
        let today = local_date(now, zone);
        let from = match self {
            Self::Day => start_of(today, zone),
            Self::Week => {
                let past = Days::new(u64::from(today.weekday().num_days_from_monday()));
                start_of(today.checked_sub_days(past).unwrap_or(today), zone)
            }
            Self::Month | Self::ThisMonth => start_of(today.with_day(1).unwrap_or(today), zone),
            Self::Year => start_of(today.with_ordinal(1).unwrap_or(today), zone),
            Self::Last7Days => now.plus_seconds(-7 * 86_400),
            Self::Last30Days => now.plus_seconds(-30 * 86_400),
        };
        Window { from, to: now }
    }
}

impl Period {
    /// The same for charts, which are of whole days: the last 7 and the last 30 days are calendar days, today among them.
    pub fn days(self, now: Timestamp, zone: Tz) -> Window {
        let back = match self {
            Self::Last7Days => 6,
            Self::Last30Days => 29,
            _ => return self.window(now, zone),
        };
        let today = local_date(now, zone);
        Window { from: start_of(today.checked_sub_days(Days::new(back)).unwrap_or(today), zone), to: now }
    }

    /// The same part of the period before: from its begin for as long as the period lasts until now, but never into the
    /// period itself.
    pub fn before(self, now: Timestamp, zone: Tz) -> Window {
        let window = self.window(now, zone);
        let first = local_date(window.from, zone);
        let from = match self {
            Self::Last7Days | Self::Last30Days => return window.before(),
            Self::Day => first.checked_sub_days(Days::new(1)),
            Self::Week => first.checked_sub_days(Days::new(7)),
            Self::Month | Self::ThisMonth => first.checked_sub_months(Months::new(1)),
            Self::Year => first.checked_sub_months(Months::new(12)),
        };
        let from = start_of(from.unwrap_or(first), zone);
        let to = Timestamp(from.0.saturating_add(window.to.0 - window.from.0));
        Window { from, to: Ord::min(to, Timestamp(window.from.0 - 1)) }
    }
}

/// The day that a moment falls on in a time zone.
pub fn local_date(at: Timestamp, zone: Tz) -> NaiveDate {
    zone.from_utc_datetime(&at.datetime().naive_utc()).date_naive()
}

/// The first moment of a day in a time zone. When clocks are turned on at midnight there is no midnight: the day then
/// begins at the turn. When midnight comes twice, it begins with the first.
pub fn start_of(day: NaiveDate, zone: Tz) -> Timestamp {
    let midnight = day.and_time(NaiveTime::MIN);
    let start = match zone.from_local_datetime(&midnight) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.with_timezone(&Utc),
        LocalResult::None => turn_before(day, midnight.and_utc(), zone),
    };
    start.into()
}

/// The moment at which clocks were turned on to `day` or into it. Offsets lie within a day of UTC, and a turn skips at most
/// a whole day, so three days around hold it.
fn turn_before(day: NaiveDate, midnight: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    let reached = |seconds: i64| {
        let at = midnight + TimeDelta::seconds(seconds);
        zone.from_utc_datetime(&at.naive_utc()).date_naive() >= day
    };
    let (mut before, mut after) = (-3 * 86_400_i64, 3 * 86_400_i64);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if reached(middle) {
            after = middle;
        } else {
            before = middle;
        }
    }
    midnight + TimeDelta::seconds(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(day: &str, zone: Tz) -> String {
        text(start_of(day.parse().unwrap(), zone))
    }

    fn text(at: Timestamp) -> String {
        at.datetime().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }

    fn at(text: &str) -> Timestamp {
        DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc).into()
    }

    #[test]
    fn a_day_begins_at_its_first_moment() {
        assert_eq!(start("2024-01-01", Tz::UTC), "2024-01-01T00:00:00Z");
        assert_eq!(start("2024-01-01", Tz::Asia__Kathmandu), "2023-12-31T18:15:00Z");
        assert_eq!(start("2024-03-31", Tz::Europe__Berlin), "2024-03-30T23:00:00Z");
        assert_eq!(start("2024-04-01", Tz::Europe__Berlin), "2024-03-31T22:00:00Z");
        assert_eq!(start("2024-11-01", Tz::Europe__Berlin), "2024-10-31T23:00:00Z");
    }

    #[test]
    fn a_day_without_midnight_begins_at_the_turn_of_the_clocks() {
        // In 2017 and 2018 Brazil turned its clocks on from 00:00 to 01:00, and back from 24:00 to 23:00.
        assert_eq!(start("2017-10-15", Tz::America__Sao_Paulo), "2017-10-15T03:00:00Z");
        assert_eq!(start("2018-11-04", Tz::America__Sao_Paulo), "2018-11-04T03:00:00Z");
        assert_eq!(start("2018-11-05", Tz::America__Sao_Paulo), "2018-11-05T02:00:00Z");
        assert_eq!(start("2018-02-18", Tz::America__Sao_Paulo), "2018-02-18T03:00:00Z");
        // Samoa crossed the date line and had no 30 December 2011 at all.
        assert_eq!(start("2011-12-30", Tz::Pacific__Apia), start("2011-12-31", Tz::Pacific__Apia));
        assert_eq!(start("2011-12-31", Tz::Pacific__Apia), "2011-12-30T10:00:00Z");
    }

    #[test]
    fn a_midnight_that_comes_twice_counts_from_the_first() {
        // Cuba turns its clocks back from 01:00 to 00:00.
        assert_eq!(start("2023-11-05", Tz::America__Havana), "2023-11-05T04:00:00Z");
    }

    #[test]
    fn periods_end_now_and_begin_by_the_calendar_of_the_zone() {
        // A Wednesday; in Kathmandu already Thursday, the first of the month.
        let now = at("2024-07-31T20:00:00Z");
        let from = |period: Period, zone| text(period.window(now, zone).from);
        assert_eq!(from(Period::Day, Tz::UTC), "2024-07-31T00:00:00Z");
        assert_eq!(from(Period::Week, Tz::UTC), "2024-07-29T00:00:00Z");
        assert_eq!(from(Period::Month, Tz::UTC), "2024-07-01T00:00:00Z");
        assert_eq!(from(Period::Year, Tz::UTC), "2024-01-01T00:00:00Z");
        assert_eq!(from(Period::Last7Days, Tz::UTC), "2024-07-24T20:00:00Z");
        assert_eq!(from(Period::Last30Days, Tz::Asia__Kathmandu), "2024-07-01T20:00:00Z");
        assert_eq!(from(Period::ThisMonth, Tz::Asia__Kathmandu), "2024-07-31T18:15:00Z");
        assert_eq!(from(Period::Day, Tz::Asia__Kathmandu), "2024-07-31T18:15:00Z");
        assert_eq!(from(Period::Week, Tz::Asia__Kathmandu), "2024-07-28T18:15:00Z");
        assert_eq!(from(Period::Year, Tz::America__Sao_Paulo), "2024-01-01T03:00:00Z");
        assert_eq!(Period::Day.window(now, Tz::UTC).to, now);
    }

    #[test]
    fn charts_have_whole_days() {
        let now = at("2024-07-31T20:00:00Z");
        assert_eq!(text(Period::Last7Days.days(now, Tz::UTC).from), "2024-07-25T00:00:00Z");
        assert_eq!(text(Period::Last30Days.days(now, Tz::Asia__Kathmandu).from), "2024-07-02T18:15:00Z");
        assert_eq!(Period::Week.days(now, Tz::UTC), Period::Week.window(now, Tz::UTC));
    }

    #[test]
    fn before_the_year_0_there_is_nothing_to_compare_with() {
        let window = Window { from: at("0001-01-01T00:00:00Z"), to: at("2026-01-01T00:00:00Z") };
        let before = window.before();
        assert_eq!((text(before.from), text(before.to)), ("0000-01-01T00:00:00Z".into(), "0000-12-31T23:59:59Z".into()));
    }

    #[test]
    fn the_period_before_is_as_long_as_this_one_is_by_now() {
        let before = |period: Period, now: &str, zone| {
            let window = period.before(at(now), zone);
            (text(window.from), text(window.to))
        };
        let is = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        let wednesday = "2024-07-31T20:00:00Z";
        assert_eq!(before(Period::Day, wednesday, Tz::UTC), is("2024-07-30T00:00:00Z", "2024-07-30T20:00:00Z"));
        assert_eq!(before(Period::Week, wednesday, Tz::UTC), is("2024-07-22T00:00:00Z", "2024-07-24T20:00:00Z"));
        // June has a day less than July: it is not counted on into July.
        assert_eq!(before(Period::Month, wednesday, Tz::UTC), is("2024-06-01T00:00:00Z", "2024-06-30T23:59:59Z"));
        assert_eq!(before(Period::Year, wednesday, Tz::UTC), is("2023-01-01T00:00:00Z", "2023-08-01T20:00:00Z"));
        assert_eq!(before(Period::Last7Days, wednesday, Tz::UTC), is("2024-07-17T19:59:59Z", "2024-07-24T19:59:59Z"));
        let berlin = before(Period::Week, "2024-04-01T10:00:00Z", Tz::Europe__Berlin);
        assert_eq!(berlin, is("2024-03-24T23:00:00Z", "2024-03-25T11:00:00Z"));
    }
}
