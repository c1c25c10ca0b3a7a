//! What becomes of the payments of an order that is cancelled (C-01): what is pending or only promised is called off, what was
//! captured is given back. What a provider must do is left to jobs.

use entity::{
    id::PaymentId,
    payment, payment_attempt,
    stored::{AttemptKind, OrderStatus, PaymentGateway, PaymentStatus},
};

use super::{
    attempt::{self, By, Plan, Request},
    books::Books,
    ledger::{Ledger, currency_of, differences},
    refund,
    state::{self, Action},
};
use crate::{config::RefundPolicy, fault::Fault};

/// Unwinds the payments of an order that was just cancelled; `gives_back` tells whether captured money goes back too.
///
/// # Errors
/// When the database fails.
pub(crate) async fn unwind(ledger: &Ledger<'_>, books: &mut Books, gives_back: bool) -> Result<(), Fault> {
    let ids: Vec<PaymentId> = books.payments.iter().map(|payment| payment.id).collect();
    for id in ids {
        Box::pin(call_off(ledger, books, id)).await?;
        if gives_back {
            Box::pin(give_back(ledger, books, id)).await?;
        }
    }
    Ok(())
}

/// Calls a payment off whose order was cancelled while its provider was at it.
///
/// # Errors
/// When the database fails.
pub(crate) async fn after_attempt(ledger: &Ledger<'_>, books: &mut Books, id: PaymentId) -> Result<(), Fault> {
    match books.order.status {
        OrderStatus::Cancelled => Box::pin(call_off(ledger, books, id)).await,
        _ => Ok(()),
    }
}

/// Gives back what was captured only after its order was cancelled.
///
/// # Errors
/// When the database fails.
pub(crate) async fn after_capture(ledger: &Ledger<'_>, books: &mut Books, id: PaymentId) -> Result<(), Fault> {
    match books.order.status == OrderStatus::Cancelled && ledger.rules.cancel_refund == RefundPolicy::Auto {
        true => Box::pin(give_back(ledger, books, id)).await,
        false => Ok(()),
    }
}

/// Calls off what was not captured: at once when no provider knows of it, else by a job; once.
async fn call_off(ledger: &Ledger<'_>, books: &mut Books, id: PaymentId) -> Result<(), Fault> {
    let payment = books.known(id)?.clone();
    if !state::allows(payment.status, Action::Void) || books.is_busy(id) {
        return Ok(());
    }
    if is_ours_alone(&payment) {
        return cancel(ledger, books, payment).await;
    }
    if books.attempts.iter().any(|attempt| attempt.payment_id == id && attempt.kind == AttemptKind::Void) {
        return Ok(());
    }
    void(ledger, books, &payment, By::Job).await?;
    Ok(())
}

/// Whether no provider knows of a payment, so that nobody need be asked to call it off.
pub fn is_ours_alone(payment: &payment::Model) -> bool {
    payment.gateway == PaymentGateway::Manual || payment.reference.is_none()
}

/// Calls off a payment that no provider knows of.
///
/// # Errors
/// When the database fails.
pub(crate) async fn cancel(ledger: &Ledger<'_>, books: &mut Books, payment: payment::Model) -> Result<(), Fault> {
    let mut after = payment.clone();
    after.status = PaymentStatus::Cancelled;
    after.updated_at = ledger.now;
    let changes = differences(&payment, &after, currency_of(&books.order)?);
    ledger.write(books, after, "PAYMENT_CANCELLED", changes).await
}

/// Writes down that a provider is asked to call a payment off.
///
/// # Errors
/// When the database fails.
pub(crate) async fn void(
    ledger: &Ledger<'_>,
    books: &mut Books,
    payment: &payment::Model,
    by: By,
) -> Result<payment_attempt::Model, Fault> {
    let plan = Plan { payment: payment.id, kind: AttemptKind::Void, amount_minor: payment.amount_minor, refund: None };
    let attempt = attempt::start(ledger.tx, plan, &Request::default(), by, ledger.now).await?;
    books.attempts.push(attempt.clone());
    Ok(attempt)
}

/// Gives back what is left of a captured payment. What no provider knows by a reference cannot be given back through one.
async fn give_back(ledger: &Ledger<'_>, books: &mut Books, id: PaymentId) -> Result<(), Fault> {
    let payment = books.known(id)?.clone();
    let left = books.refundable(&payment);
    if left <= 0 || (payment.gateway != PaymentGateway::Manual && payment.reference.is_none()) {
        return Ok(());
    }
    refund::reserve(ledger, books, &payment, left, By::Job).await?;
    Ok(())
}
