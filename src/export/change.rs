//! What the commands of exports share: their reasons, finding and locking an export, its events.

use entity::{
    export,
    id::ExportId,
    stored::{EventSubject, ExportStatus},
    time::Timestamp,
};
use sea_orm::{DatabaseTransaction, DbErr, EntityTrait, QuerySelect};

use crate::{
    event::{self, Change, NewEvent, Origin},
    fault::Failure,
    idempotency::KeyCodes,
};

/// Why a command was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No such export.
    NotFound,
    /// It is ready, given up or called off already.
    NotRunning,
    /// There are as many exports as there may be.
    LimitReached,
    /// Anything else that is wrong with the input.
    InvalidInput,
    /// The key was used with other input.
    IdempotencyKeyReused,
}

impl KeyCodes for Code {
    const INVALID: Self = Self::InvalidInput;
    const REUSED: Self = Self::IdempotencyKeyReused;
}

/// Whether an export is still to be written.
pub fn is_open(status: ExportStatus) -> bool {
    match status {
        ExportStatus::Pending | ExportStatus::Running => true,
        ExportStatus::Ready | ExportStatus::Failed | ExportStatus::Cancelled => false,
    }
}

/// An export, its row locked until the end of the transaction.
pub(super) async fn lock(tx: &DatabaseTransaction, id: ExportId) -> Result<export::Model, Failure<Code>> {
    let row = export::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    row.ok_or_else(|| Failure::refused(Code::NotFound, ["export"], "Export not found"))
}

/// Writes what happened to an export: who takes data away is told in the audit log.
pub(super) async fn log(
    tx: &DatabaseTransaction,
    origin: &Origin,
    now: Timestamp,
    id: ExportId,
    kind: &'static str,
    changes: &[Change],
) -> Result<(), DbErr> {
    let happened = NewEvent { subject: EventSubject::Export, subject_id: id.0, place: None, kind, reason: None, changes };
    event::append(tx, origin, now, &happened).await
}
