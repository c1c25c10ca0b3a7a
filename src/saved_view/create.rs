//! `savedViewCreate`.

use entity::{id::SavedViewId, saved_view, user};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel as _, PaginatorTrait as _, QueryFilter, QuerySelect};
use serde::Serialize;

use super::{
    change::{self, Code, Content},
    query,
};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    clock::random_bytes,
    db::retrying,
    event::Origin,
    fault::{Denied, Failure},
    idempotency,
};

/// Most views of one user.
const MAX_VIEWS: u64 = 100;

/// What is to be kept.
#[derive(Clone, Debug, Serialize)]
pub struct NewView {
    /// What it is called.
    pub name: String,
    /// Of which list, and what of it.
    pub content: Content,
    /// The columns that are shown.
    pub columns: Vec<String>,
    /// Whether all staff see it.
    pub is_shared: bool,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Created {
    /// The view.
    pub view: saved_view::Model,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
}

/// Keeps a view.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn create(app: &App, origin: &Origin, new: NewView, key: Option<&str>) -> Result<Created, Failure<Code>> {
    let right = Right::SavedViewCreate;
    authorise(&origin.actor, right, &app.config.orders)?;
    let owner = origin.actor.user().ok_or(Denied::Unauthenticated)?;
    let key = idempotency::given(&origin.actor, right, key, &new)?;
    let name = change::name(&new.name)?;
    let columns = change::columns(&new.columns)?;
    let (filter, sort) = new.content.texts()?;
    retrying(|| async {
        let now = app.clock.now();
        let id = SavedViewId::at(now, random_bytes());
        let tx = app.db.begin().await?;
        if let Some(first) = idempotency::claim_id(&tx, key.as_ref(), id, now).await? {
            let view = saved_view::Entity::find_by_id(first).one(&tx).await?;
            let gone = || Failure::refused(Code::NotFound, ["idempotencyKey"], "the view of this key was deleted");
            let view = view.filter(|view| query::is_visible(&origin.actor, view)).ok_or_else(gone)?;
            return Ok(Created { view, replayed: true });
        }
        // Calls of one user count one after the other.
        user::Entity::find_by_id(owner).lock_exclusive().one(&tx).await?;
        if saved_view::Entity::find().filter(saved_view::Column::OwnerId.eq(owner)).count(&tx).await? >= MAX_VIEWS {
            let message = format!("you have {MAX_VIEWS} views; delete one first");
            return Err(Failure::refused(Code::TooManyViews, ["name"], message));
        }
        let view = saved_view::Model {
            id,
            owner_id: owner,
            list: new.content.list,
            name: name.clone(),
            filter: filter.clone(),
            sort: sort.clone(),
            columns: columns.clone(),
            is_shared: new.is_shared,
            created_at: now,
            updated_at: now,
        };
        saved_view::Entity::insert(view.clone().into_active_model()).exec_without_returning(&tx).await?;
        tx.commit().await?;
        Ok(Created { view, replayed: false })
    })
    .await
}
