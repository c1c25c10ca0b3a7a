//! Bulk operations that were over long ago go, with what came of each thing, some rows at a time.

use entity::{bulk_operation, id::BulkOperationId};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    app::App,
    db::{retrying, statement},
    fault::Fault,
    idempotency::KEPT_DAYS,
    job::{Done, Trouble},
};

/// The kind of the job.
pub const FORGET: &str = "bulk.forget";

/// Rows that go in one transaction.
const ROWS: i64 = 5_000;

/// How often it is looked for what can go, in seconds.
const EVERY: i64 = 3_600;

/// Forgets some of what is over since [`KEPT_DAYS`].
///
/// # Errors
/// When the database fails.
pub(crate) async fn run(app: &App) -> Result<Done, Trouble> {
    let now = app.clock.now();
    let more = retrying(|| forget(app)).await?;
    Ok(Done::Again(if more { now } else { now.plus_seconds(EVERY) }))
}

async fn forget(app: &App) -> Result<bool, Fault> {
    use bulk_operation::Column as C;
    let before = app.clock.now().plus_seconds(-KEPT_DAYS * 86_400);
    let old = bulk_operation::Entity::find().filter(C::EndedAt.lt(before)).order_by_asc(C::EndedAt).limit(1);
    let Some(operation) = old.one(app.db.reader()).await? else { return Ok(false) };
    let tx = app.db.begin().await?;
    let gone = some_rows(&tx, "bulk_results", operation.id).await? + some_rows(&tx, "bulk_chunks", operation.id).await?;
    if gone == 0 {
        bulk_operation::Entity::delete_by_id(operation.id).exec(&tx).await?;
    }
    tx.commit().await?;
    Ok(true)
}

async fn some_rows(tx: &DatabaseTransaction, table: &str, operation: BulkOperationId) -> Result<u64, Fault> {
    let sql = format!(
        "DELETE FROM {table} WHERE operation_id = $1 AND position IN \
         (SELECT position FROM {table} WHERE operation_id = $1 ORDER BY position LIMIT $2)"
    );
    Ok(tx.execute_raw(statement(tx, sql, [operation.0.into(), ROWS.into()])).await?.rows_affected())
}
