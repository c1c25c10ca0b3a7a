//! `paymentRefund`: what was captured is given back, all of it or a part (PAY-06, C-44).
//!
//! A refund that is asked for counts at once against what can still be given back, so that any number of callers together
//! never give back more than was captured.

use entity::{
    id::{PaymentAttemptId, PaymentId, RefundId},
    payment, refund,
    stored::{AttemptKind, PaymentGateway, RefundStatus},
};
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{
    attempt::{self, By, Plan, Request},
    books::Books,
    carry::{self, Outcome, Turn},
    change::{self, Changed, Code, Terms},
    ledger::{Ledger, currency_of},
    state::{self, Action},
};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    clock::random_bytes,
    db::retrying,
    event::Origin,
    fault::{Failure, Fault, Refusal},
    idempotency::{Claim, Key},
    money::format_minor,
};

/// A refund that was written down, and the attempt that gives the money back; none for what staff do by hand.
#[derive(Clone, Debug)]
pub struct Reserved {
    /// The refund.
    pub refund: refund::Model,
    /// The attempt.
    pub attempt: Option<PaymentAttemptId>,
}

/// What the first transaction came to.
#[allow(clippy::large_enum_variant, reason = "made and taken apart once a call")]
enum Begun {
    Replayed(RefundId),
    Reserved { payment: payment::Model, refundable: i64, reserved: Reserved },
}

/// Gives back of a payment; `amount` tells how much, else all that is left.
///
/// # Errors
/// [`Code`] for the business. What the provider refuses is told beside the refund.
pub(crate) async fn refund(
    app: &App,
    origin: &Origin,
    id: PaymentId,
    amount: Option<Decimal>,
    terms: Terms,
) -> Result<Changed, Failure<Code>> {
    authorise(&origin.actor, Right::PaymentRefund, &app.config.orders)?;
    terms.check(&[])?;
    let key = terms.key(origin, Right::PaymentRefund, &(id, amount))?;
    match retrying(|| Box::pin(begin(app, origin, id, amount, &terms, key.as_ref()))).await? {
        Begun::Replayed(refund) => {
            let refund = change::refund_now(app, refund).await?;
            let problem = problem(&refund);
            let payment = change::now(app, id).await?;
            Ok(Changed {
                refund: Some(refund),
                replayed: true,
                problem,
                refundable: left(app, &payment).await?,
                ..Changed::of(payment)
            })
        }
        Begun::Reserved { payment, refundable, reserved } => match reserved.attempt.filter(|_| !terms.dry_run) {
            None => Ok(Changed { refund: Some(reserved.refund), refundable, ..Changed::of(payment) }),
            Some(attempt) => {
                let told = carried(app, origin, reserved.refund.id, attempt).await?;
                let payment = change::now(app, id).await?;
                Ok(Changed { refundable, refund: Some(told.0), problem: told.1, ..Changed::of(payment) })
            }
        },
    }
}

/// What can be given back of a payment now.
async fn left(app: &App, payment: &payment::Model) -> Result<i64, Fault> {
    let refunds = refund::Entity::find().filter(refund::Column::PaymentId.eq(payment.id)).all(app.db.reader()).await?;
    Ok(super::books::refundable(payment, refunds.iter()))
}

/// Asks the provider for a refund and tells how it stands then.
///
/// # Errors
/// When the database fails.
pub(crate) async fn carried(
    app: &App,
    origin: &Origin,
    refund: RefundId,
    attempt: PaymentAttemptId,
) -> Result<(refund::Model, Option<Refusal<Code>>), Fault> {
    let outcome = Box::pin(carry::carry_out(app, origin, attempt, Turn::First)).await?;
    let row = change::refund_now(app, refund).await?;
    let problem = match outcome {
        Outcome::Refused(code, message) => Some(Refusal::new(code, ["payment"], message)),
        Outcome::Done | Outcome::Open | Outcome::Gone => problem(&row),
    };
    Ok((row, problem))
}

fn problem(refund: &refund::Model) -> Option<Refusal<Code>> {
    (refund.status == RefundStatus::Failed).then(|| {
        let message = refund.failure_message.clone().unwrap_or_else(|| "The refund failed.".to_owned());
        Refusal::new(Code::GatewayRefused, ["payment"], message)
    })
}

