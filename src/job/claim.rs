//! Taking jobs, and what becomes of them.

use entity::{job, time::Timestamp};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, Value, sea_query::Expr};
use uuid::Uuid;

use super::{Done, MAX_ATTEMPTS, Trouble, pause};
use crate::{
    app::App,
    clock::random_bytes,
    db::{retrying, statement},
    fault::Fault,
};

/// How long a job is kept from others without word of the process that runs it, in seconds: the longest that its work
/// stands still after a crash. While it runs, [`renew`] gives word.
pub const LOCK_SECONDS: i64 = 30;

/// Kinds of jobs that wait for each other's hands: what calls other people's servers, however slow, never keeps the hands
/// busy that all other work needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// Everything else.
    General,
    /// Jobs that deliver webhooks.
    Webhooks,
    /// Jobs that work off bulk operations: they never wait behind the mails and the like that they make themselves.
    Bulk,
}

impl Pool {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::General, Self::Webhooks, Self::Bulk];

    /// Jobs of it that one process runs at once.
    pub const fn hands(self) -> usize {
        match self {
            Self::General | Self::Webhooks => 16,
            // On SQLite they take turns at the one writer: more would only leave less to everybody else.
            Self::Bulk => 2,
        }
    }

    /// Its jobs, as a condition.
    fn condition(self) -> String {
        let (webhooks, bulk) = (crate::webhook::DELIVER, crate::bulk::turn::KINDS);
        match self {
            Self::General => format!("kind <> '{webhooks}' AND kind NOT LIKE '{bulk}%'"),
            Self::Webhooks => format!("kind = '{webhooks}'"),
            Self::Bulk => format!("kind LIKE '{bulk}%'"),
        }
    }
}

/// Takes the next jobs of a pool that are due, at most `count`. Both forms skip jobs whose lane has an earlier one.
///
/// # Errors
/// When the database fails.
pub async fn take(app: &App, worker: Uuid, count: u64, pool: Pool) -> Result<Vec<job::Model>, Fault> {
    let db = &app.db;
    let now = app.clock.now();
    let pool = pool.condition();
    let due = "dead_at IS NULL AND run_at <= $1 AND (locked_until IS NULL OR locked_until < $1) AND \
               (lane IS NULL OR NOT EXISTS (SELECT 1 FROM jobs AS earlier \
                WHERE earlier.lane = jobs.lane AND earlier.id < jobs.id AND earlier.dead_at IS NULL))";
    let due = format!("{pool} AND {due}");
    // Looking costs readers little; the writer is asked only when there is something to take.
    let look = statement(db.reader(), format!("SELECT 1 AS found FROM jobs WHERE {due} LIMIT 1"), [now.into()]);
    if db.reader().query_one_raw(look).await?.is_none() {
        return Ok(Vec::new());
    }
    let skip = match db.backend() {
        DbBackend::Postgres => "FOR UPDATE SKIP LOCKED",
        _ => "",
    };
    let sql = format!(
        "UPDATE jobs SET locked_until = $2, locked_by = $3, attempts = attempts + 1 WHERE id IN \
         (SELECT id FROM jobs WHERE {due} ORDER BY run_at, id LIMIT $4 {skip}) RETURNING *"
    );
    let values: [Value; 4] = [now.into(), now.plus_seconds(LOCK_SECONDS).into(), worker.into(), (count as i64).into()];
    let rows = retrying(|| async {
        let tx = db.begin().await?;
        let rows = job::Entity::find().from_raw_sql(statement(&tx, sql.as_str(), values.clone())).all(&tx).await?;
        tx.commit().await?;
        Ok::<_, Fault>(rows)
    })
    .await?;
    let mut rows = rows;
    rows.sort_by_key(|job| (job.run_at, job.id));
    Ok(rows)
}

/// Keeps a job that runs from others for some more time.
///
/// # Errors
/// When the database fails.
pub(crate) async fn renew(app: &App, worker: Uuid, job: &job::Model) -> Result<(), DbErr> {
    job::Entity::update_many()
        .col_expr(job::Column::LockedUntil, Expr::value(Some(app.clock.now().plus_seconds(LOCK_SECONDS))))
        .filter(job::Column::Id.eq(job.id))
        .filter(job::Column::LockedBy.eq(worker))
        .exec(app.db.writer())
        .await?;
    Ok(())
}

/// Writes down how an attempt ended. Nothing happens when the job was taken over meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn settle(app: &App, worker: Uuid, job: &job::Model, outcome: Result<Done, Trouble>) -> Result<(), Fault> {
    let now = app.clock.now();
    retrying(|| async { settle_once(app.db.writer(), worker, job, &outcome, now).await.map_err(Fault::from) }).await
}

async fn settle_once(
    conn: &impl ConnectionTrait,
    worker: Uuid,
    job: &job::Model,
    outcome: &Result<Done, Trouble>,
    now: Timestamp,
) -> Result<(), DbErr> {
    use job::Column as C;
    let mine = |update: sea_orm::UpdateMany<job::Entity>| {
        update
            .col_expr(C::LockedUntil, Expr::value(None::<Timestamp>))
            .col_expr(C::LockedBy, Expr::value(None::<Uuid>))
            .filter(C::Id.eq(job.id))
            .filter(C::LockedBy.eq(worker))
    };
    let update = mine(job::Entity::update_many());
    let again = |at: Timestamp, why: &str| {
        let update = mine(job::Entity::update_many());
        update.col_expr(C::RunAt, Expr::value(at)).col_expr(C::LastError, Expr::value(Some(why.to_owned())))
    };
    let give_up = |why: &str| {
        tracing::error!(job = job.id, kind = job.kind, attempts = job.attempts, error = why, "a job was given up");
        update
            .clone()
            .col_expr(C::DeadAt, Expr::value(Some(now)))
            .col_expr(C::Key, Expr::value(None::<String>))
            .col_expr(C::LastError, Expr::value(Some(why.to_owned())))
    };
    let update = match outcome {
        Ok(Done::Finished) => {
            job::Entity::delete_many().filter(C::Id.eq(job.id)).filter(C::LockedBy.eq(worker)).exec(conn).await?;
            return Ok(());
        }
        Ok(Done::Again(at)) => mine(job::Entity::update_many())
            .col_expr(C::RunAt, Expr::value(*at))
            .col_expr(C::Attempts, Expr::value(0))
            .col_expr(C::LastError, Expr::value(None::<String>)),
        Err(Trouble::GiveUp(why)) => give_up(why),
        Err(Trouble::Retry(why) | Trouble::RetryAt(_, why)) if job.attempts >= MAX_ATTEMPTS => give_up(why),
        Err(Trouble::RetryAt(at, why)) => again(*at, why),
        Err(Trouble::Retry(why)) => {
            tracing::warn!(job = job.id, kind = job.kind, attempts = job.attempts, error = why, "a job will be tried again");
            let [jitter] = random_bytes::<1>();
            again(now.plus_seconds(pause(job.attempts, jitter)), why)
        }
    };
    update.exec(conn).await?;
    Ok(())
}
