//! How many customers were created in each of several stretches in a row (STAT-11).
//!
//! Customers are summed up by days of UTC. Each bound is moved to the nearest midnight there; between two such are whole days,
//! and what lies between a bound and its midnight is counted by an index.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use entity::time::Timestamp;
use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use serde_json::Value as Json;

use super::{
    Window,
    calendar::Points,
    period::local_date,
    rollup::reading::Reading,
    spans::{Unit, number},
};
use crate::{
    db::{Text, as_plain_text, statement},
    fault::Fault,
};

/// A day in microseconds.
const DAY: i64 = 86_400_000_000;

/// How many customers were created in the part of each stretch that is in the window.
///
/// # Errors
/// When the database fails.
pub async fn series(reading: &Reading, window: Window, points: &Points) -> Result<Vec<i64>, Fault> {
    let (from, to) = window.stretch();
    let bounds: Vec<Timestamp> = points.bounds.iter().map(|bound| Ord::max(*bound, from).min(Ord::max(from, to))).collect();
    let days: Vec<i32> = bounds.iter().map(|bound| nearest(*bound)).collect();
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(Vec::new()) };
    let whole = whole_days(reading.conn(), *first, *last).await?;
    let edges = edges(reading.conn(), &bounds, &days).await?;
    let count = |(days, edges): (&[i32], &[i64])| match (days, edges) {
        ([first, last], [before, after]) => {
            let between = if first < last { whole.range(first..last).map(|(_, customers)| customers).sum() } else { 0_i64 };
            between + after - before
        }
        _ => 0,
    };
    Ok(days.windows(2).zip(edges.windows(2)).map(count).collect())
}

/// The day of UTC whose begin is nearest to a moment.
fn nearest(at: Timestamp) -> i32 {
    number(local_date(Timestamp(at.0.saturating_add(DAY / 2)), Tz::UTC))
}

fn begin(day: i32) -> Timestamp {
    Timestamp(i64::from(day).saturating_mul(DAY))
}

/// Customers by days, from the first to before the last: the sums, and those who are not in them yet.
async fn whole_days(conn: &impl ConnectionTrait, first: i32, last: i32) -> Result<BTreeMap<i32, i64>, Fault> {
    let kept = format!(
        "SELECT CAST(bucket AS bigint) AS day, customers FROM customer_rollups WHERE level = {} AND bucket >= $1 AND bucket < $2",
        Unit::Day as i32
    );
    // Rounded down, before 1970 too.
    let unnumbered = format!(
        "SELECT (created_at - (({DAY} + created_at % {DAY}) % {DAY})) / {DAY} AS day, COUNT(*) AS customers FROM customers \
         WHERE number IS NULL AND created_at >= $1 AND created_at < $2 GROUP BY 1"
    );
    let mut days: BTreeMap<i32, i64> = BTreeMap::new();
    for (sql, from, to) in [(kept, i64::from(first), i64::from(last)), (unnumbered, begin(first).0, begin(last).0)] {
        let sql = as_plain_text(conn.get_database_backend(), &[], &["r.day", "r.customers"], &format!("({sql}) AS r"));
        for row in Text::read(conn, statement(conn, sql, [from.into(), to.into()])).await?.rows()? {
            let (Some(day), Some(customers)) = (row.number(0)?, row.number(1)?) else { continue };
            *days.entry(i32::try_from(day).unwrap_or(i32::MAX)).or_default() += customers;
        }
    }
    Ok(days)
}

/// Customers from the midnight of each bound to the bound, counted as less than none where the midnight comes after it.
async fn edges(conn: &impl ConnectionTrait, bounds: &[Timestamp], days: &[i32]) -> Result<Vec<i64>, DbErr> {
    let mut edges = vec![0; bounds.len()];
    let ranges: Vec<Json> = (0_i64..)
        .zip(bounds.iter().zip(days))
        .map(|(place, (bound, day))| (place, *bound, begin(*day)))
        .filter(|(_, bound, midnight)| bound != midnight)
        .map(|(place, bound, midnight)| Json::from(vec![place, Ord::min(bound, midnight).0, Ord::max(bound, midnight).0]))
        .collect();
    if ranges.is_empty() {
        return Ok(edges);
    }
    let given = match conn.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT (value ->> 0)::bigint AS place, (value ->> 1)::bigint AS lo, (value ->> 2)::bigint AS hi \
             FROM json_array_elements($1::json) AS given (value)"
        }
        _ => "SELECT value ->> 0 AS place, value ->> 1 AS lo, value ->> 2 AS hi FROM json_each($1)",
    };
    let sql = format!(
        "SELECT p.place, (SELECT COUNT(*) FROM customers WHERE created_at >= p.lo AND created_at < p.hi) FROM ({given}) AS p"
    );
    for row in conn.query_all_raw(statement(conn, sql, [Json::from(ranges).to_string().into()])).await? {
        let (place, customers): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        if let (Some(edge), Some(bound), Some(day)) = (edges.get_mut(place), bounds.get(place), days.get(place)) {
            *edge = if begin(*day) < *bound { customers } else { -customers };
        }
    }
    Ok(edges)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::period::start_of;

    #[test]
    fn a_moment_belongs_to_the_nearest_midnight() {
        let at = |text: &str| Timestamp::from(chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc());
        for (moment, day) in [
            ("2024-03-01T00:00:00Z", "2024-03-01T00:00:00Z"),
            ("2024-02-29T23:00:00Z", "2024-03-01T00:00:00Z"),
            ("2024-02-29T12:00:00Z", "2024-03-01T00:00:00Z"),
            ("2024-02-29T11:59:59Z", "2024-02-29T00:00:00Z"),
            ("1969-12-31T01:00:00Z", "1969-12-31T00:00:00Z"),
        ] {
            assert_eq!(begin(nearest(at(moment))), at(day), "{moment}");
            assert_eq!(begin(nearest(at(day))), start_of(local_date(at(day), Tz::UTC), Tz::UTC));
        }
    }
}
