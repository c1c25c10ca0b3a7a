//! What every change of an order shares: finding and locking it, the version the caller knew, the key, the end.

use std::{borrow::Cow, collections::HashMap};

use entity::{event as event_row, id::OrderId, order, stored::EventSubject, time::Timestamp};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;

use super::{
    past,
    query::{self, Scope},
};
use crate::{
    auth::policy::Right,
    event::{self, Change, NewEvent, OrderPlace, Origin},
    fault::{Detail, Failure, Fault, Refusal},
    idempotency::{Claim, Key},
};

/// Why a change of an order was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No such order, or not the caller's to see.
    NotFound,
    /// The table does not allow this status to follow.
    InvalidTransition,
    /// The order cannot be cancelled in its current status.
    OrderNotCancellable,
    /// The order cannot be changed in its current status.
    OrderNotEditable,
    /// The order is held.
    OrderOnHold,
    /// This needs a reason.
    ReasonRequired,
    /// Only administrators may force.
    ForceForbidden,
    /// The caller may not do this with the order.
    Forbidden,
    /// The order changed since the version the caller knew.
    Conflict,
    /// Not an address.
    InvalidAddress,
    /// Anything else that is wrong with the input.
    InvalidInput,
    /// The key was used with other input.
    IdempotencyKeyReused,
}

/// How a change is asked for.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Terms {
    /// Why, in the caller's words.
    pub reason: Option<String>,
    /// Beyond the table, by administrators.
    pub force: bool,
    /// The version the caller knew.
    pub expected_version: Option<i32>,
    /// A key that makes a repeated call the same call.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
    /// Everything but the commit.
    #[serde(skip)]
    pub dry_run: bool,
}

/// Longest reason.
const MAX_REASON: usize = 2_000;

impl Terms {
    /// Checks what can be said without the order.
    ///
    /// # Errors
    /// [`Code::InvalidInput`] for an overlong reason.
    pub fn check(&self) -> Result<(), Failure<Code>> {
        match self.reason.as_deref() {
            Some(reason) if reason.chars().count() > MAX_REASON => {
                Err(Failure::refused(Code::InvalidInput, ["reason"], "has at most 2000 characters"))
            }
            _ => Ok(()),
        }
    }

    /// The reason, if it says anything.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty())
    }

    /// The key for a mutation with this input.
    ///
    /// # Errors
    /// [`Code::InvalidInput`] for an empty or overlong key.
    pub fn key(&self, origin: &Origin, right: Right, input: &impl Serialize) -> Result<Option<Key>, Failure<Code>> {
        let key = self.idempotency_key.as_deref().map(|key| Key::new(&origin.actor, right, key, &(self, input)));
        key.transpose().map_err(|_| Failure::refused(Code::InvalidInput, ["idempotencyKey"], "must have 1 to 255 characters"))
    }
}

/// What came of a change.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The order as it is now.
    pub order: order::Model,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
}

/// An order that the caller sees, its row locked until the end of the transaction.
///
/// # Errors
/// [`Code::NotFound`] for what does not exist for the caller.
pub(crate) async fn lock(tx: &DatabaseTransaction, origin: &Origin, id: OrderId) -> Result<order::Model, Failure<Code>> {
    let visible = Scope::of(&origin.actor).map_err(Failure::Denied)?.condition();
    let order = order::Entity::find_by_id(id).filter(visible).lock_exclusive().one(tx).await?;
    order.ok_or_else(|| Failure::refused(Code::NotFound, ["order"], "Order not found"))
}

/// The orders of many ids that the caller sees, by id, their rows locked in id order until the end of the transaction.
///
/// # Errors
/// When the database fails.
pub(crate) async fn lock_all<C>(
    tx: &DatabaseTransaction,
    origin: &Origin,
    ids: &[OrderId],
) -> Result<HashMap<OrderId, order::Model>, Failure<C>> {
    let visible = Scope::of(&origin.actor).map_err(Failure::Denied)?.condition();
    let rows = order::Entity::find()
        .filter(order::Column::Id.is_in(ids.iter().copied()))
        .filter(visible)
        .order_by_asc(order::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|order| (order.id, order)).collect())
}

