//! Exports: files of rows, made for somebody to take away.

use sea_orm::entity::prelude::*;
use uuid::Uuid;

use crate::{
    id::{ExportId, UserId},
    stored::{ExportNoun, ExportStatus},
    time::Timestamp,
};

/// An export: what was asked for, and how far it is. Its file is the parts of it, one after the other.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "exports")]
pub struct Model {
    /// The export's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ExportId,
    /// What it has rows of.
    pub noun: ExportNoun,
    /// Filter, order, columns and form of the file, as a JSON document.
    pub spec: String,
    /// How it stands.
    pub status: ExportStatus,
    /// Things written, of `total`.
    pub done: i64,
    /// Things that matched when writing began; null before.
    pub total: Option<i64>,
    /// Lines of the file without its header.
    pub rows: i64,
    /// Bytes of the file.
    pub bytes: i64,
    /// Parts of the file.
    pub parts: i32,
    /// The attempt that writes; one that finds another here stops.
    pub attempt: Option<Uuid>,
    /// Why it was given up.
    pub failure: Option<String>,
    /// Who asked for it; null for the command line.
    pub created_by: Option<UserId>,
    /// When it was asked for; filters on the time are judged by it.
    pub created_at: Timestamp,
    /// When writing last began.
    pub started_at: Option<Timestamp>,
    /// When it was ready, given up or called off.
    pub finished_at: Option<Timestamp>,
    /// When it is deleted.
    pub expires_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
