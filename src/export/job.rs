//! The job that writes the file of an export.
//!
//! Each attempt begins anew and names itself in the export's row; with each part it looks whether the name is still its own.
//! So one that was taken for dead, or whose export was called off or deleted, stops, and no file has parts of two attempts.

use entity::{export, export_part, id::ExportId, job, stored::ExportStatus};
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter, UpdateMany, sea_query::Expr};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    query,
    write::{self, Progress, Sink, Stopped},
};
use crate::{
    app::App,
    clock::random_bytes,
    db::retrying,
    fault::Fault,
    job::{self as jobs, Done, Trouble},
};

/// The kind of the job.
pub const WRITE: &str = "exports.write";

/// Attempts after which an export is given up.
const MAX_ATTEMPTS: i32 = 5;

/// What the job is about.
#[derive(Serialize, Deserialize)]
pub struct Job {
    /// The export.
    pub export: ExportId,
}

/// Writes the file of an export.
///
/// # Errors
/// When the database fails; the last attempt gives the export up.
pub(crate) async fn run(app: &App, job: &job::Model) -> Result<Done, Trouble> {
    let Job { export: id } = jobs::payload(job)?;
    match attempt(app, id).await {
        Ok(()) | Err(Stopped::Unwanted) => Ok(Done::Finished),
        Err(Stopped::Fault(fault)) => {
            let is_hopeless = matches!(fault, Fault::Corrupt(_)) || job.attempts >= MAX_ATTEMPTS;
            if !is_hopeless {
                return Err(fault.into());
            }
            tracing::error!(export = %id, error = %fault, "an export was given up");
            give_up(app, id).await?;
            Ok(Done::Finished)
        }
    }
}

async fn attempt(app: &App, id: ExportId) -> Result<(), Stopped> {
    let Some(row) = query::by_id(app.db.reader(), id).await? else { return Ok(()) };
    let spec = query::spec(&row)?;
    let mut file = File { app, id, attempt: Uuid::from_bytes(random_bytes()), parts: 0, bytes: 0 };
    if !file.begin().await? {
        return Ok(());
    }
    write::write(&app.db, &spec, app.config.orders.low_stock_threshold, &mut file).await?;
    file.finish().await
}

/// A file that grows in the database.
struct File<'a> {
    app: &'a App,
    id: ExportId,
    attempt: Uuid,
    parts: i32,
    bytes: i64,
}

impl File<'_> {
    /// Makes the export this attempt's own and drops what an earlier one wrote; false when it is not wanted any more.
    async fn begin(&self) -> Result<bool, Fault> {
        use export::Column as C;
        let begun = retrying(|| async {
            let tx = self.app.db.begin().await?;
            let begun = export::Entity::update_many()
                .col_expr(C::Status, Expr::value(ExportStatus::Running.as_str()))
                .col_expr(C::Attempt, Expr::value(Some(self.attempt)))
                .col_expr(C::StartedAt, Expr::value(Some(self.app.clock.now())))
                .col_expr(C::Done, Expr::value(0_i64))
                .col_expr(C::Rows, Expr::value(0_i64))
                .col_expr(C::Bytes, Expr::value(0_i64))
                .col_expr(C::Parts, Expr::value(0_i32))
                .filter(C::Id.eq(self.id))
                .filter(C::Status.is_in([ExportStatus::Pending, ExportStatus::Running]))
                .exec(&tx)
                .await?;
            // A file that is ready keeps its parts.
            if begun.rows_affected == 1 {
                export_part::Entity::delete_many().filter(export_part::Column::ExportId.eq(self.id)).exec(&tx).await?;
            }
            tx.commit().await?;
            Ok::<_, Fault>(begun.rows_affected == 1)
        });
        begun.await
    }

    /// The export's row, as long as it is this attempt's own.
    fn own(&self) -> UpdateMany<export::Entity> {
        export::Entity::update_many()
            .filter(export::Column::Id.eq(self.id))
            .filter(export::Column::Attempt.eq(self.attempt))
            .filter(export::Column::Status.eq(ExportStatus::Running))
    }

    async fn finish(&self) -> Result<(), Stopped> {
        use export::Column as C;
        let done = retrying(|| async {
            let done = self
                .own()
                .col_expr(C::Status, Expr::value(ExportStatus::Ready.as_str()))
                .col_expr(C::Attempt, Expr::value(None::<Uuid>))
                .col_expr(C::FinishedAt, Expr::value(Some(self.app.clock.now())))
                .exec(self.app.db.writer())
                .await?;
            Ok::<_, Fault>(done.rows_affected)
        });
        match done.await? {
            0 => Err(Stopped::Unwanted),
            _ => Ok(()),
        }
    }

    async fn store(&self, part: &[u8], progress: Progress) -> Result<u64, Fault> {
        use export::Column as C;
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let has_part = !part.is_empty();
        let tx = self.app.db.begin().await?;
        let own = self
            .own()
            .col_expr(C::Done, Expr::value(number(progress.done)))
            .col_expr(C::Total, Expr::value(Some(number(progress.total))))
            .col_expr(C::Rows, Expr::value(number(progress.rows)))
            .col_expr(C::Bytes, Expr::value(self.bytes + number(part.len() as u64)))
            .col_expr(C::Parts, Expr::value(self.parts + i32::from(has_part)))
            .exec(&tx)
            .await?;
        if own.rows_affected == 1 && has_part {
            let row = export_part::ActiveModel { export_id: Set(self.id), position: Set(self.parts), bytes: Set(part.to_vec()) };
            export_part::Entity::insert(row).exec_without_returning(&tx).await?;
        }
        tx.commit().await?;
        Ok(own.rows_affected)
    }
}

impl Sink for File<'_> {
    async fn take(&mut self, part: Vec<u8>, progress: Progress) -> Result<(), Stopped> {
        if retrying(|| self.store(&part, progress)).await? == 0 {
            return Err(Stopped::Unwanted);
        }
        if !part.is_empty() {
            self.parts += 1;
            self.bytes += i64::try_from(part.len()).unwrap_or(i64::MAX);
        }
        Ok(())
    }
}

async fn give_up(app: &App, id: ExportId) -> Result<(), DbErr> {
    use export::Column as C;
    export::Entity::update_many()
        .col_expr(C::Status, Expr::value(ExportStatus::Failed.as_str()))
        .col_expr(C::Attempt, Expr::value(None::<Uuid>))
        .col_expr(C::Failure, Expr::value(Some("it could not be written")))
        .col_expr(C::FinishedAt, Expr::value(Some(app.clock.now())))
        .filter(C::Id.eq(id))
        .filter(C::Status.is_in([ExportStatus::Pending, ExportStatus::Running]))
        .exec(app.db.writer())
        .await?;
    Ok(())
}
