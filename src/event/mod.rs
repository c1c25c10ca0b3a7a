//! The event log: appended inside the transaction that makes something happen, never changed, never deleted (I8).

pub mod consumer;
pub mod feed;
pub mod lease;
pub mod query;
pub mod wire;

use entity::{
    event,
    id::OrderId,
    stored::{ActorKind, EventSubject},
    time::Timestamp,
};
use sea_orm::{ActiveValue::NotSet, ActiveValue::Set, DatabaseTransaction, DbErr, EntityTrait};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::auth::actor::Actor;

/// Who began a command and with which request.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The caller.
    pub actor: Actor,
    /// The request, if it came by HTTP.
    pub request_id: Option<String>,
}

impl Origin {
    /// The service itself, from the command line.
    pub fn system() -> Self {
        Self { actor: Actor::System, request_id: None }
    }
}

/// One field that changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The field's name in the API.
    pub field: String,
    /// What it was.
    pub old: serde_json::Value,
    /// What it is.
    pub new: serde_json::Value,
}

impl Change {
    /// A change of `field`; values are kept as the API shows them.
    pub fn new(field: &str, old: impl Into<serde_json::Value>, new: impl Into<serde_json::Value>) -> Self {
        Self { field: field.to_owned(), old: old.into(), new: new.into() }
    }
}

/// Where in an order's timeline an event stands.
#[derive(Clone, Copy, Debug)]
pub struct OrderPlace {
    /// The order.
    pub order: OrderId,
    /// Sequence within the order, from 1.
    pub seq: i32,
    /// The order's version after the event.
    pub version: i32,
}

/// Something that happened.
pub struct NewEvent<'a> {
    /// What kind of thing it is about.
    pub subject: EventSubject,
    /// The thing.
    pub subject_id: Uuid,
    /// Its place in an order's timeline, for order events.
    pub place: Option<OrderPlace>,
    /// What happened, `ORDER_CREATED`.
    pub kind: &'static str,
    /// Why, in the caller's words.
    pub reason: Option<&'a str>,
    /// What changed.
    pub changes: &'a [Change],
}

/// The row of an event that `origin` caused at `now`.
///
/// # Errors
/// When the changes cannot be written as JSON.
pub fn row(origin: &Origin, now: Timestamp, event: &NewEvent<'_>) -> Result<event::ActiveModel, DbErr> {
    let changes = match event.changes {
        [] => None,
        changes => Some(serde_json::to_string(changes).map_err(|error| DbErr::Json(error.to_string()))?),
    };
    Ok(event::ActiveModel {
        id: NotSet,
        subject: Set(event.subject),
        subject_id: Set(event.subject_id),
        order_id: Set(event.place.map(|place| place.order)),
        seq: Set(event.place.map_or(0, |place| place.seq)),
        version: Set(event.place.map_or(0, |place| place.version)),
        kind: Set(event.kind.to_owned()),
        actor: Set(actor_kind(origin)),
        actor_id: Set(origin.actor.user()),
        request_id: Set(origin.request_id.clone()),
        reason: Set(event.reason.map(str::to_owned)),
        changes: Set(changes),
        occurred_at: Set(now),
        recorded_at: Set(now),
        position: NotSet,
    })
}

/// How events name who began a command.
pub fn actor_kind(origin: &Origin) -> ActorKind {
    origin.actor.kind()
}

/// Appends an event in the transaction that made it happen.
///
/// # Errors
/// When the database fails.
pub(crate) async fn append(tx: &DatabaseTransaction, origin: &Origin, now: Timestamp, event: &NewEvent<'_>) -> Result<(), DbErr> {
    event::Entity::insert(row(origin, now, event)?).exec_without_returning(tx).await?;
    Ok(())
}
