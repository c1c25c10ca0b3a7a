//! What every change of a return shares: its reasons, its locks, how pieces are counted.

use std::collections::HashMap;

use entity::{
    id::{OrderItemId, ReturnId},
    order, order_item, order_return, return_line,
    stored::{OrderStatus, ReturnStatus},
};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::{
    event::Origin,
    fault::{Failure, Fault},
    order::change as order_change,
};

/// Why a change of a return was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No such order, return or line, or not the caller's.
    NotFound,
    /// The goods did not leave yet, or the order is over.
    OrderNotReturnable,
    /// The return is not in a state for this.
    ReturnNotOpen,
    /// No pieces.
    Empty,
    /// A number of pieces that cannot be.
    InvalidQuantity,
    /// More pieces than can still come back.
    QuantityExceeded,
    /// The caller may not do this with it.
    Forbidden,
    /// The order changed since the version the caller knew.
    Conflict,
    /// Anything else that is wrong with the input.
    InvalidInput,
    /// The key was used with other input.
    IdempotencyKeyReused,
}

impl From<order_change::Code> for Code {
    fn from(code: order_change::Code) -> Self {
        use order_change::Code as C;
        match code {
            C::NotFound => Self::NotFound,
            C::InvalidTransition | C::OrderNotCancellable | C::OrderNotEditable => Self::OrderNotReturnable,
            C::Forbidden | C::ForceForbidden => Self::Forbidden,
            C::Conflict => Self::Conflict,
            C::IdempotencyKeyReused => Self::IdempotencyKeyReused,
            _ => Self::InvalidInput,
        }
    }
}

/// A refusal of an order's change in the words of returns.
pub fn of_order(failure: Failure<order_change::Code>) -> Failure<Code> {
    match failure {
        Failure::Refused(refusals) => Failure::Refused(
            refusals
                .into_iter()
                .map(|refusal| crate::fault::Refusal {
                    code: refusal.code.into(),
                    field: refusal.field,
                    message: refusal.message,
                    detail: refusal.detail,
                })
                .collect(),
        ),
        Failure::Denied(denied) => Failure::Denied(denied),
        Failure::Fault(fault) => Failure::Fault(fault),
    }
}

/// What of an order can come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returnable {
    /// All of it has left.
    All,
    /// What of it has left in a parcel; the rest is still being prepared.
    WhatLeft,
    /// Nothing has left, or the order is over.
    Nothing,
}

/// What of an order in this status can come back: goods must have left.
pub const fn returnable(status: OrderStatus) -> Returnable {
    use OrderStatus as S;
    match status {
        S::Shipped | S::OutForDelivery | S::Delivered | S::Damaged => Returnable::All,
        S::Processing => Returnable::WhatLeft,
        S::Pending | S::Confirmed | S::Cancelled | S::Refunded | S::Returned => Returnable::Nothing,
    }
}

/// Whether pieces of a return in this status are spoken for.
pub const fn counts(status: ReturnStatus) -> bool {
    match status {
        ReturnStatus::Requested | ReturnStatus::Approved | ReturnStatus::Received => true,
        ReturnStatus::Rejected | ReturnStatus::Cancelled => false,
    }
}

/// What came of a change of a return.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The return as it is now.
    pub row: order_return::Model,
    /// Its lines.
    pub lines: Vec<return_line::Model>,
    /// The order as it is now.
    pub order: order::Model,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
}

/// An order with its lines and all that came back of it or is to come, the order's row locked.
pub struct Whole {
    /// The order.
    pub order: order::Model,
    /// Its lines, by place.
    pub items: Vec<order_item::Model>,
    /// Its returns, oldest first.
    pub returns: Vec<order_return::Model>,
    /// What each of them holds.
    pub lines: Vec<return_line::Model>,
}

impl Whole {
    /// Reads what belongs to a locked order.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn of(tx: &DatabaseTransaction, order: order::Model) -> Result<Self, Fault> {
        let items = order_item::Entity::find()
            .filter(order_item::Column::OrderId.eq(order.id))
            .order_by_asc(order_item::Column::Position)
            .all(tx)
            .await?;
        let returns = order_return::Entity::find()
            .filter(order_return::Column::OrderId.eq(order.id))
            .order_by_asc(order_return::Column::Position)
            .all(tx)
            .await?;
        let lines = return_line::Entity::find()
            .filter(return_line::Column::ReturnId.is_in(returns.iter().map(|row| row.id)))
            .all(tx)
            .await?;
        Ok(Self { order, items, returns, lines })
    }

    /// A line of the order.
    pub fn item(&self, id: OrderItemId) -> Option<&order_item::Model> {
        self.items.iter().find(|item| item.id == id)
    }

    /// Pieces of each line that came back or are to come.
    pub fn spoken_for(&self) -> HashMap<OrderItemId, i32> {
        let mut pieces = HashMap::new();
        for row in self.returns.iter().filter(|row| counts(row.status)) {
            for line in self.lines_of(row.id) {
                let counted = if row.status == ReturnStatus::Received { line.received } else { line.quantity };
                *pieces.entry(line.order_item_id).or_insert(0) += counted;
            }
        }
        pieces
    }

    /// Pieces of each line that came back.
    pub fn received(&self) -> HashMap<OrderItemId, i32> {
        let mut pieces = HashMap::new();
        for line in &self.lines {
            *pieces.entry(line.order_item_id).or_insert(0) += line.received;
        }
        pieces
    }

    /// The lines of one return.
    pub fn lines_of(&self, id: ReturnId) -> impl Iterator<Item = &return_line::Model> {
        self.lines.iter().filter(move |line| line.return_id == id)
    }
}

/// Finds the order of a return that the caller sees, locks it, and reads it whole.
///
/// # Errors
/// [`Code::NotFound`].
pub(crate) async fn lock(
    tx: &DatabaseTransaction,
    origin: &Origin,
    id: ReturnId,
) -> Result<(Whole, order_return::Model), Failure<Code>> {
    let not_found = || Failure::refused(Code::NotFound, ["return"], "Return not found");
    let row = order_return::Entity::find_by_id(id).one(tx).await?.ok_or_else(not_found)?;
    let order = order_change::lock(tx, origin, row.order_id).await.map_err(|failure| match failure {
        Failure::Refused(_) => not_found(),
        other => of_order(other),
    })?;
    let whole = Whole::of(tx, order).await?;
    // Read again under the lock.
    let row = whole.returns.iter().find(|row| row.id == id).cloned().ok_or_else(not_found)?;
    Ok((whole, row))
}

/// A return's pieces as events tell them.
pub fn told<'a>(lines: impl IntoIterator<Item = &'a return_line::Model>) -> Value {
    lines
        .into_iter()
        .map(|line| {
            json!({
                "item": line.order_item_id,
                "quantity": line.quantity,
                "reason": line.reason.as_str(),
                "received": line.received,
                "restocked": line.restocked,
            })
        })
        .collect()
}