async fn begin(
    app: &App,
    origin: &Origin,
    id: PaymentId,
    amount: Option<Decimal>,
    terms: &Terms,
    key: Option<&Key>,
) -> Result<Begun, Failure<Code>> {
    let tx = app.db.begin().await?;
    if let Some(refund) = replay(&tx, app, key).await? {
        return Ok(Begun::Replayed(refund));
    }
    let (mut books, payment) = change::lock(&tx, origin, id, terms).await?;
    let refundable = books.refundable(&payment);
    if !state::allows(payment.status, Action::Refund) || refundable == 0 {
        let message = match payment.status {
            status if !state::allows(status, Action::Refund) => format!("a payment that is {status} cannot be refunded"),
            _ => "all of it is being given back already".to_owned(),
        };
        return Err(Failure::refused(Code::PaymentNotRefundable, ["payment"], message));
    }
    expect_reachable(app, &payment, "payment")?;
    let currency = currency_of(&books.order)?;
    let amount = match amount {
        Some(amount) => change::minor(amount, currency)?,
        None => refundable,
    };
    if amount > refundable {
        let message = format!("{} {currency} can be given back", format_minor(refundable, currency));
        return Err(Failure::refused(Code::AmountExceedsRefundable, ["amount"], message));
    }
    let reserved = reserve(&terms.ledger(app, &tx, origin), &mut books, &payment, amount, By::Command).await?;
    if let Some(key) = key {
        key.answer(&tx, reserved.refund.id.to_string()).await?;
    }
    let payment = books.known(id)?.clone();
    crate::order::change::finish(tx, terms.dry_run).await?;
    Ok(Begun::Reserved { payment, refundable, reserved })
}

/// Claims the key; the refund of the first call when this one repeats it.
async fn replay(tx: &sea_orm::DatabaseTransaction, app: &App, key: Option<&Key>) -> Result<Option<RefundId>, Failure<Code>> {
    let Some(key) = key else { return Ok(None) };
    match key.claim(tx, String::new(), app.clock.now()).await? {
        Claim::Fresh => Ok(None),
        Claim::Reused => {
            Err(Failure::refused(Code::IdempotencyKeyReused, ["idempotencyKey"], "this key was used with other input"))
        }
        Claim::Replay(answer) => match answer.parse() {
            Ok(id) => Ok(Some(id)),
            Err(_) => Err(Fault::Corrupt(format!("idempotent answer {answer}")).into()),
        },
    }
}

/// Refuses a payment that its provider cannot be asked to give back.
///
/// # Errors
/// [`Code::GatewayNotConfigured`], [`Code::PaymentNotRefundable`].
pub fn expect_reachable(app: &App, payment: &payment::Model, field: &str) -> Result<(), Failure<Code>> {
    if payment.gateway == PaymentGateway::Manual {
        return Ok(());
    }
    change::expect_configured(app, payment.gateway, field)?;
    match payment.reference {
        Some(_) => Ok(()),
        None => Err(Failure::refused(Code::PaymentNotRefundable, [field], "the provider's reference of it is not known")),
    }
}

/// Writes a refund down: of a payment by hand as given back, of another as asked for, with the attempt that asks.
///
/// # Errors
/// When the database fails.
pub(crate) async fn reserve(
    ledger: &Ledger<'_>,
    books: &mut Books,
    payment: &payment::Model,
    amount_minor: i64,
    by: By,
) -> Result<Reserved, Fault> {
    let is_by_hand = payment.gateway == PaymentGateway::Manual;
    let row = refund::Model {
        id: RefundId::at(ledger.now, random_bytes()),
        payment_id: payment.id,
        amount_minor,
        status: if is_by_hand { RefundStatus::Succeeded } else { RefundStatus::Pending },
        reference: None,
        failure_message: None,
        reason: ledger.reason.map(str::to_owned),
        created_at: ledger.now,
        updated_at: ledger.now,
    };
    Box::pin(ledger.write_refund(books, row.clone())).await?;
    if is_by_hand {
        return Ok(Reserved { refund: row, attempt: None });
    }
    let plan = Plan { payment: payment.id, kind: AttemptKind::Refund, amount_minor, refund: Some(row.id) };
    let request = Request { reason: row.reason.clone(), ..Default::default() };
    let attempt = attempt::start(ledger.tx, plan, &request, by, ledger.now).await?;
    let id = attempt.id;
    books.attempts.push(attempt);
    Ok(Reserved { refund: row, attempt: Some(id) })
}
