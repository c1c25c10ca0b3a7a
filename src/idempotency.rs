//! Idempotency keys: the same key and input have one effect and one answer (IDEM-01).
//!
//! The key is claimed in the transaction of the effect, so either both are there or neither. A second call with the same
//! key waits in the database for the first one's end and then finds its answer.

use std::{
    fmt::{Display, Write as _},
    str::FromStr,
};

use entity::{idempotency_key, time::Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, sea_query::OnConflict};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::{
    auth::{actor::Actor, policy::Right},
    db::Db,
    fault::{Failure, Fault},
};

/// Longest key that is taken.
pub const MAX_KEY: usize = 255;

/// A caller's key for one mutation, with a fingerprint of the input it goes with.
#[derive(Clone, Debug)]
pub struct Key {
    scope: String,
    key: String,
    input_hash: String,
}

/// Why a key is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRefused {
    /// Empty or too long.
    Invalid,
    /// Used before with other input.
    Reused,
}

/// What claiming a key found.
pub enum Claim {
    /// The key is new and now the caller's.
    Fresh,
    /// The answer of the call that used it first.
    Replay(String),
    /// Used before with other input.
    Reused,
}

impl Key {
    /// The key of a caller for a mutation. `input` is everything the answer depends on, without the key itself.
    ///
    /// # Errors
    /// [`KeyRefused::Invalid`] for an empty or overlong key.
    pub fn new(actor: &Actor, right: Right, key: &str, input: &impl Serialize) -> Result<Self, KeyRefused> {
        if key.is_empty() || key.len() > MAX_KEY {
            return Err(KeyRefused::Invalid);
        }
        let input = serde_json::to_vec(input).map_err(|_| KeyRefused::Invalid)?;
        let caller = actor.user().map_or_else(|| "system".to_owned(), |user| user.to_string());
        Ok(Self {
            scope: format!("{caller}/{}", right.mutation()),
            key: key.to_owned(),
            input_hash: hex(&Sha256::digest(&input)),
        })
    }

    /// Claims the key for `answer`, or finds the answer it got before.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn claim(&self, tx: &DatabaseTransaction, answer: String, now: Timestamp) -> Result<Claim, Fault> {
        let row = idempotency_key::ActiveModel {
            scope: Set(self.scope.clone()),
            key: Set(self.key.clone()),
            input_hash: Set(self.input_hash.clone()),
            answer: Set(answer),
            created_at: Set(now),
        };
        let primary_key = [idempotency_key::Column::Scope, idempotency_key::Column::Key];
        let inserted = idempotency_key::Entity::insert(row)
            .on_conflict(OnConflict::columns(primary_key).do_nothing().to_owned())
            .exec_without_returning(tx)
            .await?;
        if inserted == 1 {
            return Ok(Claim::Fresh);
        }
        let known = idempotency_key::Entity::find_by_id((self.scope.clone(), self.key.clone())).one(tx).await?;
        let known = known.ok_or_else(|| Fault::Database(DbErr::RecordNotFound("idempotency key".into())))?;
        match known.input_hash == self.input_hash {
            true => Ok(Claim::Replay(known.answer)),
            false => Ok(Claim::Reused),
        }
    }

    /// Replaces the answer of a key claimed in this transaction, for commands that know it only at their end.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn answer(&self, tx: &DatabaseTransaction, answer: String) -> Result<(), Fault> {
        let row = idempotency_key::ActiveModel {
            scope: Set(self.scope.clone()),
            key: Set(self.key.clone()),
            answer: Set(answer),
            ..Default::default()
        };
        idempotency_key::Entity::update(row).exec(tx).await?;
        Ok(())
    }
}

/// A command's own words for keys that are not taken.
pub trait KeyCodes {
    /// For a key that is empty or too long.
    const INVALID: Self;
    /// For a key that was used with other input.
    const REUSED: Self;
}

/// The key of a caller who gave one, for a command that creates something.
///
/// # Errors
/// [`KeyCodes::INVALID`] for an empty or overlong key.
pub fn given<C: KeyCodes>(
    actor: &Actor,
    right: Right,
    key: Option<&str>,
    input: &impl Serialize,
) -> Result<Option<Key>, Failure<C>> {
    let key = key.map(|key| Key::new(actor, right, key, input)).transpose();
    key.map_err(|_| Failure::refused(C::INVALID, ["idempotencyKey"], "must have 1 to 255 characters"))
}

/// Claims a key, if there is one, for the id of what is being created; the id of the first call when this one repeats it.
///
/// # Errors
/// [`KeyCodes::REUSED`] for a key that was used with other input.
pub(crate) async fn claim_id<I, C>(
    tx: &DatabaseTransaction,
    key: Option<&Key>,
    id: I,
    now: Timestamp,
) -> Result<Option<I>, Failure<C>>
where
    I: Display + FromStr,
    C: KeyCodes,
{
    let Some(key) = key else { return Ok(None) };
    match key.claim(tx, id.to_string(), now).await? {
        Claim::Fresh => Ok(None),
        Claim::Replay(answer) => match answer.parse() {
            Ok(id) => Ok(Some(id)),
            Err(_) => Err(Fault::Corrupt(format!("idempotent answer {answer}")).into()),
        },
        Claim::Reused => Err(Failure::refused(C::REUSED, ["idempotencyKey"], "this key was used with other input")),
    }
}

/// How long a key is remembered, in days.
pub const KEPT_DAYS: i64 = 30;

/// Forgets the keys whose time is over.
///
/// # Errors
/// When the database fails.
pub(crate) async fn forget(db: &Db, now: Timestamp) -> Result<(), Fault> {
    let before = now.plus_seconds(-KEPT_DAYS * 86_400);
    idempotency_key::Entity::delete_many().filter(idempotency_key::Column::CreatedAt.lt(before)).exec(db.writer()).await?;
    Ok(())
}

/// Bytes as hexadecimal text.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
