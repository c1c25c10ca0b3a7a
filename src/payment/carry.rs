//! Carrying an attempt out: asking the provider, outside of any transaction, and taking over what it answers.
//!
//! The command that began the attempt does it, and a job when nothing was heard of that; both may at once, for the provider
//! is asked under one key and the answer is taken over once.

use entity::{
    id::PaymentAttemptId,
    order, payment, payment_attempt,
    stored::{AttemptKind, AttemptState, CaptureMode, PaymentStatus, RefundStatus},
};
use sea_orm::EntityTrait;

use super::{
    attempt::{self, Request},
    books::{Books, is_open},
    change::Code,
    gateway::{Decline, Gateway, GatewayError, Intent, RefundSnapshot, Snapshot, State},
    ledger::{Ledger, currency_of},
    look, snapshot, unwind,
};
use crate::{app::App, db::retrying, event::Origin, fault::Fault};

/// What came of carrying an attempt out.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It is done; or somebody else did it meanwhile.
    Done,
    /// The provider refused.
    Refused(Code, String),
    /// What came of it is not known yet; a job will ask again.
    Open,
    /// There is no such attempt any more.
    Gone,
}

/// Who asks: the first call of an attempt moved nothing when the provider is not even configured; of a later one nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// For the first time.
    First,
    /// Again.
    Again,
}

enum Answer {
    Payment(Box<Snapshot>),
    Refund(RefundSnapshot),
}

/// An attempt with what it is about, as they were before the call.
struct Task {
    attempt: payment_attempt::Model,
    payment: payment::Model,
    order: order::Model,
    request: Request,
}

/// Asks the provider what an attempt is to ask for and takes over the answer.
///
/// # Errors
/// When the database fails; the job asks again.
pub(crate) async fn carry_out(app: &App, origin: &Origin, id: PaymentAttemptId, turn: Turn) -> Result<Outcome, Fault> {
    let Some(task) = find(app, id).await? else { return Ok(Outcome::Gone) };
    if !is_open(task.attempt.state) {
        return Ok(Outcome::Done);
    }
    let answer = match app.gateways.get(task.payment.gateway) {
        Some(gateway) => Box::pin(ask(gateway, &task)).await,
        None => Err(GatewayError::NotConfigured),
    };
    let answer = match answer {
        Err(GatewayError::NotConfigured) if turn == Turn::Again => {
            Err(GatewayError::Unknown("the provider is not configured any more".into()))
        }
        other => other,
    };
    if let Err(error) = &answer {
        tracing::warn!(attempt = %id, kind = %task.attempt.kind, gateway = %task.payment.gateway, error = %error.plain(), "a payment provider did not do what was asked");
    }
    retrying(|| Box::pin(apply(app, origin, &task, &answer))).await
}

impl GatewayError {
    /// The error for the log: what a provider says may repeat what a buyer typed.
    pub fn plain(&self) -> String {
        let text = self.to_string();
        match super::card_number::holds_card_number(&text) {
            true => "withheld: it holds what looks like a card number".to_owned(),
            false => text,
        }
    }
}

async fn find(app: &App, id: PaymentAttemptId) -> Result<Option<Task>, Fault> {
    let conn = app.db.reader();
    let Some(attempt) = payment_attempt::Entity::find_by_id(id).one(conn).await? else { return Ok(None) };
    let Some(payment) = payment::Entity::find_by_id(attempt.payment_id).one(conn).await? else { return Ok(None) };
    let Some(order) = order::Entity::find_by_id(payment.order_id).one(conn).await? else { return Ok(None) };
    let request = match &attempt.request {
        Some(text) => serde_json::from_str(text).map_err(|error| Fault::Corrupt(format!("request of {id}: {error}")))?,
        None => Request::default(),
    };
    Ok(Some(Task { attempt, payment, order, request }))
}

