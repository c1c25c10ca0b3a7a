//! `exportDelete`.

use entity::{export, id::ExportId};
use sea_orm::EntityTrait;

use super::change::{self, Code};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::Origin,
    fault::Failure,
};

/// Deletes an export with its file, in whatever state it is.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn delete(app: &App, origin: &Origin, id: ExportId) -> Result<ExportId, Failure<Code>> {
    authorise(&origin.actor, Right::ExportDelete, &app.config.orders)?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let row = change::lock(&tx, id).await?;
        export::Entity::delete_by_id(row.id).exec(&tx).await?;
        change::log(&tx, origin, now, id, "EXPORT_DELETED", &[]).await?;
        tx.commit().await?;
        Ok(row.id)
    })
    .await
}
