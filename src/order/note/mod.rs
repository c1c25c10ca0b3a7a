//! Notes of staff and sellers on an order, beside the buyer's own `note` (ORD-26, C-21).
//!
//! The buyer sees the public ones, staff see all, members of a store see the public ones and those of their store. Events
//! never hold the text of a private note: what is told to others of an order cannot give it away.

pub mod add;
pub mod delete;
pub mod update;

use std::collections::HashMap;

use entity::{
    id::{OrderId, OrderNoteId},
    order, order_note,
    time::Timestamp,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::{
    change,
    query::{self, Unseen},
};
use crate::{
    auth::actor::Actor,
    event::{Change, Origin},
    fault::{Failure, Fault, Refusal},
    idempotency::{Claim, Key},
    text,
};

/// Longest note.
pub const MAX_TEXT: usize = 5_000;

/// Why a note was not written, changed or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No such order, note or store, or not the caller's to see.
    NotFound,
    /// Only sellers of the order and staff write notes, only the author and administrators change one.
    Forbidden,
    /// The order changed since the version the caller knew.
    Conflict,
    /// Anything else that is wrong with the input.
    InvalidInput,
    /// The key was used with other input.
    IdempotencyKeyReused,
}

impl From<change::Code> for Code {
    fn from(code: change::Code) -> Self {
        use change::Code as C;
        match code {
            C::NotFound => Self::NotFound,
            C::Forbidden | C::ForceForbidden => Self::Forbidden,
            C::Conflict => Self::Conflict,
            C::IdempotencyKeyReused => Self::IdempotencyKeyReused,
            C::InvalidInput
            | C::InvalidTransition
            | C::OrderNotCancellable
            | C::OrderNotEditable
            | C::OrderOnHold
            | C::ReasonRequired
            | C::InvalidAddress => Self::InvalidInput,
        }
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Noted {
    /// The order as it is now.
    pub order: order::Model,
    /// The note's id.
    pub id: OrderNoteId,
    /// The note; `None` when it is gone.
    pub note: Option<order_note::Model>,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
}

/// Whether a caller who sees the order sees this note of it.
pub fn shows(actor: &Actor, note: &order_note::Model) -> bool {
    note.is_public || actor.sees_all() || note.store_id.is_some_and(|store| actor.stores().contains(&store))
}

/// The notes of several orders, oldest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_order(
    conn: &impl ConnectionTrait,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, Vec<order_note::Model>>, Fault> {
    let rows = order_note::Entity::find()
        .filter(order_note::Column::OrderId.is_in(orders.iter().copied()))
        .order_by_asc(order_note::Column::Position)
        .all(conn)
        .await?;
    let mut by_order: HashMap<OrderId, Vec<order_note::Model>> = HashMap::new();
    for row in rows {
        by_order.entry(row.order_id).or_default().push(row);
    }
    Ok(by_order)
}

/// A note the caller sees.
///
/// # Errors
/// [`Unseen::Denied`] for nobody.
pub(crate) async fn visible(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    id: OrderNoteId,
) -> Result<Option<order_note::Model>, Unseen> {
    let Some(note) = order_note::Entity::find_by_id(id).one(conn).await?.filter(|note| shows(actor, note)) else {
        return Ok(None);
    };
    Ok(query::visible(conn, actor, note.order_id).await?.map(|_| note))
}

/// The text as it is kept.
fn checked(given: &str) -> Result<String, Refusal<Code>> {
    match text::block(given, MAX_TEXT) {
        Ok(text) if text.is_empty() => Err(Refusal::new(Code::InvalidInput, ["text"], "must have 1 to 5000 characters")),
        Ok(text) => Ok(text),
        Err(problem) => Err(Refusal::new(Code::InvalidInput, ["text"], problem)),
    }
}

/// A note that the caller wrote or may change as an administrator, and its order, locked.
async fn lock(
    tx: &DatabaseTransaction,
    origin: &Origin,
    id: OrderNoteId,
) -> Result<(order::Model, order_note::Model), Failure<Code>> {
    let not_found = || Failure::refused(Code::NotFound, ["note"], "Note not found");
    let find = || async { order_note::Entity::find_by_id(id).one(tx).await };
    let place = find().await?.ok_or_else(not_found)?.order_id;
    let order = match change::lock(tx, origin, place).await {
        Ok(order) => order,
        Err(Failure::Refused(_)) => return Err(not_found()),
        Err(other) => return Err(other.told()),
    };
    // Only now does nobody else change it.
    let note = find().await?.filter(|note| shows(&origin.actor, note)).ok_or_else(not_found)?;
    let is_author = note.author_id.is_some() && note.author_id == origin.actor.user();
    match is_author || origin.actor.is_admin() {
        true => Ok((order, note)),
        false => Err(Failure::refused(Code::Forbidden, ["note"], "only its author or an administrator may change a note")),
    }
}

/// Claims a key; what the first call came to when this one repeats it.
async fn claim(
    tx: &DatabaseTransaction,
    origin: &Origin,
    key: Option<&Key>,
    answer: String,
    now: Timestamp,
) -> Result<Option<Noted>, Failure<Code>> {
    let Some(key) = key else { return Ok(None) };
    match key.claim(tx, answer, now).await? {
        Claim::Fresh => Ok(None),
        Claim::Reused => {
            Err(Failure::refused(Code::IdempotencyKeyReused, ["idempotencyKey"], "this key was used with other input"))
        }
        Claim::Replay(answer) => {
            let ids = answer.split_once(' ').and_then(|(order, note)| Some((order.parse().ok()?, note.parse().ok()?)));
            let (order, id): (OrderId, OrderNoteId) = ids.ok_or_else(|| Fault::Corrupt(format!("idempotent answer {answer}")))?;
            let order = query::visible(tx, &origin.actor, order).await.map_err(Unseen::into_failure)?;
            let order = order.ok_or_else(|| Failure::refused(Code::NotFound, ["order"], "Order not found"))?;
            let note = order_note::Entity::find_by_id(id).one(tx).await?;
            Ok(Some(Noted { order, id, note, replayed: true }))
        }
    }
}

/// The answer kept under a key.
fn answer(order: OrderId, note: OrderNoteId) -> String {
    format!("{order} {note}")
}

/// A note as events tell of it: of a private one not what it says.
fn told(note: &order_note::Model) -> Value {
    let mut document = json!({ "id": note.id, "isPublic": note.is_public, "store": note.store_id });
    if note.is_public {
        document["text"] = note.text.as_str().into();
    }
    document
}

fn changed(old: Option<&order_note::Model>, new: Option<&order_note::Model>) -> [Change; 1] {
    let document = |note: Option<&order_note::Model>| note.map_or(Value::Null, told);
    [Change::new("notes", document(old), document(new))]
}

/// The next place among an order's notes. Its row is locked.
async fn next_position(tx: &DatabaseTransaction, order: OrderId) -> Result<i32, DbErr> {
    let notes = order_note::Entity::find().filter(order_note::Column::OrderId.eq(order));
    let last = notes.order_by_desc(order_note::Column::Position).one(tx).await?;
    Ok(last.map_or(0, |note| note.position + 1))
}
