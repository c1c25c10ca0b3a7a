//! Reading stores: they are public.

use entity::store;
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::page::{self, Page, PageError, PageRequest, SortKey};

/// A page of the stores, by name.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub async fn list(conn: &impl ConnectionTrait, request: &PageRequest) -> Result<Page<store::Model>, PageError> {
    let keys = [
        SortKey::column("name", store::Column::Name, false, |row: &store::Model| row.name.clone().into()),
        SortKey::column("id", store::Column::Id, false, |row: &store::Model| row.id.0.into()),
    ];
    page::fetch(conn, store::Entity::find(), &keys, request).await
}
