//! `exportCancel`.

use entity::{export, export_part, id::ExportId, stored::ExportStatus};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::change::{self, Code};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::Origin,
    fault::Failure,
};

/// Calls off an export that is not ready. Who is writing it finds out with the next part.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn cancel(app: &App, origin: &Origin, id: ExportId) -> Result<export::Model, Failure<Code>> {
    authorise(&origin.actor, Right::ExportCancel, &app.config.orders)?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let row = change::lock(&tx, id).await?;
        if !change::is_open(row.status) {
            return Err(Failure::refused(Code::NotRunning, ["export"], "the export is not being written"));
        }
        export_part::Entity::delete_many().filter(export_part::Column::ExportId.eq(id)).exec(&tx).await?;
        let change = export::ActiveModel {
            id: Set(id),
            status: Set(ExportStatus::Cancelled),
            attempt: Set(None),
            rows: Set(0),
            bytes: Set(0),
            parts: Set(0),
            finished_at: Set(Some(now)),
            ..Default::default()
        };
        let row = export::Entity::update(change).exec(&tx).await?;
        change::log(&tx, origin, now, id, "EXPORT_CANCELLED", &[]).await?;
        tx.commit().await?;
        Ok(row)
    })
    .await
}
