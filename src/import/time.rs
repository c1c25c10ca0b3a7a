//! Times as text: RFC 3339, with or without a zone; without one they are UTC.

use chrono::{DateTime, NaiveDateTime, SecondsFormat};
use entity::time::Timestamp;

/// 10000-01-01T00:00:00Z: beyond it a day no longer has eight digits.
const END: i64 = 253_402_300_800_000_000;

/// Reads a time; `None` for anything else, and for times before 1970 or after the year 9999, which order numbers and ids
/// cannot hold.
pub fn parse(text: &str) -> Option<Timestamp> {
    let micros = match DateTime::parse_from_rfc3339(text) {
        Ok(time) => time.timestamp_micros(),
        Err(_) => ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?
            .and_utc()
            .timestamp_micros(),
    };
    (0..END).contains(&micros).then_some(Timestamp(micros))
}

/// A time as [`parse`] reads it.
pub fn written(at: Timestamp) -> String {
    at.datetime().to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// The day of a moment in UTC as `YYYYMMDD`, as order numbers have it.
pub fn day(at: Timestamp) -> String {
    at.datetime().format("%Y%m%d").to_string()
}

/// Reads a day, `YYYY-MM-DD`, with or without a time of day behind it.
pub fn parse_day(text: &str) -> Option<String> {
    let day = match text.len() {
        10 => chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?,
        _ => parse(text)?.datetime().date_naive(),
    };
    Some(day.format("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_zone_is_utc() {
        let noon = parse("2026-01-31T12:00:00Z");
        assert!(noon.is_some());
        for text in ["2026-01-31 12:00:00", "2026-01-31T12:00:00", "2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00.000Z"] {
            assert_eq!(parse(text), noon, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "2026-01-31", "31.01.2026 12:00", "2026-02-30 12:00:00", "1969-12-31T23:59:59Z", "yesterday"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_may_have_a_time_of_day() {
        assert_eq!(parse_day("2016-10-20 00:00:00").as_deref(), Some("2016-10-20"));
        assert_eq!(parse_day("2016-10-20").as_deref(), Some("2016-10-20"));
        assert_eq!(parse_day("2016-13-20"), None);
    }
}
