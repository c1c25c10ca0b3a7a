//! An order with all that is known of its payments, read on the order's lock: what every change of a payment is decided on.

use entity::{
    id::{OrderId, PaymentId, RefundId},
    order, payment, payment_attempt, refund,
    stored::{AttemptKind, AttemptState, RefundStatus},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::state;
use crate::fault::Fault;

/// An order and its payments, with their refunds and attempts.
#[derive(Clone, Debug)]
pub struct Books {
    /// The order, its row locked.
    pub order: order::Model,
    /// Its payments, in their order.
    pub payments: Vec<payment::Model>,
    /// Their refunds, oldest first.
    pub refunds: Vec<refund::Model>,
    /// The calls of their providers, oldest first.
    pub attempts: Vec<payment_attempt::Model>,
}

impl Books {
    /// Locks an order and reads its payments; `None` when it is gone.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn lock(tx: &DatabaseTransaction, id: OrderId) -> Result<Option<Self>, Fault> {
        match order::Entity::find_by_id(id).lock_exclusive().one(tx).await? {
            Some(order) => Ok(Some(Self::of(tx, order).await?)),
            None => Ok(None),
        }
    }

    /// Reads the payments of an order whose row is locked.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn of(tx: &impl ConnectionTrait, order: order::Model) -> Result<Self, Fault> {
        let payments = payment::Entity::find()
            .filter(payment::Column::OrderId.eq(order.id))
            .order_by_asc(payment::Column::Position)
            .all(tx)
            .await?;
        if payments.is_empty() {
            return Ok(Self { order, payments, refunds: Vec::new(), attempts: Vec::new() });
        }
        let ids = || payments.iter().map(|payment| payment.id);
        let refunds = refund::Entity::find()
            .filter(refund::Column::PaymentId.is_in(ids()))
            .order_by_asc(refund::Column::CreatedAt)
            .order_by_asc(refund::Column::Id)
            .all(tx)
            .await?;
        let attempts = payment_attempt::Entity::find()
            .filter(payment_attempt::Column::PaymentId.is_in(ids()))
            .order_by_asc(payment_attempt::Column::CreatedAt)
            .order_by_asc(payment_attempt::Column::Id)
            .all(tx)
            .await?;
        Ok(Self { order, payments, refunds, attempts })
    }

    /// A payment.
    pub fn payment(&self, id: PaymentId) -> Option<&payment::Model> {
        self.payments.iter().find(|payment| payment.id == id)
    }

    /// A payment that must be there.
    ///
    /// # Errors
    /// When it is not.
    pub fn known(&self, id: PaymentId) -> Result<&payment::Model, Fault> {
        self.payment(id).ok_or_else(|| Fault::Internal(format!("{id} is not in the books of its order")))
    }

    /// The refunds of a payment, oldest first.
    pub fn refunds_of(&self, id: PaymentId) -> Vec<refund::Model> {
        self.refunds.iter().filter(|refund| refund.payment_id == id).cloned().collect()
    }

    /// The keys that refunds of a payment were asked for with.
    pub fn refund_keys(&self, id: PaymentId) -> Vec<(String, RefundId)> {
        let of_payment = self.attempts.iter().filter(|attempt| attempt.payment_id == id);
        of_payment.filter_map(|attempt| attempt.refund_id.map(|refund| (attempt.id.to_string(), refund))).collect()
    }

    /// What can still be given back of a payment: refunds under way count as given back.
    pub fn refundable(&self, payment: &payment::Model) -> i64 {
        refundable(payment, self.refunds.iter().filter(|refund| refund.payment_id == payment.id))
    }

    /// What of the order's total no payment holds.
    pub fn balance(&self) -> i64 {
        let held = |payment: &payment::Model| {
            state::holds(payment.status, payment.amount_minor, payment.captured_minor, payment.refunded_minor)
        };
        self.order.total_minor - self.payments.iter().map(held).sum::<i64>()
    }

    /// Whether a call of the provider that is not a refund is under way.
    pub fn is_busy(&self, id: PaymentId) -> bool {
        self.attempts
            .iter()
            .any(|attempt| attempt.payment_id == id && attempt.kind != AttemptKind::Refund && is_open(attempt.state))
    }
}

/// Whether what came of an attempt is still to be learnt.
pub const fn is_open(state: AttemptState) -> bool {
    match state {
        AttemptState::Started | AttemptState::Unknown => true,
        AttemptState::Succeeded | AttemptState::Failed => false,
    }
}

/// What can still be given back of a payment with these refunds.
pub fn refundable<'a>(payment: &payment::Model, refunds: impl Iterator<Item = &'a refund::Model>) -> i64 {
    let pending: i64 = refunds.filter(|refund| refund.status == RefundStatus::Pending).map(|refund| refund.amount_minor).sum();
    (payment.captured_minor - payment.refunded_minor - pending).max(0)
}
