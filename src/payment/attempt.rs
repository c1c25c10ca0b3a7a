//! Attempts: what a provider is asked for, written down before it is asked, with a job that asks again.

use entity::{
    id::{PaymentAttemptId, PaymentId, RefundId},
    payment_attempt,
    stored::{AttemptKind, AttemptState},
    time::Timestamp,
};
use sea_orm::{ActiveValue::Set, DatabaseTransaction, DbErr, EntityTrait};
use serde::{Deserialize, Serialize};

use crate::{
    clock::random_bytes,
    job::{self, NewJob},
};

/// Asks a provider again whose answer did not come.
pub const SETTLE: &str = "payment.settle";

/// How long the one who began an attempt has for it, in seconds, before a job asks again: longer than a call may take.
const PATIENCE: i64 = 30;

/// What a call says beside payment and amount, kept so that it can be made again word for word.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Request {
    /// The provider's token of a card or a saved method.
    pub method: Option<String>,
    /// The provider's id of the customer.
    pub customer: Option<String>,
    /// Whether the method is to be kept.
    pub save_method: bool,
    /// Where the provider sends the buyer back to.
    pub return_url: Option<String>,
    /// Why money is given back.
    pub reason: Option<String>,
}

/// What is to be asked for.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Of which payment.
    pub payment: PaymentId,
    /// What.
    pub kind: AttemptKind,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// For which refund.
    pub refund: Option<RefundId>,
}

/// Who asks the provider first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The command that began the attempt, after its commit; a job when nothing is heard of it.
    Command,
    /// A job.
    Job,
}

/// The payload of a job that asks again.
#[derive(Debug, Serialize, Deserialize)]
pub struct Settle {
    /// Which attempt.
    pub attempt: PaymentAttemptId,
}

/// Writes down an attempt and enqueues the job that sees to it.
///
/// # Errors
/// When the database fails.
pub(crate) async fn start(
    tx: &DatabaseTransaction,
    plan: Plan,
    request: &Request,
    by: By,
    now: Timestamp,
) -> Result<payment_attempt::Model, DbErr> {
    let row = payment_attempt::Model {
        id: PaymentAttemptId::at(now, random_bytes()),
        payment_id: plan.payment,
        kind: plan.kind,
        amount_minor: plan.amount_minor,
        state: AttemptState::Started,
        refund_id: plan.refund,
        request: Some(serde_json::to_string(request).map_err(|error| DbErr::Json(error.to_string()))?),
        error: None,
        created_at: now,
        updated_at: now,
    };
    payment_attempt::Entity::insert(sea_orm::IntoActiveModel::into_active_model(row.clone())).exec_without_returning(tx).await?;
    let run_at = match by {
        By::Command => now.plus_seconds(PATIENCE),
        By::Job => now,
    };
    again(tx, row.id, run_at, now).await?;
    Ok(row)
}

/// Enqueues that an attempt's provider is asked again.
///
/// # Errors
/// When the database fails.
pub(crate) async fn again(
    conn: &impl sea_orm::ConnectionTrait,
    attempt: PaymentAttemptId,
    run_at: Timestamp,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let job = NewJob::new(SETTLE, &Settle { attempt }, now)?.key(attempt.to_string()).run_at(run_at);
    job::enqueue(conn, job, now).await
}

/// Writes how an attempt stands now.
///
/// # Errors
/// When the database fails.
pub(crate) async fn set(
    tx: &DatabaseTransaction,
    attempt: &payment_attempt::Model,
    state: AttemptState,
    error: Option<String>,
    now: Timestamp,
) -> Result<(), DbErr> {
    let is_over = !super::books::is_open(state);
    let row = payment_attempt::ActiveModel {
        id: Set(attempt.id),
        state: Set(state),
        error: Set(error),
        request: Set(attempt.request.clone().filter(|_| !is_over)),
        updated_at: Set(now),
        ..Default::default()
    };
    payment_attempt::Entity::update(row).exec(tx).await?;
    Ok(())
}
