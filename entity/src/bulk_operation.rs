//! One thing done with many, in the background.

use sea_orm::entity::prelude::*;

use crate::{
    id::{BulkOperationId, UserId},
    stored::{BulkKind, BulkMode, BulkStatus},
    time::Timestamp,
};

/// A bulk operation that was accepted.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulk_operations")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BulkOperationId,
    /// What it works on.
    pub kind: BulkKind,
    /// What is done with each, as JSON of the kind's own actions.
    pub action: String,
    /// What becomes of the others when one is refused.
    pub mode: BulkMode,
    /// True: it only tells what would come of it.
    pub dry_run: bool,
    /// How it stands.
    pub status: BulkStatus,
    /// Why, in the words of who asked.
    pub reason: Option<String>,
    /// How many it is to work on.
    pub total: i64,
    /// How many were done.
    pub succeeded: i64,
    /// How many were so already.
    pub skipped: i64,
    /// How many were not done.
    pub failed: i64,
    /// Why it was broken off: a code of the API.
    pub failure_code: Option<String>,
    /// Why it was broken off, in a sentence.
    pub failure_message: Option<String>,
    /// Who asked. Without a foreign key: it outlives the user.
    pub created_by: Option<UserId>,
    /// The request it was asked with.
    pub request_id: Option<String>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When the first of it was worked off.
    pub started_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
