//! What buyers think of their orders, by their reviews (MET-01).

use chrono_tz::Tz;
use sea_orm::ConnectionTrait;

use super::{
    rollup::{
        family::Change,
        reading::Reading,
        reviews::{PLACED, REVIEWED, cells},
    },
    spans::{self, EVER, Plan, Stretch},
};
use crate::{db::statement, fault::Fault};

/// Figures of reviews.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Satisfaction {
    /// Reviews written in the window with 1 to 5 points.
    pub by_rating: [i64; 5],
    /// Orders placed in the window, whatever their status.
    pub orders: i64,
    /// Those of them that have a review, whenever it was written.
    pub reviewed: i64,
}

impl Satisfaction {
    /// How many reviews.
    pub fn count(&self) -> i64 {
        self.by_rating.iter().sum()
    }

    /// All points together.
    pub fn points(&self) -> i64 {
        (1..).zip(self.by_rating).map(|(points, count)| points * count).sum()
    }

    fn add(&mut self, rating: i32, count: i64) {
        match rating {
            PLACED => self.orders += count,
            REVIEWED => self.reviewed += count,
            rating => {
                let place = usize::try_from(rating - 1).ok();
                if let Some(sum) = place.and_then(|place| self.by_rating.get_mut(place)) {
                    *sum += count;
                }
            }
        }
    }
}

/// The figures of a window; of all time when none is given.
///
/// # Errors
/// When the database fails.
pub async fn satisfaction(reading: &Reading, window: Option<Stretch>) -> Result<Satisfaction, Fault> {
    let conn = reading.conn();
    let mut found = Satisfaction::default();
    let plan = match (reading.behind(), window) {
        (None, window) => Plan { plus: vec![window.unwrap_or(EVER)], ..Default::default() },
        (_, None) => spans::all_time(),
        (_, Some(window)) => spans::plan(window, reading.as_of(), Tz::UTC),
    };
    if let Some(spans) = plan.condition("level", "bucket") {
        let sql = format!("SELECT rating, CAST(SUM(reviews) AS bigint) FROM review_rollups WHERE {spans} GROUP BY rating");
        for row in conn.query_all_raw(statement(conn, sql, [])).await? {
            found.add(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        }
    }
    if let (Some(behind), Some((from, to))) = (reading.behind(), plan.reach(Tz::UTC)) {
        for (sign, tally) in behind.iter().flat_map(Change::sides) {
            for (_, rating) in cells(tally).filter(|(at, _)| from <= *at && *at < to) {
                found.add(rating, sign);
            }
        }
    }
    for (sign, stretch) in plan.beside() {
        rows(conn, stretch, sign, &mut found).await?;
    }
    Ok(found)
}

/// Adds what the rows of a stretch say themselves. A review of which nobody knows when it was written counts when its order
/// was placed.
async fn rows(conn: &impl ConnectionTrait, (from, to): Stretch, sign: i64, found: &mut Satisfaction) -> Result<(), Fault> {
    let sql = format!(
        "SELECT rating, COUNT(*) FROM reviews WHERE created_at >= $1 AND created_at < $2 GROUP BY rating \
         UNION ALL \
         SELECT r.rating, COUNT(*) FROM orders o JOIN reviews r ON r.order_id = o.id \
         WHERE o.placed_at >= $1 AND o.placed_at < $2 AND r.created_at IS NULL GROUP BY r.rating \
         UNION ALL \
         SELECT {PLACED}, COUNT(*) FROM orders WHERE placed_at >= $1 AND placed_at < $2 \
         UNION ALL \
         SELECT {REVIEWED}, COUNT(*) FROM orders o WHERE o.placed_at >= $1 AND o.placed_at < $2 \
         AND EXISTS (SELECT 1 FROM reviews r WHERE r.order_id = o.id)"
    );
    for row in conn.query_all_raw(statement(conn, sql, [from.into(), to.into()])).await? {
        found.add(row.try_get_by_index(0)?, sign * row.try_get_by_index::<i64>(1)?);
    }
    Ok(())
}
