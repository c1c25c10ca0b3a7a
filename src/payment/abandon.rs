//! What is still open at a provider of a payment that is taken away here: a declined payment may wait there for another card.
//! A job calls it off, and gives back what was paid for it meanwhile. It needs no row of ours.

use entity::{
    id::PaymentId,
    job, payment,
    stored::{PaymentGateway, PaymentStatus},
    time::Timestamp,
};
use sea_orm::{ConnectionTrait, DbErr};
use serde::{Deserialize, Serialize};

use super::{
    books::Books,
    gateway::{GatewayError, RefundState, Snapshot, State},
    unwind::is_ours_alone,
};
use crate::{
    app::App,
    job::{Done, NewJob, Trouble, payload},
    money::Currency,
};

/// Calls off at its provider what is gone here.
pub const ABANDON: &str = "payment.abandon";

#[derive(Debug, Serialize, Deserialize)]
struct Abandon {
    payment: PaymentId,
    gateway: PaymentGateway,
    reference: String,
    currency: String,
}

/// The first payment of which a provider holds money, or may soon: it is under way, promised, or captured and not given back.
pub fn held(books: &Books) -> Option<&payment::Model> {
    books.payments.iter().find(|payment| {
        let is_open = matches!(payment.status, PaymentStatus::Pending | PaymentStatus::Authorized) && payment.reference.is_some();
        payment.gateway != PaymentGateway::Manual
            && (is_open || books.is_busy(payment.id) || payment.captured_minor > payment.refunded_minor)
    })
}

/// Enqueues that a payment which is being deleted is called off at its provider, where it failed and is still open.
///
/// # Errors
/// When the database fails.
pub(crate) async fn enqueue(conn: &impl ConnectionTrait, payment: &payment::Model, now: Timestamp) -> Result<(), DbErr> {
    let Some(reference) = payment.reference.clone().filter(|_| !is_ours_alone(payment)) else { return Ok(()) };
    if payment.status != PaymentStatus::Failed {
        return Ok(());
    }
    let task = Abandon { payment: payment.id, gateway: payment.gateway, reference, currency: payment.currency.clone() };
    crate::job::enqueue(conn, NewJob::new(ABANDON, &task, now)?.key(payment.id.to_string()), now).await?;
    Ok(())
}

/// The job that calls it off.
///
/// # Errors
/// To be tried again until the provider says that nothing of it is open.
pub(crate) async fn abandon(app: &App, job: &job::Model) -> Result<Done, Trouble> {
    let task: Abandon = payload(job)?;
    let Some(gateway) = app.gateways.get(task.gateway) else {
        return Err(Trouble::Retry("the provider is not configured any more".into()));
    };
    let told = match gateway.void(&format!("{}-void", task.payment), &task.reference).await {
        Err(GatewayError::Rejected(_) | GatewayError::Declined(_)) => gateway.look(&task.reference).await,
        told => told,
    };
    let told = match told {
        Ok(told) => told,
        Err(error @ (GatewayError::Unknown(_) | GatewayError::NotConfigured)) => return Err(Trouble::Retry(error.plain())),
        Err(error) => {
            tracing::warn!(reference = task.reference, error = %error.plain(), "a provider does not know a payment that was deleted");
            return Ok(Done::Finished);
        }
    };
    let left = left(&told);
    if left > 0 {
        let currency =
            Currency::from_code(&task.currency).ok_or_else(|| Trouble::GiveUp(format!("currency {}", task.currency)))?;
        let key = format!("{}-{left}", task.payment);
        return match gateway.refund(&key, &task.reference, left, currency, None).await {
            Ok(_) => Ok(Done::Finished),
            Err(error) => Err(Trouble::Retry(error.plain())),
        };
    }
    match told.state {
        State::RequiresAction | State::Processing | State::Authorized => {
            Err(Trouble::Retry("the provider has not called the payment off yet".into()))
        }
        State::Captured | State::Failed | State::Cancelled => Ok(Done::Finished),
    }
}

/// What was taken and neither was given back nor is on its way back.
fn left(told: &Snapshot) -> i64 {
    let pending = told.refunds.iter().filter(|refund| refund.state == RefundState::Pending);
    told.captured_minor - told.refunded_minor - pending.map(|refund| refund.amount_minor).sum::<i64>()
}
