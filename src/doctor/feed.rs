//! I7: every event has its place in the log, in order per order, and no reader is beyond the end.

use sea_orm::{ConnectionTrait, DbErr};

use super::{Invariant, Report};
use crate::db::statement;

/// How much later than an event without a place others may have been written that have one, in microseconds. While nobody
/// works, all events wait alike; what waits while later ones are told was forgotten.
const PATIENCE: i64 = 60 * 1_000_000;

const COUNT: &str = "SELECT CAST(COUNT(*) AS bigint) FROM events WHERE position IS NOT NULL";

const FORGOTTEN: &str = "SELECT id FROM events WHERE position IS NULL AND recorded_at < \
    (SELECT MAX(recorded_at) FROM events WHERE position IS NOT NULL) - $1 ORDER BY id LIMIT 1000";

const SHARED: &str = "SELECT position FROM events WHERE position IS NOT NULL GROUP BY position HAVING COUNT(*) > 1 \
    ORDER BY position LIMIT 1000";

/// Neighbours in an order's timeline of which the later one comes first in the log, or alone is in it.
const OVERTAKEN: &str = "SELECT earlier.id, later.seq FROM events AS earlier JOIN events AS later \
    ON later.order_id = earlier.order_id AND later.seq = earlier.seq + 1 \
    WHERE later.position IS NOT NULL AND (earlier.position IS NULL OR earlier.position >= later.position) \
    ORDER BY earlier.id LIMIT 1000";

const BEYOND: &str = "SELECT name FROM cursors WHERE position > (SELECT COALESCE(MAX(position), 0) FROM events) ORDER BY name";

/// Checks the log as a feed.
///
/// # Errors
/// When the database fails.
pub(crate) async fn examine(conn: &impl ConnectionTrait, report: &mut Report) -> Result<(), DbErr> {
    let counted = conn.query_one_raw(statement(conn, COUNT, [])).await?;
    let counted: i64 = counted.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    report.count(Invariant::Feed, usize::try_from(counted).unwrap_or(0));
    for row in conn.query_all_raw(statement(conn, FORGOTTEN, [PATIENCE.into()])).await? {
        let id: i64 = row.try_get_by_index(0)?;
        report.found(Invariant::Feed, &format!("event_{id}"), "has no place in the log, later ones have");
    }
    for row in conn.query_all_raw(statement(conn, SHARED, [])).await? {
        let position: i64 = row.try_get_by_index(0)?;
        report.found(Invariant::Feed, &position.to_string(), "several events have this place in the log");
    }
    for row in conn.query_all_raw(statement(conn, OVERTAKEN, [])).await? {
        let (id, seq): (i64, i32) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        report.found(Invariant::Feed, &format!("event_{id}"), format!("event {seq} of its order comes before it in the log"));
    }
    for row in conn.query_all_raw(statement(conn, BEYOND, [])).await? {
        let name: String = row.try_get_by_index(0)?;
        report.found(Invariant::Feed, &name, "this reader is beyond the end of the log");
    }
    Ok(())
}
