//! `bulkOperationCancel`: stops an operation after the chunk in hand. What was done until then stays done.

use entity::{bulk_operation, id::BulkOperationId, stored::BulkStatus};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};

use super::{query, turn};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::Origin,
    fault::{Failure, Fault},
};

/// Why it goes on, or is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No such operation, or not the caller's.
    NotFound,
    /// It is over.
    AlreadyEnded,
}

/// Stops an operation. One that nobody began is over at once; stopping twice is stopping once.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn cancel(app: &App, origin: &Origin, id: BulkOperationId) -> Result<bulk_operation::Model, Failure<Code>> {
    authorise(&origin.actor, Right::BulkOperationCancel, &app.config.orders)?;
    let visible = query::visible_to(&origin.actor)?;
    retrying(|| async {
        use bulk_operation::Column as C;
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let found = bulk_operation::Entity::find_by_id(id).filter(visible.clone()).lock_exclusive().one(&tx).await?;
        let operation = found.ok_or_else(|| Failure::refused(Code::NotFound, ["operation"], "Bulk operation not found"))?;
        match operation.status {
            BulkStatus::Succeeded | BulkStatus::Failed => {
                return Err(Failure::refused(Code::AlreadyEnded, ["operation"], "the operation is over"));
            }
            BulkStatus::Cancelling | BulkStatus::Cancelled => return Ok(operation),
            BulkStatus::Queued => turn::end(&tx, id, BulkStatus::Cancelled, None, now).await?,
            BulkStatus::Running => {
                let update = bulk_operation::Entity::update_many()
                    .col_expr(C::Status, Expr::value(BulkStatus::Cancelling.as_str()))
                    .filter(C::Id.eq(id));
                update.exec(&tx).await?;
            }
        }
        let operation = query::by_id(&tx, id).await?.ok_or_else(|| Fault::Corrupt(format!("{id} is gone")))?;
        tx.commit().await?;
        Ok(operation)
    })
    .await
}