async fn ask(gateway: &dyn Gateway, task: &Task) -> Result<Answer, GatewayError> {
    let Task { attempt, payment, order, request } = task;
    let key = attempt.id.to_string();
    let currency = currency_of(order).map_err(|fault| GatewayError::Rejected(fault.to_string()))?;
    let capture = payment.capture_mode == CaptureMode::Automatic;
    let reference = || payment.reference.as_deref().ok_or_else(|| GatewayError::Rejected("the payment was never begun".into()));
    let snapshot = match attempt.kind {
        AttemptKind::Authorize => {
            let intent = Intent {
                payment: payment.id,
                order_number: &order.number,
                amount_minor: attempt.amount_minor,
                currency,
                method: request.method.as_deref(),
                customer: request.customer.as_deref(),
                save_method: request.save_method,
                capture,
                email: order.customer_email.as_deref(),
                return_url: request.return_url.as_deref(),
            };
            gateway.begin(&key, &intent).await?
        }
        AttemptKind::Confirm => gateway.confirm(&key, reference()?, request.method.as_deref(), capture).await?,
        AttemptKind::Capture => gateway.capture(&key, reference()?, attempt.amount_minor, currency).await?,
        AttemptKind::Void => gateway.void(&key, reference()?).await?,
        AttemptKind::Refund => {
            let reason = request.reason.as_deref();
            let told = gateway.refund(&key, reference()?, attempt.amount_minor, currency, reason).await?;
            return Ok(Answer::Refund(RefundSnapshot { key: Some(key), ..told }));
        }
    };
    Ok(Answer::Payment(Box::new(snapshot)))
}

async fn apply(app: &App, origin: &Origin, task: &Task, answer: &Result<Answer, GatewayError>) -> Result<Outcome, Fault> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let Some(mut books) = Books::lock(&tx, task.order.id).await? else { return Ok(Outcome::Gone) };
    let Some(attempt) = books.attempts.iter().find(|attempt| attempt.id == task.attempt.id).cloned() else {
        return Ok(Outcome::Gone);
    };
    if !is_open(attempt.state) {
        return Ok(Outcome::Done);
    }
    let ledger = Ledger { tx: &tx, origin, rules: &app.config.orders, reason: None, now };
    let outcome = match answer {
        Ok(Answer::Payment(told)) => Box::pin(take_over(&ledger, &mut books, &attempt, told)).await?,
        Ok(Answer::Refund(told)) => {
            let told = snapshot::of_refund(books.known(attempt.payment_id)?, told.clone());
            Box::pin(take_over(&ledger, &mut books, &attempt, &told)).await?
        }
        Err(error) => Box::pin(refuse(&ledger, &mut books, &attempt, error)).await?,
    };
    tx.commit().await?;
    Ok(outcome)
}

async fn close(
    ledger: &Ledger<'_>,
    books: &mut Books,
    attempt: &payment_attempt::Model,
    state: AttemptState,
    error: Option<String>,
) -> Result<(), Fault> {
    attempt::set(ledger.tx, attempt, state, error, ledger.now).await?;
    if let Some(known) = books.attempts.iter_mut().find(|known| known.id == attempt.id) {
        known.state = state;
    }
    Ok(())
}

async fn take_over(
    ledger: &Ledger<'_>,
    books: &mut Books,
    attempt: &payment_attempt::Model,
    told: &Snapshot,
) -> Result<Outcome, Fault> {
    let is_begun = matches!(attempt.kind, AttemptKind::Authorize | AttemptKind::Confirm);
    let declined = match (is_begun && told.state == State::Failed, &told.decline) {
        (true, Some(decline)) => Some(decline.clone()),
        (true, None) => Some(Decline { code: "declined".into(), message: "The payment was declined.".into() }),
        (false, _) => None,
    };
    let (state, error) = match &declined {
        None => (AttemptState::Succeeded, None),
        Some(decline) => (AttemptState::Failed, Some(decline.code.clone())),
    };
    close(ledger, books, attempt, state, error).await?;
    Box::pin(look::take_over(ledger, books, attempt.payment_id, told)).await?;
    let failed_refund = attempt.refund_id.and_then(|id| books.refunds.iter().find(|refund| refund.id == id));
    if let Some(refund) = failed_refund.filter(|refund| refund.status == RefundStatus::Failed) {
        let message = refund.failure_message.clone().unwrap_or_else(|| "The refund failed.".to_owned());
        return Ok(Outcome::Refused(Code::GatewayRefused, message));
    }
    Ok(match declined {
        None => Outcome::Done,
        Some(decline) => Outcome::Refused(Code::CardDeclined, decline.message),
    })
}

