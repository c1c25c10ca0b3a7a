//! What every change of a customer shares: its reasons, its rules, finding and locking it, its event.

use entity::{customer, id::CustomerId, stored::EventSubject, time::Timestamp};
use sea_orm::{DatabaseTransaction, DbErr, EntityTrait, QuerySelect};

use crate::{
    auth::{policy::Reach, user::is_email},
    event::{self, Change, NewEvent, Origin},
    fault::{Failure, Refusal},
    idempotency::KeyCodes,
    text,
};

/// What the event of a change is called.
pub(super) const UPDATED: &str = "CUSTOMER_UPDATED";

/// Longest name (CUST-03).
const MAX_NAME: usize = 255;

/// Why a change of a customer was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No such customer, or not the caller.
    NotFound,
    /// Another customer has this address.
    EmailTaken,
    /// Only staff, or only administrators, may give this.
    Forbidden,
    /// Anything else that is wrong with the input.
    InvalidInput,
    /// The key was used with other input.
    IdempotencyKeyReused,
}

impl KeyCodes for Code {
    const INVALID: Self = Self::InvalidInput;
    const REUSED: Self = Self::IdempotencyKeyReused;
}

fn invalid(field: &str, problem: impl Into<String>) -> Refusal<Code> {
    Refusal::new(Code::InvalidInput, [field], problem)
}

/// A name as it is kept.
pub(super) fn name(given: &str) -> Result<String, Refusal<Code>> {
    text::line(given, MAX_NAME).map_err(|problem| invalid("name", problem))
}

/// An e-mail address as it is kept; none when it is blank.
pub(super) fn email(given: &str) -> Result<Option<String>, Refusal<Code>> {
    match given.trim().to_lowercase() {
        email if email.is_empty() => Ok(None),
        email if is_email(&email) => Ok(Some(email)),
        _ => Err(invalid("email", "is not an e-mail address")),
    }
}

/// A telephone number as it is kept; none when it is blank.
pub(super) fn phone(given: &str) -> Result<Option<String>, Refusal<Code>> {
    match given.trim() {
        "" => Ok(None),
        phone if text::is_phone(phone) => Ok(Some(phone.to_owned())),
        _ => Err(invalid("phone", "is not a telephone number of at most 32 characters")),
    }
}

/// The refusal of an address that another customer has.
pub(super) fn email_taken<T>() -> Result<T, Failure<Code>> {
    Err(Failure::refused(Code::EmailTaken, ["email"], "a customer with this address exists"))
}

/// A customer within the caller's reach, its row locked until the end of the transaction; `None` for any other.
pub(super) async fn lock(
    tx: &DatabaseTransaction,
    origin: &Origin,
    reach: Reach,
    id: CustomerId,
) -> Result<Option<customer::Model>, DbErr> {
    if reach == Reach::Own && origin.actor.customer() != Some(id) {
        return Ok(None);
    }
    customer::Entity::find_by_id(id).lock_exclusive().one(tx).await
}

/// That a personal field changed. The log is never changed, and people may have their data erased: it says which field
/// changed and keeps neither the old nor the new value.
pub(super) fn personal(field: &str) -> Change {
    Change::new(field, serde_json::Value::Null, serde_json::Value::Null)
}

/// Writes what happened to a customer.
pub(super) async fn log(
    tx: &DatabaseTransaction,
    origin: &Origin,
    now: Timestamp,
    id: CustomerId,
    kind: &'static str,
    changes: &[Change],
) -> Result<(), DbErr> {
    let happened = NewEvent { subject: EventSubject::Customer, subject_id: id.0, place: None, kind, reason: None, changes };
    event::append(tx, origin, now, &happened).await
}
