//! `jobRetry` and `jobDiscard`: what becomes of work that was given up. Staff decide, and the log says who did.

use entity::{job, stored::EventSubject};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};
use uuid::Uuid;

use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::{self, Change, NewEvent, Origin},
    fault::Failure,
};

/// Why it stayed as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No job of this id was given up.
    NotFound,
    /// It begins anew by itself; it can only be discarded.
    Recurs,
}

/// Lets a job that was given up begin anew, with all its attempts. It comes before later ones of its lane.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn retry(app: &App, origin: &Origin, id: i64) -> Result<job::Model, Failure<Code>> {
    use job::Column as C;
    authorise(&origin.actor, Right::JobRetry, &app.config.orders)?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let job = lock(&tx, id).await?;
        if crate::worker::recurs(&job.kind) {
            return Err(Failure::refused(Code::Recurs, ["job"], "this work begins anew by itself when a worker starts"));
        }
        job::Entity::update_many()
            .col_expr(C::DeadAt, Expr::value(None::<entity::time::Timestamp>))
            .col_expr(C::Attempts, Expr::value(0))
            .col_expr(C::RunAt, Expr::value(now))
            .filter(C::Id.eq(id))
            .exec(&tx)
            .await?;
        log(&tx, origin, app, &job, "JOB_RETRIED").await?;
        tx.commit().await?;
        Ok(job)
    })
    .await
}

/// Deletes a job that was given up: what it should have done will not be done.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn discard(app: &App, origin: &Origin, id: i64) -> Result<job::Model, Failure<Code>> {
    authorise(&origin.actor, Right::JobDiscard, &app.config.orders)?;
    retrying(|| async {
        let tx = app.db.begin().await?;
        let job = lock(&tx, id).await?;
        job::Entity::delete_by_id(id).exec(&tx).await?;
        log(&tx, origin, app, &job, "JOB_DISCARDED").await?;
        tx.commit().await?;
        Ok(job)
    })
    .await
}

async fn lock(tx: &DatabaseTransaction, id: i64) -> Result<job::Model, Failure<Code>> {
    let job = job::Entity::find_by_id(id).filter(job::Column::DeadAt.is_not_null()).lock_exclusive().one(tx).await?;
    job.ok_or_else(|| Failure::refused(Code::NotFound, ["job"], "Job not found"))
}

async fn log(
    tx: &DatabaseTransaction,
    origin: &Origin,
    app: &App,
    job: &job::Model,
    kind: &'static str,
) -> Result<(), Failure<Code>> {
    let changes = [
        Change::new("kind", job.kind.clone(), job.kind.clone()),
        Change::new("error", job.last_error.clone(), serde_json::Value::Null),
    ];
    let subject_id = Uuid::from_u128(u128::from(job.id.unsigned_abs()));
    let happened = NewEvent { subject: EventSubject::Job, subject_id, place: None, kind, reason: None, changes: &changes };
    Ok(event::append(tx, origin, app.clock.now(), &happened).await?)
}
