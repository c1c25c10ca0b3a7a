//! `orderNoteDelete`.

use entity::{id::OrderNoteId, order_note};
use sea_orm::EntityTrait;

use super::{Code, Noted, answer, changed, claim, lock};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::Origin,
    fault::Failure,
    order::change::{self, Terms},
};

/// Deletes a note, by its author and administrators.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn delete(app: &App, origin: &Origin, id: OrderNoteId, terms: Terms) -> Result<Noted, Failure<Code>> {
    authorise(&origin.actor, Right::OrderNoteDelete, &app.config.orders)?;
    let key = terms.key(origin, Right::OrderNoteDelete, &id).map_err(Failure::told)?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        if let Some(replayed) = claim(&tx, origin, key.as_ref(), String::new(), now).await? {
            return Ok(replayed);
        }
        let (before, note) = lock(&tx, origin, id).await?;
        change::expect_version(&tx, &before, terms.expected_version).await.map_err(Failure::told)?;
        order_note::Entity::delete_by_id(id).exec(&tx).await?;
        if let Some(key) = &key {
            key.answer(&tx, answer(before.id, id)).await?;
        }
        let changes = changed(Some(&note), None);
        let order = change::store(&tx, origin, &before, before.clone(), "ORDER_NOTE_DELETED", None, &changes, now).await?;
        change::finish(tx, terms.dry_run).await?;
        Ok(Noted { order, id, note: None, replayed: false })
    })
    .await
}