/// Claims the key of a change of one order; the order as it is now when the call repeats an earlier one.
///
/// # Errors
/// [`Code::IdempotencyKeyReused`].
pub(crate) async fn claim(
    tx: &DatabaseTransaction,
    origin: &Origin,
    key: Option<&Key>,
    id: OrderId,
    now: Timestamp,
) -> Result<Option<Changed>, Failure<Code>> {
    let Some(key) = key else { return Ok(None) };
    match key.claim(tx, id.to_string(), now).await? {
        Claim::Fresh => Ok(None),
        Claim::Reused => {
            Err(Failure::refused(Code::IdempotencyKeyReused, ["idempotencyKey"], "this key was used with other input"))
        }
        Claim::Replay(_) => {
            let order = query::visible(tx, &origin.actor, id).await.map_err(query::Unseen::into_failure)?;
            let order = order.ok_or_else(|| Failure::refused(Code::NotFound, ["order"], "Order not found"))?;
            Ok(Some(Changed { order, replayed: true }))
        }
    }
}

/// Refuses when the order changed since the version the caller knew, naming the fields that did.
///
/// # Errors
/// [`Code::Conflict`].
pub(crate) async fn expect_version(
    tx: &DatabaseTransaction,
    order: &order::Model,
    expected: Option<i32>,
) -> Result<(), Failure<Code>> {
    let Some(expected) = expected.filter(|expected| *expected != order.version) else { return Ok(()) };
    let changed_fields = event::query::fields_changed_since(tx, order.id, expected).await?;
    let message = match changed_fields.as_slice() {
        [] => format!("the order is at version {}, not {expected}", order.version),
        fields => format!("the order changed since version {expected}: {}", fields.join(", ")),
    };
    let detail = Detail { changed_fields, current_version: Some(order.version), ..Default::default() };
    Err(Refusal::new(Code::Conflict, ["expectedVersion"], message).with(detail).into())
}

/// Stores a changed order as its next version together with the event that tells of it.
///
/// # Errors
/// When the database fails.
#[allow(clippy::too_many_arguments, reason = "the order before and after, and the parts of its event")]
pub async fn store(
    tx: &DatabaseTransaction,
    origin: &Origin,
    before: &order::Model,
    mut after: order::Model,
    kind: &'static str,
    reason: Option<&str>,
    changes: &[Change],
    now: Timestamp,
) -> Result<order::Model, Fault> {
    after.version = before.version + 1;
    after.event_seq = before.event_seq + 1;
    after.updated_at = now;
    write_differences(tx, before, &after).await?;
    // What the command did not tell of, the event tells all the same: the order's past is read from it.
    let untold = past::untold(before, &after, changes);
    let changes = match untold.is_empty() {
        true => Cow::Borrowed(changes),
        false => Cow::Owned([changes, &untold].concat()),
    };
    let event = NewEvent {
        subject: EventSubject::Order,
        subject_id: after.id.0,
        place: Some(OrderPlace { order: after.id, seq: after.event_seq, version: after.version }),
        kind,
        reason,
        changes: &changes,
    };
    event_row::Entity::insert(event::row(origin, now, &event)?).exec_without_returning(tx).await?;
    Ok(after)
}

/// Updates only the columns that differ, and only while nobody else changed the row: compare and set on the version,
/// whatever locks were taken before.
async fn write_differences(tx: &DatabaseTransaction, before: &order::Model, after: &order::Model) -> Result<(), Fault> {
    use sea_orm::{Iterable as _, ModelTrait as _};
    let mut update =
        order::Entity::update_many().filter(order::Column::Id.eq(before.id)).filter(order::Column::Version.eq(before.version));
    for column in order::Column::iter() {
        let value = after.get(column);
        if value != before.get(column) {
            update = update.col_expr(column, sea_orm::sea_query::Expr::value(value));
        }
    }
    match update.exec(tx).await?.rows_affected {
        1 => Ok(()),
        _ => Err(Fault::Database(sea_orm::DbErr::RecordNotUpdated)),
    }
}

/// Ends a change: for a dry run by taking everything back.
///
/// # Errors
/// When the database fails.
pub(crate) async fn finish(tx: DatabaseTransaction, dry_run: bool) -> Result<(), Fault> {
    match dry_run {
        true => tx.rollback().await?,
        false => tx.commit().await?,
    }
    Ok(())
}
