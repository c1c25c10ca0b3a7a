//! Background work: enqueued in the transaction that makes it necessary, done at least once, tried again with growing pauses.
//!
//! What the kinds of jobs do belongs to their domains; `worker` knows which is which.

pub mod claim;
pub mod failed;
pub mod query;

use entity::{job, time::Timestamp};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ConnectionTrait, DbErr, EntityTrait,
    sea_query::OnConflict,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::fault::Fault;

/// What a job is called in the API, before its number: `job_42`.
pub const PREFIX: &str = "job_";

/// A job to be enqueued.
pub struct NewJob<'a> {
    kind: &'a str,
    payload: serde_json::Value,
    key: Option<String>,
    lane: Option<String>,
    run_at: Timestamp,
}

impl<'a> NewJob<'a> {
    /// A job of a kind, to be done as soon as possible after `now`.
    ///
    /// # Errors
    /// When the payload cannot be written as JSON.
    pub fn new(kind: &'a str, payload: &impl Serialize, now: Timestamp) -> Result<Self, DbErr> {
        let payload = serde_json::to_value(payload).map_err(|error| DbErr::Json(error.to_string()))?;
        Ok(Self { kind, payload, key: None, lane: None, run_at: now })
    }

    /// Enqueued once while a job of this kind and key waits or runs.
    pub fn key(self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self }
    }

    /// Done after all earlier jobs of the lane.
    pub fn lane(self, lane: impl Into<String>) -> Self {
        Self { lane: Some(lane.into()), ..self }
    }

    /// Not done before.
    pub fn run_at(self, run_at: Timestamp) -> Self {
        Self { run_at, ..self }
    }
}

/// Enqueues a job in the transaction that makes it necessary. False when one of its kind and key waits already.
///
/// # Errors
/// When the database fails.
pub async fn enqueue(conn: &impl ConnectionTrait, job: NewJob<'_>, now: Timestamp) -> Result<bool, DbErr> {
    let row = job::ActiveModel {
        id: NotSet,
        kind: Set(job.kind.to_owned()),
        key: Set(job.key),
        lane: Set(job.lane),
        payload: Set(job.payload.to_string()),
        run_at: Set(job.run_at),
        attempts: Set(0),
        locked_until: Set(None),
        locked_by: Set(None),
        last_error: Set(None),
        dead_at: Set(None),
        created_at: Set(now),
    };
    let inserted = job::Entity::insert(row)
        .on_conflict(OnConflict::columns([job::Column::Kind, job::Column::Key]).do_nothing().to_owned())
        .exec_without_returning(conn)
        .await?;
    Ok(inserted == 1)
}

/// How an attempt ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// There is no more to do.
    Finished,
    /// The same is to be done again at that time: work that recurs.
    Again(Timestamp),
}

/// How an attempt ended badly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Try again after the usual pause.
    Retry(String),
    /// Try again at that time.
    RetryAt(Timestamp, String),
    /// It will never work.
    GiveUp(String),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Retry(fault.to_string())
    }
}

impl From<DbErr> for Trouble {
    fn from(error: DbErr) -> Self {
        Self::Retry(error.to_string())
    }
}

/// The payload of a job of the kind that `T` belongs to.
///
/// # Errors
/// When it is not one; such a job is given up.
pub fn payload<T: DeserializeOwned>(job: &job::Model) -> Result<T, Trouble> {
    serde_json::from_str(&job.payload).map_err(|error| Trouble::GiveUp(format!("payload: {error}")))
}

/// Attempts after which a job is given up.
pub const MAX_ATTEMPTS: i32 = 16;

/// The pause before the next attempt, in seconds: 2, 4, 8 … up to six hours, with up to a quarter more, so that what failed
/// together does not come back together.
pub fn pause(attempts: i32, jitter: u8) -> i64 {
    let seconds = 1_i64 << attempts.clamp(1, 15);
    let seconds = seconds.min(6 * 3_600);
    seconds + seconds * i64::from(jitter) / 1_024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let pauses: Vec<i64> = [0, 1, 2, 5, 10, 14, 15, 16, i32::MAX].map(|attempts| pause(attempts, 0)).to_vec();
        assert_eq!(pauses, [2, 2, 4, 32, 1_024, 16_384, 21_600, 21_600, 21_600]);
        assert!(pause(10, 255) < 1_024 * 5 / 4 && pause(10, 255) > 1_200);
    }
}
