//! Reading views: staff see their own and those that are shared.

use entity::{id::SavedViewId, saved_view, stored::SavedViewList};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter};

use crate::{
    auth::actor::Actor,
    fault::{Denied, Fault},
    page::{self, Page, PageError, PageRequest, SortKey},
};

/// Whether a view is the caller's own.
pub fn is_own(actor: &Actor, view: &saved_view::Model) -> bool {
    actor.user() == Some(view.owner_id)
}

/// Whether a caller sees a view. One who is no longer of the staff sees none.
pub fn is_visible(actor: &Actor, view: &saved_view::Model) -> bool {
    actor.sees_all() && (view.is_shared || is_own(actor, view))
}

/// The views a caller sees, as a condition.
///
/// # Errors
/// [`Denied`] for those who are not of the staff.
pub fn visible_to(actor: &Actor) -> Result<Condition, Denied> {
    let standing = actor.standing()?;
    if !actor.sees_all() {
        return Err(Denied::Forbidden);
    }
    let own = saved_view::Column::OwnerId.eq(standing.user);
    Ok(Condition::any().add(saved_view::Column::IsShared.eq(true)).add(own))
}

/// A view the caller sees.
///
/// # Errors
/// When the database fails.
pub(crate) async fn visible(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    id: SavedViewId,
) -> Result<Option<saved_view::Model>, Fault> {
    let row = saved_view::Entity::find_by_id(id).one(conn).await?;
    Ok(row.filter(|row| is_visible(actor, row)))
}

/// A page of the views a caller sees, the oldest first; of one list when it is told.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    visible: Condition,
    list: Option<SavedViewList>,
    request: &PageRequest,
) -> Result<Page<saved_view::Model>, PageError> {
    use saved_view::Column as C;
    let keys = [SortKey::column("id", C::Id, false, |row: &saved_view::Model| row.id.0.into())];
    let mut select = saved_view::Entity::find().filter(visible);
    if let Some(list) = list {
        select = select.filter(C::List.eq(list));
    }
    page::fetch(conn, select, &keys, request).await
}
