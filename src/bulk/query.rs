//! Reading bulk operations: everybody sees their own, staff all.

use entity::{
    bulk_operation, bulk_result,
    id::BulkOperationId,
    stored::{BulkKind, BulkOutcome, BulkStatus},
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    auth::actor::Actor,
    fault::{Denied, Fault},
    order::query::Unseen,
    page::{self, Page, PageError, PageRequest, SortKey},
};

/// Whether an operation is not over.
pub fn is_under_way(operation: &bulk_operation::Model) -> bool {
    match operation.status {
        BulkStatus::Queued | BulkStatus::Running | BulkStatus::Cancelling => true,
        BulkStatus::Cancelled | BulkStatus::Succeeded | BulkStatus::Failed => false,
    }
}

/// What an operation does with each: the name of the action, and the status it brings to.
pub fn action(operation: &bulk_operation::Model) -> (String, Option<String>) {
    match serde_json::from_str(&operation.action).unwrap_or_default() {
        serde_json::Value::String(name) => (name, None),
        serde_json::Value::Object(fields) => match fields.into_iter().next() {
            Some((name, to)) => (name, to.as_str().map(str::to_owned)),
            None => (String::new(), None),
        },
        _ => (String::new(), None),
    }
}

/// The operations a caller sees, as a condition on `bulk_operations`.
///
/// # Errors
/// [`Denied::Unauthenticated`] for nobody.
pub fn visible_to(actor: &Actor) -> Result<Condition, Denied> {
    if actor.sees_all() {
        return Ok(Condition::all());
    }
    Ok(Condition::all().add(bulk_operation::Column::CreatedBy.eq(actor.standing()?.user)))
}

/// Whether a caller sees an operation.
pub fn is_visible(actor: &Actor, operation: &bulk_operation::Model) -> bool {
    actor.sees_all() || actor.user().is_some() && actor.user() == operation.created_by
}

/// An operation, whoever asks.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_id(conn: &impl ConnectionTrait, id: BulkOperationId) -> Result<Option<bulk_operation::Model>, Fault> {
    Ok(bulk_operation::Entity::find_by_id(id).one(conn).await?)
}

/// An operation the caller sees.
///
/// # Errors
/// [`Unseen::Denied`] for nobody.
pub(crate) async fn visible(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    id: BulkOperationId,
) -> Result<Option<bulk_operation::Model>, Unseen> {
    Ok(bulk_operation::Entity::find_by_id(id).filter(visible_to(actor)?).one(conn).await?)
}

/// Which operations. All that is given holds.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this kind.
    pub kind: Option<BulkKind>,
    /// In one of these states.
    pub status: Option<Vec<BulkStatus>>,
}

/// A page of the operations that a condition lets a caller see, newest first.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    visible: Condition,
    filter: &Filter,
    request: &PageRequest,
) -> Result<Page<bulk_operation::Model>, PageError> {
    use bulk_operation::Column as C;
    let mut select = bulk_operation::Entity::find().filter(visible);
    if let Some(kind) = filter.kind {
        select = select.filter(C::Kind.eq(kind));
    }
    if let Some(statuses) = &filter.status {
        select = select.filter(C::Status.is_in(statuses.iter().copied()));
    }
    let keys = page::ending_in_id(Vec::new(), C::Id, |row: &bulk_operation::Model| row.id.0.into());
    page::fetch(conn, select, &keys, request).await
}

/// A page of what came of each thing of an operation, in the order of the operation.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub(crate) async fn results(
    conn: &impl ConnectionTrait,
    id: BulkOperationId,
    outcome: Option<BulkOutcome>,
    request: &PageRequest,
) -> Result<Page<bulk_result::Model>, PageError> {
    use bulk_result::Column as C;
    let mut select = bulk_result::Entity::find().filter(C::OperationId.eq(id));
    if let Some(outcome) = outcome {
        select = select.filter(C::Outcome.eq(outcome));
    }
    let keys = vec![SortKey::column("position", C::Position, false, |row: &bulk_result::Model| row.position.into())];
    page::fetch(conn, select, &keys, request).await
}

/// Results of one outcome with one code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What came of them.
    pub outcome: BulkOutcome,
    /// Why.
    pub code: String,
    /// How many.
    pub count: i64,
}

/// Why what was not done was not done, by code.
///
/// # Errors
/// When the database fails.
pub(crate) async fn reasons(conn: &impl ConnectionTrait, id: BulkOperationId) -> Result<Vec<Reason>, Fault> {
    use bulk_result::Column as C;
    let rows: Vec<(BulkOutcome, String, i64)> = bulk_result::Entity::find()
        .select_only()
        .column(C::Outcome)
        .column(C::Code)
        .column_as(C::Position.count(), "times")
        .filter(C::OperationId.eq(id))
        .filter(C::Code.is_not_null())
        .group_by(C::Outcome)
        .group_by(C::Code)
        .order_by_asc(C::Code)
        .order_by_asc(C::Outcome)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(outcome, code, count)| Reason { outcome, code, count }).collect())
}
