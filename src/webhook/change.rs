//! What every change of an endpoint shares: its reasons, finding and locking it, its event.

use entity::{
    id::{StoreId, WebhookEndpointId},
    stored::EventSubject,
    time::Timestamp,
    webhook_endpoint,
};
use sea_orm::{DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect};

use super::{address, filter::is_type, query};
use crate::{
    event::{self, Change, NewEvent, Origin},
    fault::{Failure, Refusal},
    idempotency::KeyCodes,
    text,
};

/// Longest description.
const MAX_DESCRIPTION: usize = 500;

/// Most types in a list.
const MAX_TYPES: usize = 100;

/// Why a change of an endpoint was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No such endpoint, delivery or store, or not the caller's.
    NotFound,
    /// Not an address that webhooks may go to.
    InvalidUrl,
    /// There are as many endpoints as there may be.
    LimitReached,
    /// The endpoint is disabled.
    EndpointDisabled,
    /// Anything else that is wrong with the input.
    InvalidInput,
    /// The key was used with other input.
    IdempotencyKeyReused,
}

impl KeyCodes for Code {
    const INVALID: Self = Self::InvalidInput;
    const REUSED: Self = Self::IdempotencyKeyReused;
}

/// The address as it is kept.
pub(super) fn url(given: &str, allow_private: bool) -> Result<String, Refusal<Code>> {
    let read = address::read(given.trim(), allow_private);
    read.map(String::from).map_err(|problem| Refusal::new(Code::InvalidUrl, ["url"], problem))
}

/// The description as it is kept.
pub(super) fn description(given: &str) -> Result<String, Refusal<Code>> {
    text::block(given, MAX_DESCRIPTION).map_err(|problem| Refusal::new(Code::InvalidInput, ["description"], problem))
}

/// The list of wanted types as it is kept: JSON, sorted, each once.
pub(super) fn events(given: &[String]) -> Result<String, Refusal<Code>> {
    if given.len() > MAX_TYPES {
        return Err(Refusal::new(Code::InvalidInput, ["events"], format!("has at most {MAX_TYPES} types")));
    }
    if let Some(index) = given.iter().position(|text| !is_type(text)) {
        let message = "must be the type of an event, such as order.confirmed or order.*";
        return Err(Refusal::new(Code::InvalidInput, ["events", index.to_string().as_str()], message));
    }
    let mut types: Vec<&str> = given.iter().map(String::as_str).collect();
    types.sort_unstable();
    types.dedup();
    Ok(serde_json::json!(types).to_string())
}

/// The refusal of an endpoint that the caller does not see.
pub(super) fn not_found() -> Failure<Code> {
    Failure::refused(Code::NotFound, ["endpoint"], "Webhook endpoint not found")
}

/// An endpoint that the caller sees, its row locked until the end of the transaction.
pub(super) async fn lock(
    tx: &DatabaseTransaction,
    origin: &Origin,
    id: WebhookEndpointId,
) -> Result<webhook_endpoint::Model, Failure<Code>> {
    let visible = query::visible_to(&origin.actor).map_err(Failure::Denied)?;
    webhook_endpoint::Entity::find_by_id(id).filter(visible).lock_exclusive().one(tx).await?.ok_or_else(not_found)
}

/// Refuses for an endpoint that is told of nothing.
pub(super) fn must_be_active(endpoint: &webhook_endpoint::Model) -> Result<(), Failure<Code>> {
    match endpoint.status {
        entity::stored::WebhookStatus::Active => Ok(()),
        entity::stored::WebhookStatus::Disabled => {
            Err(Failure::refused(Code::EndpointDisabled, ["endpoint"], "the endpoint is disabled; make it ACTIVE first"))
        }
    }
}

/// Writes what happened to an endpoint.
pub(super) async fn log(
    tx: &DatabaseTransaction,
    origin: &Origin,
    now: Timestamp,
    id: WebhookEndpointId,
    kind: &'static str,
    reason: Option<&str>,
    changes: &[Change],
) -> Result<(), DbErr> {
    let happened = NewEvent { subject: EventSubject::WebhookEndpoint, subject_id: id.0, place: None, kind, reason, changes };
    event::append(tx, origin, now, &happened).await
}

/// The store of an endpoint as an event tells it.
pub(super) fn store_json(store: Option<StoreId>) -> serde_json::Value {
    store.map_or(serde_json::Value::Null, |store| store.to_string().into())
}
