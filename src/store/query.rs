//! Reading stores: they are public; who sells for them is not.

use std::collections::HashMap;

use entity::{id::StoreId, store, store_member};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};

use crate::{
    auth::actor::Actor,
    fault::Fault,
    page::{self, Page, PageError, PageRequest, SortKey},
    search::Needle,
};

/// A page of the stores, by name.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    search: Option<&str>,
    request: &PageRequest,
) -> Result<Page<store::Model>, PageError> {
    let keys = [
        SortKey::column("name", store::Column::Name, false, |row: &store::Model| row.name.clone().into()),
        SortKey::column("id", store::Column::Id, false, |row: &store::Model| row.id.0.into()),
    ];
    let mut select = store::Entity::find();
    if let Some(needle) = search.and_then(Needle::of) {
        let backend = conn.get_database_backend();
        let is_in = |column| needle.is_anywhere_in_written(backend, Expr::col((store::Entity, column)));
        select = select.filter(Condition::any().add(is_in(store::Column::Name)).add(is_in(store::Column::Slug)));
    }
    page::fetch(conn, select, &keys, request).await
}

/// A store by its slug.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_slug(conn: &impl ConnectionTrait, slug: &str) -> Result<Option<store::Model>, Fault> {
    if slug.contains('\0') {
        return Ok(None);
    }
    Ok(store::Entity::find().filter(store::Column::Slug.eq(slug)).one(conn).await?)
}

/// Whether a caller may know who sells for a store: its members and staff.
pub fn shows_members(actor: &Actor, store: StoreId) -> bool {
    actor.sees_all() || actor.stores().contains(&store)
}

/// The members of several stores, longest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn members(
    conn: &impl ConnectionTrait,
    stores: &[StoreId],
) -> Result<HashMap<StoreId, Vec<store_member::Model>>, Fault> {
    let rows = store_member::Entity::find()
        .filter(store_member::Column::StoreId.is_in(stores.iter().copied()))
        .order_by_asc(store_member::Column::CreatedAt)
        .order_by_asc(store_member::Column::UserId)
        .all(conn)
        .await?;
    let mut found: HashMap<StoreId, Vec<store_member::Model>> = HashMap::new();
    for row in rows {
        found.entry(row.store_id).or_default().push(row);
    }
    Ok(found)
}
