//! Working off a bulk operation: a transaction per chunk, in which the things are changed, what came of each is written
//! down and the chunk goes. Killed at any moment, what is left begins with the first chunk that is still there.

use entity::{
    bulk_chunk, bulk_operation, bulk_result,
    id::BulkOperationId,
    job,
    stored::{BulkOutcome, BulkStatus},
    time::Timestamp,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use serde::{Deserialize, Serialize};

use super::{Applied, How, Noun, Outcome, at_once, query};
use crate::{
    app::App,
    auth::actor::{Actor, standing_of},
    auth::policy::Reach,
    db::retrying,
    event::Origin,
    fault::Fault,
    job::{self as jobs, Done, Trouble},
};

/// What the kinds of these jobs begin with.
pub const KINDS: &str = "bulk.run.";

/// Chunks that are worked off before the job is put back.
const CHUNKS_A_TURN: usize = 20;

/// Results that are written with one statement: databases take only so many values.
const ROWS_AT_ONCE: usize = 1_000;

/// Attempts at one chunk after which the operation is broken off.
const ATTEMPTS: i32 = 8;

/// What the job of an operation holds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Payload {
    /// The operation.
    pub operation: BulkOperationId,
}

/// What one step left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// There may be more to do.
    More,
    /// The operation is over.
    Over,
}

/// Why an operation is broken off: a code of the API and a sentence.
type Why = (&'static str, &'static str);

const ACTOR_GONE: Why = ("ACTOR_GONE", "who asked for it is gone or blocked");
const FORBIDDEN: Why = ("FORBIDDEN", "who asked for it may not do this any more");
const NOTHING_DONE: Why = ("NOTHING_DONE", "one was refused, so none was changed");
const INTERNAL: Why = ("INTERNAL", "the service failed; what was done until then stands in the results");

/// Works off some chunks of an operation.
///
/// # Errors
/// When the database fails.
pub(crate) async fn run<N: Noun>(app: &App, job: &job::Model) -> Result<Done, Trouble> {
    let Payload { operation } = jobs::payload(job)?;
    for _ in 0..CHUNKS_A_TURN {
        match retrying(|| step::<N>(app, operation)).await {
            Ok(Step::Over) => return Ok(Done::Finished),
            Ok(Step::More) => app.feed.nudge(),
            Err(fault) if job.attempts >= ATTEMPTS => {
                retrying(|| break_off(app, operation, INTERNAL)).await?;
                return Err(Trouble::GiveUp(fault.to_string()));
            }
            Err(fault) => return Err(fault.into()),
        }
    }
    Ok(Done::Again(app.clock.now()))
}

/// Works off one chunk, if there is one and the operation is to go on.
///
/// # Errors
/// When the database fails; then nothing was done.
pub async fn step<N: Noun>(app: &App, id: BulkOperationId) -> Result<Step, Fault> {
    let Some(operation) = query::by_id(app.db.reader(), id).await?.filter(query::is_under_way) else { return Ok(Step::Over) };
    let action: N::Action = serde_json::from_str(&operation.action).map_err(|error| Fault::Corrupt(error.to_string()))?;
    let (origin, reach) = match asker::<N>(app, &operation, &action).await? {
        Ok(asker) => asker,
        Err(why) => {
            break_off(app, id, why).await?;
            return Ok(Step::Over);
        }
    };
    let how = How { app, origin: &origin, reach, reason: operation.reason.as_deref(), now: app.clock.now() };
    // A dry run looks before the transaction begins: it changes nothing, so it need not keep the writer.
    let told = match operation.dry_run {
        false => None,
        true => match first(app.db.reader(), id).await? {
            None => None,
            Some(chunk) => {
                let given = given::<N>(&chunk)?;
                let verdicts = N::check(app.db.reader(), &how, &action, &at_once::ids(&given)).await?;
                Some((chunk.position, Applied { verdicts, users: Vec::new() }))
            }
        },
    };
    let tx = app.db.begin().await?;
    let Some(chunk) = begin(&tx, id, how.now).await? else {
        tx.commit().await?;
        return Ok(Step::Over);
    };
    let given = given::<N>(&chunk)?;
    let applied = match (told, operation.dry_run) {
        (Some((position, told)), _) if position == chunk.position => told,
        // Somebody else worked off the chunk that was looked at.
        (_, true) => return Ok(Step::More),
        (_, false) => N::apply(&tx, &how, &action, &at_once::ids(&given)).await?,
    };
    let (outcomes, taken_back) = at_once::by_mode(operation.mode, at_once::outcomes::<N>(given, &applied.verdicts));
    if !taken_back {
        write(&tx, &chunk, outcomes, how.now).await?;
        if first(&tx, id).await?.is_none() {
            end(&tx, id, BulkStatus::Succeeded, None, how.now).await?;
        }
        tx.commit().await?;
        applied.users.iter().for_each(|user| app.standings.invalidate(user));
        return Ok(Step::More);
    }
    // What was done goes; that it was not done is told by itself.
    tx.rollback().await?;
    let tx = app.db.begin().await?;
    if let Some(chunk) = begin(&tx, id, how.now).await? {
        write(&tx, &chunk, outcomes, how.now).await?;
        end(&tx, id, BulkStatus::Failed, Some(NOTHING_DONE), how.now).await?;
    }
    tx.commit().await?;
    Ok(Step::Over)
}

