//! `savedViewDelete`.

use entity::{id::SavedViewId, saved_view};
use sea_orm::EntityTrait as _;

use super::change::{self, Code};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::Origin,
    fault::Failure,
};

/// Deletes a view.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn delete(app: &App, origin: &Origin, id: SavedViewId) -> Result<SavedViewId, Failure<Code>> {
    authorise(&origin.actor, Right::SavedViewDelete, &app.config.orders)?;
    retrying(|| async {
        let tx = app.db.begin().await?;
        let view = change::lock(&tx, origin, id).await?;
        saved_view::Entity::delete_by_id(view.id).exec(&tx).await?;
        tx.commit().await?;
        Ok(view.id)
    })
    .await
}
