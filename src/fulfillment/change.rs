//! What every change of a fulfillment shares: its reasons, who may, the key, the end.

use entity::{
    fulfillment,
    id::{FulfillmentId, OrderId},
    order,
    stored::OrderStatus,
    time::Timestamp,
};
use sea_orm::{DatabaseTransaction, EntityTrait};

use super::{query, scene::Scene};
use crate::{
    auth::policy::Reach,
    event::Origin,
    fault::{Detail, Failure, Refusal},
    idempotency::{Claim, Key},
    order::{
        change::{self as order_change, Code as OrderCode, Terms},
        query as orders,
    },
};

/// Why a change of a fulfillment was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No such thing, or not the caller's to see.
    NotFound,
    /// It cannot be done in the current status of the order or of the fulfillment.
    InvalidTransition,
    /// The order is held.
    OrderOnHold,
    /// More pieces than are left.
    QuantityExceeded,
    /// Nothing of it is left to send.
    NothingLeft,
    /// Several stores have goods in the order.
    StoreRequired,
    /// The caller may not do this.
    Forbidden,
    /// The order changed since the version the caller knew.
    Conflict,
    /// Anything else that is wrong with the input.
    InvalidInput,
    /// The key was used with other input.
    IdempotencyKeyReused,
}

impl From<OrderCode> for Code {
    fn from(code: OrderCode) -> Self {
        match code {
            OrderCode::NotFound => Self::NotFound,
            OrderCode::InvalidTransition => Self::InvalidTransition,
            OrderCode::OrderOnHold => Self::OrderOnHold,
            OrderCode::Forbidden => Self::Forbidden,
            OrderCode::Conflict => Self::Conflict,
            OrderCode::IdempotencyKeyReused => Self::IdempotencyKeyReused,
            _ => Self::InvalidInput,
        }
    }
}

/// What of an order's change was refused, in the words of a fulfillment's.
pub fn of_order(failure: Failure<OrderCode>) -> Failure<Code> {
    match failure {
        Failure::Refused(refusals) => {
            let own = |refusal: Refusal<OrderCode>| {
                let Refusal { code, field, message, detail } = refusal;
                Refusal { code: code.into(), field, message, detail }
            };
            Failure::Refused(refusals.into_iter().map(own).collect())
        }
        Failure::Denied(denied) => Failure::Denied(denied),
        Failure::Fault(fault) => Failure::Fault(fault),
    }
}

/// What came of a change.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The order as it is now.
    pub order: order::Model,
    /// The fulfillment as it is now.
    pub fulfillment: fulfillment::Model,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
}

/// Who does it, why, and when.
#[derive(Clone, Copy)]
pub struct How<'a> {
    /// Who began the command.
    pub origin: &'a Origin,
    /// Why, in the caller's words.
    pub reason: Option<&'a str>,
    /// The time of the change.
    pub now: Timestamp,
}

/// Nothing that the caller sees.
pub fn not_found() -> Failure<Code> {
    Failure::refused(Code::NotFound, ["fulfillment"], "Fulfillment not found")
}

/// Claims the key of a change for a fulfillment; what it is now when the call repeats an earlier one.
///
/// # Errors
/// [`Code::IdempotencyKeyReused`].
pub(crate) async fn claim(
    tx: &DatabaseTransaction,
    origin: &Origin,
    key: Option<&Key>,
    id: FulfillmentId,
    now: Timestamp,
) -> Result<Option<Changed>, Failure<Code>> {
    let Some(key) = key else { return Ok(None) };
    match key.claim(tx, id.to_string(), now).await? {
        Claim::Fresh => Ok(None),
        Claim::Reused => {
            Err(Failure::refused(Code::IdempotencyKeyReused, ["idempotencyKey"], "this key was used with other input"))
        }
        Claim::Replay(answer) => {
            let id = answer.parse().map_err(|_| not_found())?;
            let found = query::visible(tx, &origin.actor, id).await.map_err(orders::Unseen::into_failure)?;
            let (fulfillment, order) = found.ok_or_else(not_found)?;
            Ok(Some(Changed { order, fulfillment, replayed: true }))
        }
    }
}

/// An order that the caller sees, locked, at the version the caller knew, with its goods and fulfillments.
///
/// # Errors
/// [`Code::NotFound`], [`Code::Conflict`].
pub(crate) async fn open(tx: &DatabaseTransaction, origin: &Origin, id: OrderId, terms: &Terms) -> Result<Scene, Failure<Code>> {
    let order = order_change::lock(tx, origin, id).await.map_err(of_order)?;
    order_change::expect_version(tx, &order, terms.expected_version).await.map_err(of_order)?;
    Ok(Scene::of(tx, order).await?)
}

/// The order of a fulfillment, the same way, with the fulfillment's place in it.
///
/// # Errors
/// [`Code::NotFound`], [`Code::Conflict`], [`Code::Forbidden`] for a seller who sees it as its buyer.
pub(crate) async fn open_for(
    tx: &DatabaseTransaction,
    origin: &Origin,
    reach: Reach,
    id: FulfillmentId,
    terms: &Terms,
) -> Result<(Scene, usize), Failure<Code>> {
    let row = fulfillment::Entity::find_by_id(id).one(tx).await?.ok_or_else(not_found)?;
    // Who may not see the order learns nothing of the fulfillment.
    let order = order_change::lock(tx, origin, row.order_id).await.map_err(|failure| match failure {
        Failure::Refused(_) => not_found(),
        other => of_order(other),
    })?;
    expect_sender(origin, reach, &order, &row)?;
    order_change::expect_version(tx, &order, terms.expected_version).await.map_err(of_order)?;
    let scene = Scene::of(tx, order).await?;
    let index = scene.parcels.iter().position(|parcel| parcel.row.id == id).ok_or_else(not_found)?;
    Ok((scene, index))
}

/// Refuses what only those who send a fulfillment may do.
///
/// # Errors
/// [`Code::Forbidden`] for a seller who sees it as its buyer, [`Code::NotFound`] for other sellers.
pub fn expect_sender(origin: &Origin, reach: Reach, order: &order::Model, row: &fulfillment::Model) -> Result<(), Failure<Code>> {
    if reach == Reach::All || origin.actor.stores().contains(&row.store_id) {
        return Ok(());
    }
    Err(match orders::is_buyer(&origin.actor, order) {
        true => Failure::refused(Code::Forbidden, ["fulfillment"], "only its store and staff may do this"),
        false => not_found(),
    })
}

/// Refuses while the order is held.
///
/// # Errors
/// [`Code::OrderOnHold`].
pub fn expect_free(order: &order::Model, field: &str) -> Result<(), Failure<Code>> {
    match order.held_at {
        None => Ok(()),
        Some(_) => Err(Failure::refused(Code::OrderOnHold, [field], "the order is on hold; release it first")),
    }
}

/// A refusal of what the order's status does not allow.
pub fn wrong_order_status(field: &str, status: OrderStatus) -> Failure<Code> {
    let message = match status {
        OrderStatus::Pending => "the order is PENDING; confirm it first".to_owned(),
        other => format!("not possible while the order is {other}"),
    };
    let detail = Detail { allowed_statuses: crate::order::state::successors(status), ..Default::default() };
    Refusal::new(Code::InvalidTransition, [field], message).with(detail).into()
}
