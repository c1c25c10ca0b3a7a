//! What an order's history and its reviews add to its tally.

use entity::{stored::OrderStatus, time::Timestamp};
use sea_orm::DbBackend;

use super::tally::{Review, Step};
use crate::event::Change;

/// Two columns beside an order `o`, each a JSON array: the events that tell of a status, in their order, and the reviews.
pub fn columns(backend: DbBackend) -> String {
    let (events, reviews) = ("e.occurred_at, e.changes", "w.created_at, w.rating");
    let (events, reviews) = match backend {
        DbBackend::Postgres => (
            format!("json_agg(json_build_array({events}) ORDER BY e.seq)::text"),
            format!("json_agg(json_build_array({reviews}) ORDER BY w.id)::text"),
        ),
        _ => (
            format!("json_group_array(json_array({events}) ORDER BY e.seq)"),
            format!("json_group_array(json_array({reviews}) ORDER BY w.id)"),
        ),
    };
    format!(
        ", (SELECT {events} FROM events e WHERE e.order_id = o.id AND e.changes LIKE '%\"field\":\"status\"%'), \
         (SELECT {reviews} FROM reviews w WHERE w.order_id = o.id)"
    )
}

/// The statuses that events tell of.
pub fn steps(events: Vec<(i64, String)>) -> Vec<Step> {
    let changes = |(at, changes): (i64, String)| {
        // What is no list of changes, or no status, tells of none; the doctor finds it.
        let changes: Vec<Change> = serde_json::from_str(&changes).unwrap_or_default();
        let status = |change: Change| OrderStatus::from_text(change.new.as_str().unwrap_or_default());
        let statuses = changes.into_iter().filter(|change| change.field == "status").filter_map(status);
        statuses.map(|status| Step { status, at: Timestamp(at) }).collect::<Vec<_>>()
    };
    events.into_iter().flat_map(changes).collect()
}

/// The reviews of an order.
pub fn reviews(rows: Vec<(Option<i64>, i32)>, placed_at: Timestamp) -> Vec<Review> {
    rows.into_iter().map(|(at, rating)| Review { at: at.map_or(placed_at, Timestamp), rating }).collect()
}
