//! Reading background work that was given up (ASYNC-02).

use entity::job;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::page::{self, Page, PageError, PageRequest, SortKey};

/// A page of the jobs that were given up, of one kind or all, the last one first.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub(crate) async fn failed(
    conn: &impl ConnectionTrait,
    kind: Option<&str>,
    request: &PageRequest,
) -> Result<Page<job::Model>, PageError> {
    use job::Column as C;
    let failed_at = |row: &job::Model| row.dead_at.map_or(0, |at| at.0).into();
    let keys = vec![SortKey::column("failedAt", C::DeadAt, true, failed_at)];
    let keys = page::ending_in_id(keys, C::Id, |row: &job::Model| row.id.into());
    let mut select = job::Entity::find().filter(C::DeadAt.is_not_null());
    if let Some(kind) = kind {
        select = select.filter(C::Kind.eq(kind));
    }
    page::fetch(conn, select, &keys, request).await
}