/// Who asked, with the rights of now; or why it cannot go on.
async fn asker<N: Noun>(
    app: &App,
    operation: &bulk_operation::Model,
    action: &N::Action,
) -> Result<Result<(Origin, Reach), Why>, Fault> {
    let actor = match operation.created_by {
        None => Actor::System,
        Some(user) => match standing_of(app, user).await?.filter(|standing| standing.is_active) {
            Some(standing) => Actor::User(standing),
            None => return Ok(Err(ACTOR_GONE)),
        },
    };
    Ok(match N::may(&actor, action, &app.config.orders) {
        Ok(reach) => Ok((Origin { actor, request_id: operation.request_id.clone() }, reach)),
        Err(_) => Err(FORBIDDEN),
    })
}

/// Locks the operation and finds what is next; ends it when it is to stop or nothing is left. Only one process at a time
/// comes past here.
async fn begin(tx: &DatabaseTransaction, id: BulkOperationId, now: Timestamp) -> Result<Option<bulk_chunk::Model>, Fault> {
    let locked = bulk_operation::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    let Some(operation) = locked.filter(query::is_under_way) else { return Ok(None) };
    if operation.status == BulkStatus::Cancelling {
        end(tx, id, BulkStatus::Cancelled, None, now).await?;
        return Ok(None);
    }
    let chunk = first(tx, id).await?;
    if chunk.is_none() {
        end(tx, id, BulkStatus::Succeeded, None, now).await?;
    }
    Ok(chunk)
}

/// The chunk that is next.
async fn first(conn: &impl ConnectionTrait, id: BulkOperationId) -> Result<Option<bulk_chunk::Model>, Fault> {
    let chunks = bulk_chunk::Entity::find().filter(bulk_chunk::Column::OperationId.eq(id));
    Ok(chunks.order_by_asc(bulk_chunk::Column::Position).limit(1).one(conn).await?)
}

#[allow(clippy::type_complexity, reason = "ids as given beside what they name")]
fn given<N: Noun>(chunk: &bulk_chunk::Model) -> Result<Vec<(String, Option<N::Id>)>, Fault> {
    let texts: Vec<String> = serde_json::from_str(&chunk.items).map_err(|error| Fault::Corrupt(error.to_string()))?;
    Ok(texts.into_iter().map(|text| (text.clone(), text.parse().ok())).collect())
}

/// Writes down what came of a chunk, and takes it from what is left.
async fn write(tx: &DatabaseTransaction, chunk: &bulk_chunk::Model, outcomes: Vec<Outcome>, now: Timestamp) -> Result<(), Fault> {
    use bulk_operation::Column as C;
    let count = |wanted| outcomes.iter().filter(|one| one.verdict.outcome == wanted).count() as i64;
    let (succeeded, skipped) = (count(BulkOutcome::Succeeded), count(BulkOutcome::Skipped));
    let failed = count(BulkOutcome::Failed);
    let rows = outcomes.into_iter().zip(chunk.position..).map(|(Outcome { id, verdict }, position)| bulk_result::ActiveModel {
        operation_id: Set(chunk.operation_id),
        position: Set(position),
        item: Set(id),
        number: Set(verdict.number),
        outcome: Set(verdict.outcome),
        code: Set(verdict.code),
        message: Set(verdict.message),
    });
    let rows: Vec<_> = rows.collect();
    for rows in rows.chunks(ROWS_AT_ONCE) {
        bulk_result::Entity::insert_many(rows.iter().cloned()).exec_without_returning(tx).await?;
    }
    bulk_chunk::Entity::delete_by_id((chunk.operation_id, chunk.position)).exec(tx).await?;
    bulk_operation::Entity::update_many()
        .col_expr(C::Succeeded, Expr::col(C::Succeeded).add(succeeded))
        .col_expr(C::Skipped, Expr::col(C::Skipped).add(skipped))
        .col_expr(C::Failed, Expr::col(C::Failed).add(failed))
        .col_expr(C::Status, Expr::value(BulkStatus::Running.as_str()))
        .col_expr(C::StartedAt, Expr::col(C::StartedAt).if_null(now))
        .filter(C::Id.eq(chunk.operation_id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Ends an operation that is under way.
pub(super) async fn end(
    tx: &DatabaseTransaction,
    id: BulkOperationId,
    status: BulkStatus,
    why: Option<Why>,
    now: Timestamp,
) -> Result<(), Fault> {
    use bulk_operation::Column as C;
    bulk_operation::Entity::update_many()
        .col_expr(C::Status, Expr::value(status.as_str()))
        .col_expr(C::FailureCode, Expr::value(why.map(|(code, _)| code.to_owned())))
        .col_expr(C::FailureMessage, Expr::value(why.map(|(_, message)| message.to_owned())))
        .col_expr(C::EndedAt, Expr::value(Some(now)))
        .filter(C::Id.eq(id))
        .exec(tx)
        .await?;
    tracing::info!(operation = %id, %status, "a bulk operation is over");
    Ok(())
}

async fn break_off(app: &App, id: BulkOperationId, why: Why) -> Result<(), Fault> {
    let tx = app.db.begin().await?;
    let locked = bulk_operation::Entity::find_by_id(id).lock_exclusive().one(&tx).await?;
    if locked.is_some_and(|operation| query::is_under_way(&operation)) {
        end(&tx, id, BulkStatus::Failed, Some(why), app.clock.now()).await?;
    }
    tx.commit().await?;
    Ok(())
}
