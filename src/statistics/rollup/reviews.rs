//! What buyers said, by when they said it; and how many orders there are that somebody said something about, by when they
//! were placed.

use async_trait::async_trait;
use entity::time::Timestamp;
use sea_orm::DatabaseTransaction;
use serde_json::Value as Json;

use super::{
    family::{Change, Family, summed},
    numbers::place,
    table::{self, Key, Table},
    tally::Tally,
};
use crate::{fault::Fault, statistics::spans::Unit};

/// Counts of reviews and orders.
pub const TABLE: Table = Table {
    name: "review_rollups",
    keys: &[("level", table::Kind::Int), ("bucket", table::Kind::Int), ("rating", table::Kind::Int)],
    sums: &["reviews"],
};

/// Stands among the ratings for an order that was placed.
pub const PLACED: i32 = -1;

/// Stands among the ratings for an order with a review.
pub const REVIEWED: i32 = 0;

/// What an order counts for: a moment and a rating each, or what stands among them.
pub fn cells(tally: &Tally) -> impl Iterator<Item = (Timestamp, i32)> {
    let reviewed = (!tally.reviews.is_empty()).then_some((tally.placed_at, REVIEWED));
    let reviews = tally.reviews.iter().map(|review| (review.at, review.rating));
    reviews.chain(reviewed).chain([(tally.placed_at, PLACED)])
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    unit: Unit,
    bucket: i32,
    rating: i32,
}

impl Key for Row {
    fn columns(&self) -> Vec<Json> {
        vec![(self.unit as i32).into(), self.bucket.into(), self.rating.into()]
    }
}

/// The rows that an order is counted in.
fn rows(tally: &Tally) -> impl Iterator<Item = (Row, [i64; 1])> {
    cells(tally).flat_map(|(at, rating)| Unit::EACH.map(|unit| (Row { unit, bucket: place(unit, at), rating }, [1])))
}

/// Keeps [`TABLE`].
pub struct Reviews;

#[async_trait]
impl Family for Reviews {
    async fn apply(&self, tx: &DatabaseTransaction, changes: &[Change]) -> Result<(), Fault> {
        summed(changes, rows)?.write(tx, &TABLE).await
    }

    async fn clear(&self, tx: &DatabaseTransaction) -> Result<(), Fault> {
        Ok(table::clear(tx, &TABLE).await?)
    }
}
