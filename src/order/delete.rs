//! `orderDelete`: gone for good, told of for ever (C-08).

use entity::{
    id::OrderId,
    order, order_item,
    stored::{EventSubject, OrderStatus},
    time::Timestamp,
};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::{
    change::{self, Terms},
    group, snapshot,
    transition::release,
};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    config::OrderConfig,
    db::retrying,
    event::{self, Change, NewEvent, OrderPlace, Origin},
    fault::{Failure, Fault},
    idempotency::Claim,
    payment::{abandon, books::Books},
};

/// Why a deletion was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No such order, or not the caller's to see.
    NotFound,
    /// Only finished orders may be deleted.
    InvalidTransition,
    /// A payment provider holds money of it.
    PaymentHeld,
    /// The caller may not do this with the order.
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
            C::InvalidTransition | C::OrderNotCancellable | C::OrderNotEditable | C::OrderOnHold => Self::InvalidTransition,
            C::Forbidden | C::ForceForbidden => Self::Forbidden,
            C::Conflict => Self::Conflict,
            C::ReasonRequired | C::InvalidAddress | C::InvalidInput => Self::InvalidInput,
            C::IdempotencyKeyReused => Self::IdempotencyKeyReused,
        }
    }
}

/// What came of a deletion.
#[derive(Clone, Debug)]
pub struct Deleted {
    /// The order that is gone.
    pub id: OrderId,
    /// Its number.
    pub number: String,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
}

/// Deletes an order; tells its id and number.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn delete(app: &App, origin: &Origin, id: OrderId, terms: Terms) -> Result<Deleted, Failure<Code>> {
    authorise(&origin.actor, Right::OrderDelete, &app.config.orders)?;
    terms.check().map_err(Failure::told)?;
    let key = terms.key(origin, Right::OrderDelete, &id).map_err(Failure::told)?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        if let Some(key) = &key {
            match key.claim(&tx, id.to_string(), now).await? {
                Claim::Fresh => {}
                // Who repeats the call gets the number it had; there is nothing else left to tell.
                Claim::Replay(answer) => {
                    let number = answer.split_once(' ').map_or("", |(_, number)| number).to_owned();
                    return Ok(Deleted { id, number, replayed: true });
                }
                Claim::Reused => {
                    let message = "this key was used with other input";
                    return Err(Failure::refused(Code::IdempotencyKeyReused, ["idempotencyKey"], message));
                }
            }
        }
        let order = change::lock(&tx, origin, id).await.map_err(Failure::told)?;
        apply(&tx, origin, &app.config.orders, &order, &terms, now).await?;
        if let Some(key) = &key {
            key.answer(&tx, format!("{id} {}", order.number)).await?;
        }
        change::finish(tx, terms.dry_run).await?;
        if !terms.dry_run {
            tracing::info!(order = %order.number, "order deleted");
        }
        Ok(Deleted { id, number: order.number, replayed: false })
    })
    .await
}

/// Whether an order as it is may be deleted.
///
/// # Errors
/// [`Code::InvalidTransition`] for one that is not finished, where it has to be; [`Code::PaymentHeld`].
pub fn check(rules: &OrderConfig, books: &Books) -> Result<(), Failure<Code>> {
    use OrderStatus::{Cancelled, Delivered, Refunded, Returned};
    let order = &books.order;
    if rules.delete_requires_terminal && !matches!(order.status, Cancelled | Delivered | Refunded | Returned) {
        let message = format!("an order that is {} is not finished and cannot be deleted", order.status);
        return Err(Failure::refused(Code::InvalidTransition, ["order"], message));
    }
    if let Some(payment) = abandon::held(books) {
        let message = format!(
            "{} is at a payment of {} that is {}; call it off or give it back first",
            payment.gateway, order.number, payment.status
        );
        return Err(Failure::refused(Code::PaymentHeld, ["order"], message));
    }
    Ok(())
}

/// The deletion itself, on a locked order, inside the caller's transaction. Goods that never left go back to stock, others
/// are written off.
///
/// # Errors
/// [`Code`] for the business; then nothing was written.
pub(crate) async fn apply(
    tx: &DatabaseTransaction,
    origin: &Origin,
    rules: &OrderConfig,
    order: &order::Model,
    terms: &Terms,
    now: Timestamp,
) -> Result<(), Failure<Code>> {
    use OrderStatus::{Confirmed, Pending, Processing};
    change::expect_version(tx, order, terms.expected_version).await.map_err(Failure::told)?;
    let books = Books::of(tx, order.clone()).await?;
    check(rules, &books)?;
    for payment in &books.payments {
        abandon::enqueue(tx, payment, now).await?;
    }
    let lines = order_item::Entity::find().filter(order_item::Column::OrderId.eq(order.id)).all(tx).await?;
    release(tx, &lines, matches!(order.status, Pending | Confirmed | Processing), now).await?;
    let snapshot = snapshot::of(order, &lines, &books.payments);
    let changes = [Change::new("order", snapshot, serde_json::Value::Null)];
    let deleted = NewEvent {
        subject: EventSubject::Order,
        subject_id: order.id.0,
        place: Some(OrderPlace { order: order.id, seq: order.event_seq + 1, version: order.version + 1 }),
        kind: "ORDER_DELETED",
        reason: terms.reason(),
        changes: &changes,
    };
    event::append(tx, origin, now, &deleted).await.map_err(Fault::from)?;
    group::leave(tx, order.id).await?;
    order::Entity::delete_by_id(order.id).exec(tx).await?;
    Ok(())
}
