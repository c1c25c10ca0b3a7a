//! What every change of a store shares: its reasons, finding and locking it, its event.

use entity::{id::StoreId, store, stored::EventSubject, time::Timestamp, user};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect};

use crate::{
    auth::policy::Reach,
    event::{self, Change, NewEvent, Origin},
    fault::{Failure, Refusal},
    idempotency::KeyCodes,
    text,
};

/// Longest name.
const MAX_NAME: usize = 255;

/// Longest slug.
pub(super) const MAX_SLUG: usize = 63;

/// Why a change of a store was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No such store or user, or not the caller's.
    NotFound,
    /// Another store has this slug.
    SlugTaken,
    /// The store has products, whose prices are in its currency.
    CurrencyFixed,
    /// Anything else that is wrong with the input.
    InvalidInput,
    /// The key was used with other input.
    IdempotencyKeyReused,
}

impl KeyCodes for Code {
    const INVALID: Self = Self::InvalidInput;
    const REUSED: Self = Self::IdempotencyKeyReused;
}

/// The name as it is kept.
pub(super) fn name(given: &str) -> Result<String, Refusal<Code>> {
    text::line(given, MAX_NAME).map_err(|problem| Refusal::new(Code::InvalidInput, ["name"], problem))
}

/// A slug that was given: only what the service would write itself.
pub(super) fn slug(given: &str) -> Result<String, Refusal<Code>> {
    match text::slug(given, MAX_SLUG) {
        Some(slug) if slug == given => Ok(slug),
        _ => {
            let message = format!("has 1 to {MAX_SLUG} lower-case letters, digits and single hyphens between them");
            Err(Refusal::new(Code::InvalidInput, ["slug"], message))
        }
    }
}

/// The refusal of a slug that another store has.
pub(super) fn slug_taken<T>() -> Result<T, Failure<Code>> {
    Err(Failure::refused(Code::SlugTaken, ["slug"], "another store has this slug"))
}

/// A store within the caller's reach, its row locked until the end of the transaction.
pub(super) async fn lock(
    tx: &DatabaseTransaction,
    origin: &Origin,
    reach: Reach,
    id: StoreId,
) -> Result<store::Model, Failure<Code>> {
    let not_found = || Failure::refused(Code::NotFound, ["store"], "Store not found");
    if reach == Reach::Own && !origin.actor.stores().contains(&id) {
        return Err(not_found());
    }
    store::Entity::find_by_id(id).lock_exclusive().one(tx).await?.ok_or_else(not_found)
}

/// The user who signs in with an e-mail address.
pub(super) async fn user_of(tx: &DatabaseTransaction, email: &str) -> Result<user::Model, Failure<Code>> {
    let not_found = || Failure::refused(Code::NotFound, ["user"], "User not found");
    if email.contains('\0') {
        return Err(not_found());
    }
    let email = email.trim().to_lowercase();
    user::Entity::find().filter(user::Column::Email.eq(email)).one(tx).await?.ok_or_else(not_found)
}

/// Writes what happened to a store.
pub(super) async fn log(
    tx: &DatabaseTransaction,
    origin: &Origin,
    now: Timestamp,
    id: StoreId,
    kind: &'static str,
    changes: &[Change],
) -> Result<(), DbErr> {
    let happened = NewEvent { subject: EventSubject::Store, subject_id: id.0, place: None, kind, reason: None, changes };
    event::append(tx, origin, now, &happened).await
}
