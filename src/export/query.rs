//! Reading exports: only those who see everything have any.

use entity::{export, export_part, id::ExportId, stored::ExportStatus};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::spec::Spec;
use crate::{
    auth::actor::Actor,
    fault::{Denied, Fault},
    page::{self, Page, PageError, PageRequest, SortKey},
};

/// Says whether a caller may read exports at all.
///
/// # Errors
/// [`Denied`] for all but staff.
pub fn allowed(actor: &Actor) -> Result<(), Denied> {
    match (actor.sees_all(), actor.standing()) {
        (true, _) => Ok(()),
        (false, Ok(_)) => Err(Denied::Forbidden),
        (false, Err(denied)) => Err(denied),
    }
}

/// An export by its id.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_id(conn: &impl ConnectionTrait, id: ExportId) -> Result<Option<export::Model>, Fault> {
    Ok(export::Entity::find_by_id(id).one(conn).await?)
}

/// A page of the exports, newest first, those in one of some states when they are told.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    status: Option<&[ExportStatus]>,
    request: &PageRequest,
) -> Result<Page<export::Model>, PageError> {
    use export::Column as C;
    let keys = [SortKey::column("id", C::Id, true, |row: &export::Model| row.id.0.into())];
    let mut select = export::Entity::find();
    if let Some(status) = status {
        select = select.filter(C::Status.is_in(status.iter().copied()));
    }
    page::fetch(conn, select, &keys, request).await
}

/// What an export was asked for.
///
/// # Errors
/// When it was written by a later version of the service, which knows more filters or columns.
pub fn spec(row: &export::Model) -> Result<Spec, Fault> {
    let spec: Spec = serde_json::from_str(&row.spec).map_err(|error| Fault::Corrupt(format!("export {}: {error}", row.id)))?;
    Ok(Spec { what: spec.what.at(row.created_at), ..spec })
}

/// A part of the file of an export; `None` when the export is gone.
///
/// # Errors
/// When the database fails.
pub(crate) async fn part(conn: &impl ConnectionTrait, id: ExportId, position: i32) -> Result<Option<Vec<u8>>, Fault> {
    Ok(export_part::Entity::find_by_id((id, position)).one(conn).await?.map(|part| part.bytes))
}
