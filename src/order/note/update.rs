//! `orderNoteUpdate`.

use entity::{id::OrderNoteId, order_note};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde::Serialize;

use super::{Code, Noted, answer, changed, checked, claim, lock};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::Origin,
    fault::Failure,
    order::change::{self, Terms},
};

/// What is to be changed; `None` leaves a field as it is.
#[derive(Clone, Debug, Serialize)]
pub struct Edit {
    /// What it says.
    pub text: Option<String>,
    /// Whether the buyer sees it.
    pub is_public: Option<bool>,
}

/// Changes a note, by its author and administrators.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn update(
    app: &App,
    origin: &Origin,
    id: OrderNoteId,
    edit: Edit,
    terms: Terms,
) -> Result<Noted, Failure<Code>> {
    authorise(&origin.actor, Right::OrderNoteUpdate, &app.config.orders)?;
    let text = edit.text.as_deref().map(checked).transpose()?;
    let key = terms.key(origin, Right::OrderNoteUpdate, &(id, &edit)).map_err(Failure::told)?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        if let Some(replayed) = claim(&tx, origin, key.as_ref(), String::new(), now).await? {
            return Ok(replayed);
        }
        let (before, old) = lock(&tx, origin, id).await?;
        change::expect_version(&tx, &before, terms.expected_version).await.map_err(Failure::told)?;
        let note = order_note::Model {
            text: text.clone().unwrap_or_else(|| old.text.clone()),
            is_public: edit.is_public.unwrap_or(old.is_public),
            ..old.clone()
        };
        if let Some(key) = &key {
            key.answer(&tx, answer(before.id, id)).await?;
        }
        let (order, note) = match note == old {
            true => (before, old),
            false => {
                let mut row = old.clone().into_active_model();
                row.text = Set(note.text.clone());
                row.is_public = Set(note.is_public);
                row.updated_at = Set(now);
                let note = row.update(&tx).await?;
                let changes = changed(Some(&old), Some(&note));
                let after = before.clone();
                (change::store(&tx, origin, &before, after, "ORDER_NOTE_UPDATED", None, &changes, now).await?, note)
            }
        };
        change::finish(tx, terms.dry_run).await?;
        Ok(Noted { order, id, note: Some(note), replayed: false })
    })
    .await
}
