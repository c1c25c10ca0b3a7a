//! Background work that waits, runs, or was given up.

use sea_orm::entity::prelude::*;
use uuid::Uuid;

use crate::time::Timestamp;

/// A piece of background work; its row goes when it is done.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    /// Growing with insertion.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What is to be done.
    pub kind: String,
    /// With the kind, unique among jobs that are not given up: enqueueing it twice is enqueueing it once.
    pub key: Option<String>,
    /// Jobs of one lane run one after the other, oldest first.
    pub lane: Option<String>,
    /// JSON, of a shape that belongs to the kind.
    pub payload: String,
    /// Not before.
    pub run_at: Timestamp,
    /// How often it was begun.
    pub attempts: i32,
    /// While it runs: until when nobody else may take it.
    pub locked_until: Option<Timestamp>,
    /// While it runs: the process that runs it.
    pub locked_by: Option<Uuid>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was given up.
    pub dead_at: Option<Timestamp>,
    /// When it was enqueued.
    pub created_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
