//! Calendar months of a time zone as moments, and the expression that sorts rows into them.

use chrono::{Datelike as _, NaiveDate};
use chrono_tz::Tz;
use entity::time::Timestamp;

use super::period::{local_date, start_of};

/// Most months that are told apart: a century. Months far from now, of an order with a mistyped year, would else fill the
/// answer with thousands of empty ones.
pub const MAX_MONTHS: usize = 1_200;

/// Months in a row and the moments that part them.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Months {
    first: i32,
    /// Where each month begins, and where the last one ends: one more than there are months.
    bounds: Vec<Timestamp>,
}

/// Months since the year 0.
fn ordinal(day: NaiveDate) -> i32 {
    day.year() * 12 + day.month0() as i32
}

fn first_day(ordinal: i32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(ordinal.div_euclid(12), ordinal.rem_euclid(12) as u32 + 1, 1)
}

impl Months {
    /// The months from that of one moment to that of another. More than [`MAX_MONTHS`] are cut to the century that ends
    /// with the later one, or with the month of `now` when that is before.
    pub fn between(first: Timestamp, last: Timestamp, now: Timestamp, zone: Tz) -> Self {
        let month = |at| ordinal(local_date(at, zone));
        let (mut from, mut to) = (month(first), month(last));
        let most = MAX_MONTHS as i32;
        if to - from >= most {
            to = to.min(month(now)).max(from);
            from = from.max(to - most + 1);
        }
        let bounds = (from..=to + 1).filter_map(first_day).map(|day| start_of(day, zone)).collect();
        Self { first: from, bounds }
    }

    /// The months as `2024-01`, ascending.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let count = self.bounds.len().saturating_sub(1) as i32;
        (self.first..self.first + count).map(|month| format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1))
    }

    /// Where the first month begins and the last one ends.
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        Some((*self.bounds.first()?, *self.bounds.last()?))
    }

    /// An SQL expression of the place of a row's month, from 0. It halves the months at each step, so that a row costs few
    /// comparisons however many there are, and says the same on every database. The column must be within the span.
    pub fn place_of(&self, column: &str) -> String {
        let mut sql = String::new();
        halve(&mut sql, column, &self.bounds, 0, self.bounds.len().saturating_sub(1));
        sql
    }
}

/// Places from `from` to below `to`.
fn halve(sql: &mut String, column: &str, bounds: &[Timestamp], from: usize, to: usize) {
    let middle = from + (to.saturating_sub(from)) / 2;
    match bounds.get(middle) {
        Some(bound) if middle > from => {
            sql.push_str(&format!("CASE WHEN {column} < {} THEN ", bound.0));
            halve(sql, column, bounds, from, middle);
            sql.push_str(" ELSE ");
            halve(sql, column, bounds, middle, to);
            sql.push_str(" END");
        }
        _ => sql.push_str(&from.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc().into()
    }

    fn months(first: &str, last: &str, zone: Tz) -> Months {
        Months::between(at(first), at(last), at("2026-01-15T12:00:00Z"), zone)
    }

    fn bounds(months: &Months) -> Vec<String> {
        months.bounds.iter().map(|at| at.datetime().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)).collect()
    }

    #[test]
    fn months_begin_at_midnight_of_the_zone_in_summer_and_winter() {
        let berlin = months("2024-03-01T00:00:00Z", "2024-04-30T21:59:59Z", Tz::Europe__Berlin);
        assert_eq!(berlin.names().collect::<Vec<_>>(), ["2024-03", "2024-04"]);
        assert_eq!(bounds(&berlin), ["2024-02-29T23:00:00Z", "2024-03-31T22:00:00Z", "2024-04-30T22:00:00Z"]);
        let later = months("2024-03-01T00:00:00Z", "2024-04-30T22:00:00Z", Tz::Europe__Berlin);
        assert_eq!(later.names().last().as_deref(), Some("2024-05"));
    }

    #[test]
    fn a_year_turns_with_the_zone() {
        let sao_paulo = months("2017-10-01T02:59:59Z", "2018-03-01T03:00:00Z", Tz::America__Sao_Paulo);
        let names = ["2017-09", "2017-10", "2017-11", "2017-12", "2018-01", "2018-02", "2018-03"];
        assert_eq!(sao_paulo.names().collect::<Vec<_>>(), names);
        // Summer time from 15 October 2017 to 18 February 2018.
        assert_eq!(&bounds(&sao_paulo)[1..4], ["2017-10-01T03:00:00Z", "2017-11-01T02:00:00Z", "2017-12-01T02:00:00Z"]);
        assert_eq!(bounds(&sao_paulo)[6], "2018-03-01T03:00:00Z");
        let kathmandu = months("2023-12-31T18:14:59Z", "2023-12-31T18:15:00Z", Tz::Asia__Kathmandu);
        assert_eq!(kathmandu.names().collect::<Vec<_>>(), ["2023-12", "2024-01"]);
    }

    #[test]
    fn a_month_that_begins_in_a_gap_begins_at_the_turn() {
        // Paraguay turned its clocks on at midnight of 1 October 2017.
        let asuncion = months("2017-09-15T00:00:00Z", "2017-10-15T00:00:00Z", Tz::America__Asuncion);
        assert_eq!(bounds(&asuncion)[1], "2017-10-01T04:00:00Z");
    }

    #[test]
    fn a_mistyped_year_does_not_make_ten_thousand_months() {
        let past = months("0001-05-01T00:00:00Z", "2025-12-01T00:00:00Z", Tz::UTC);
        assert_eq!((past.names().count(), past.names().last().as_deref()), (MAX_MONTHS, Some("2025-12")));
        let future = months("2025-05-01T00:00:00Z", "9999-12-01T00:00:00Z", Tz::UTC);
        assert_eq!(future.names().collect::<Vec<_>>().last().map(String::as_str), Some("2026-01"));
        assert_eq!(future.names().count(), 9);
    }

    #[test]
    fn the_expression_halves_the_months() {
        let one = months("2024-01-02T00:00:00Z", "2024-01-03T00:00:00Z", Tz::UTC);
        assert_eq!(one.place_of("at"), "0");
        let three = Months { first: 0, bounds: [0, 10, 20, 30].map(Timestamp).to_vec() };
        assert_eq!(three.place_of("at"), "CASE WHEN at < 10 THEN 0 ELSE CASE WHEN at < 20 THEN 1 ELSE 2 END END");
    }
}