async fn refuse(
    ledger: &Ledger<'_>,
    books: &mut Books,
    attempt: &payment_attempt::Model,
    error: &GatewayError,
) -> Result<Outcome, Fault> {
    let (code, decline) = match error {
        GatewayError::Unknown(_) => {
            close(ledger, books, attempt, AttemptState::Unknown, Some(error.plain())).await?;
            return Ok(Outcome::Open);
        }
        GatewayError::Declined(decline) => (decline.code.clone(), Some(decline.clone())),
        GatewayError::Rejected(_) => ("rejected".to_owned(), None),
        GatewayError::NotConfigured => ("not_configured".to_owned(), None),
    };
    close(ledger, books, attempt, AttemptState::Failed, Some(error.plain())).await?;
    let message = decline.as_ref().map_or_else(|| refused_message(error).to_owned(), |decline| decline.message.clone());
    let refusal = match (error, attempt.kind) {
        (GatewayError::NotConfigured, _) => Code::GatewayNotConfigured,
        (GatewayError::Declined(_), AttemptKind::Authorize | AttemptKind::Confirm) => Code::CardDeclined,
        _ => Code::GatewayRefused,
    };
    match (attempt.kind, decline) {
        (AttemptKind::Authorize | AttemptKind::Confirm, Some(decline)) => fail(ledger, books, attempt, decline).await?,
        (AttemptKind::Refund, _) => fail_refund(ledger, books, attempt, &message).await?,
        _ => {
            tracing::info!(attempt = %attempt.id, code, "an attempt failed");
            // It may stand otherwise than we believe.
            let payment = books.known(attempt.payment_id)?;
            look::enqueue(ledger.tx, payment, ledger.now).await?;
        }
    }
    unwind::after_attempt(ledger, books, attempt.payment_id).await?;
    Ok(Outcome::Refused(refusal, message))
}

fn refused_message(error: &GatewayError) -> &'static str {
    match error {
        GatewayError::NotConfigured => "This provider is not configured",
        _ => "The provider refused the call",
    }
}

/// A payment that the provider declined.
async fn fail(ledger: &Ledger<'_>, books: &mut Books, attempt: &payment_attempt::Model, decline: Decline) -> Result<(), Fault> {
    let payment = books.known(attempt.payment_id)?.clone();
    if payment.status != PaymentStatus::Pending {
        return Ok(());
    }
    let told = Snapshot {
        state: State::Failed,
        reference: String::new(),
        payment: None,
        authorized_minor: 0,
        captured_minor: 0,
        refunded_minor: payment.refunded_minor,
        refunds: Vec::new(),
        client_secret: None,
        redirect_url: None,
        card: None,
        saved: None,
        decline: Some(decline),
    };
    Box::pin(look::take_over(ledger, books, payment.id, &told)).await
}

/// A refund that will not happen, unless the provider told meanwhile that it did.
async fn fail_refund(
    ledger: &Ledger<'_>,
    books: &mut Books,
    attempt: &payment_attempt::Model,
    message: &str,
) -> Result<(), Fault> {
    let row = attempt.refund_id.and_then(|id| books.refunds.iter().find(|refund| refund.id == id)).cloned();
    if let Some(mut row) = row.filter(|row| row.status == RefundStatus::Pending && row.reference.is_none()) {
        row.status = RefundStatus::Failed;
        row.failure_message = Some(message.to_owned());
        row.updated_at = ledger.now;
        ledger.write_refund(books, row).await?;
    }
    let payment = books.known(attempt.payment_id)?;
    look::enqueue(ledger.tx, payment, ledger.now).await?;
    Ok(())
}
