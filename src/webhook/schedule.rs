//! When a delivery is tried again, and when an endpoint is given up. Rules: no query, no clock.

use chrono::DateTime;
use entity::{time::Timestamp, webhook_endpoint};

/// How long an endpoint may fail without a single success, in seconds: five days.
const PATIENCE: i64 = 5 * 86_400;

/// Failures in a row after which an endpoint is left alone for a moment, so that it does not keep all hands busy.
const TIRED_AFTER: i32 = 10;

/// How long, in seconds.
const REST: i64 = 15;

/// The longest that a receiver may ask to wait, in seconds.
const MAX_RETRY_AFTER: i64 = 86_400;

/// Seconds until the attempt after the `failed`-th; `None` when that was the last.
pub fn pause(retries: &[u32], failed: i32) -> Option<i64> {
    let index = usize::try_from(failed.checked_sub(1)?).ok()?;
    retries.get(index).map(|seconds| i64::from(*seconds))
}

/// Seconds that `Retry-After` asks for: a number, or a date.
pub fn retry_after(header: &str, now: Timestamp) -> Option<i64> {
    let header = header.trim();
    let seconds = match header.parse::<u32>() {
        Ok(seconds) => i64::from(seconds),
        Err(_) => (DateTime::parse_from_rfc2822(header).ok()?.timestamp_micros() - now.0) / 1_000_000,
    };
    Some(seconds.clamp(0, MAX_RETRY_AFTER))
}

/// Whether an endpoint that failed again is to be disabled.
pub fn is_hopeless(failing_since: Timestamp, now: Timestamp) -> bool {
    now >= failing_since.plus_seconds(PATIENCE)
}

/// Until when an endpoint is left alone.
pub fn resting_until(endpoint: &webhook_endpoint::Model, now: Timestamp) -> Option<Timestamp> {
    let until = endpoint.failed_at.filter(|_| endpoint.failures >= TIRED_AFTER)?.plus_seconds(REST);
    Some(until).filter(|until| *until > now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::WebhookConfig;

    #[test]
    fn ten_attempts_in_three_days() {
        let retries = WebhookConfig::default().retries;
        let pauses: Vec<Option<i64>> = (1..=10).map(|failed| pause(&retries, failed)).collect();
        let hours = [2, 5, 10, 14, 20, 24].map(|hours| Some(hours * 3_600));
        assert_eq!(pauses[..3], [Some(5), Some(300), Some(1_800)]);
        assert_eq!(pauses[3..9], hours);
        assert_eq!(pauses[9], None);
        assert_eq!(pause(&retries, 0), None);
    }

    #[test]
    fn retry_after_is_a_number_or_a_date() {
        let now = Timestamp(1_768_478_400_000_000);
        assert_eq!(retry_after(" 120 ", now), Some(120));
        assert_eq!(retry_after("Thu, 15 Jan 2026 12:01:00 GMT", now), Some(60));
        assert_eq!(retry_after("Thu, 15 Jan 2026 11:00:00 GMT", now), Some(0));
        assert_eq!(retry_after("999999999", now), Some(86_400));
        assert_eq!(retry_after("soon", now), None);
        assert_eq!(retry_after("-5", now), None);
    }
}
