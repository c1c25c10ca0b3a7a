//! `orderNoteAdd`.

use entity::{
    id::{OrderId, OrderNoteId, StoreId},
    order_item, order_note,
};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use serde::Serialize;

use super::{Code, Noted, answer, changed, checked, claim, next_position};
use crate::{
    app::App,
    auth::policy::{Reach, Right, authorise},
    clock::random_bytes,
    db::retrying,
    event::{Origin, actor_kind},
    fault::Failure,
    order::change::{self, Terms},
};

/// What is to be noted.
#[derive(Clone, Debug, Serialize)]
pub struct NewNote {
    /// On which order.
    pub order: OrderId,
    /// What it says.
    pub text: String,
    /// Whether the buyer sees it.
    pub is_public: bool,
    /// For which store.
    pub store: Option<StoreId>,
}

/// Writes a note on an order.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn add(app: &App, origin: &Origin, new: NewNote, terms: Terms) -> Result<Noted, Failure<Code>> {
    let reach = authorise(&origin.actor, Right::OrderNoteAdd, &app.config.orders)?;
    let text = checked(&new.text)?;
    let key = terms.key(origin, Right::OrderNoteAdd, &new).map_err(Failure::told)?;
    retrying(|| async {
        let now = app.clock.now();
        let id = OrderNoteId::at(now, random_bytes());
        let tx = app.db.begin().await?;
        if let Some(replayed) = claim(&tx, origin, key.as_ref(), answer(new.order, id), now).await? {
            return Ok(replayed);
        }
        let before = change::lock(&tx, origin, new.order).await.map_err(Failure::told)?;
        change::expect_version(&tx, &before, terms.expected_version).await.map_err(Failure::told)?;
        let note = order_note::Model {
            id,
            order_id: before.id,
            position: next_position(&tx, before.id).await?,
            store_id: store(&tx, origin, reach, &new).await?,
            author_id: origin.actor.user(),
            author_kind: actor_kind(origin),
            text: text.clone(),
            is_public: new.is_public,
            created_at: now,
            updated_at: now,
        };
        order_note::Entity::insert(note.clone().into_active_model()).exec_without_returning(&tx).await?;
        let changes = changed(None, Some(&note));
        let order = change::store(&tx, origin, &before, before.clone(), "ORDER_NOTE_ADDED", None, &changes, now).await?;
        change::finish(tx, terms.dry_run).await?;
        Ok(Noted { order, id, note: Some(note), replayed: false })
    })
    .await
}

/// The store a note is of: sellers write for one of theirs that has goods in the order, staff for any that has or for none.
async fn store(tx: &DatabaseTransaction, origin: &Origin, reach: Reach, new: &NewNote) -> Result<Option<StoreId>, Failure<Code>> {
    let mut stores: Vec<StoreId> = order_item::Entity::find()
        .select_only()
        .column(order_item::Column::StoreId)
        .distinct()
        .filter(order_item::Column::OrderId.eq(new.order))
        .into_tuple()
        .all(tx)
        .await?;
    if reach == Reach::Own {
        stores.retain(|store| origin.actor.stores().contains(store));
        if stores.is_empty() {
            return Err(Failure::refused(Code::Forbidden, ["order"], "only sellers of the order and staff write notes on it"));
        }
    }
    match (new.store, reach) {
        (Some(store), _) if stores.contains(&store) => Ok(Some(store)),
        (Some(_), _) => Err(Failure::refused(Code::NotFound, ["store"], "Store not found")),
        (None, Reach::All) => Ok(None),
        (None, Reach::Own) => match stores.as_slice() {
            [store] => Ok(Some(*store)),
            _ => Err(Failure::refused(Code::InvalidInput, ["store"], "say for which of your stores")),
        },
    }
}
