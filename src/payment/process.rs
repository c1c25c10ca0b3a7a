//! `paymentProcess`: a payment by hand is marked paid, by staff; one through a provider is begun or gone on with (PAY-05).

use entity::{
    id::{PaymentAttemptId, PaymentId, PaymentMethodId},
    payment, payment_method,
    stored::{AttemptKind, CaptureMode, PaymentGateway, PaymentStatus},
};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use super::{
    attempt::{self, By, Plan, Request},
    books::Books,
    carry::{self, Outcome, Turn},
    change::{self, Changed, Code, Terms},
    ledger::{Ledger, currency_of, differences},
    state::{self, Action},
};
use crate::{
    app::App,
    auth::policy::{Reach, Right, authorise},
    db::retrying,
    event::Origin,
    fault::{Failure, Refusal},
    idempotency::{Key, claim_id},
    text,
};

/// How a payment is to be paid.
#[derive(Clone, Debug, Serialize)]
pub struct Processing {
    /// Which payment.
    pub payment: PaymentId,
    /// The provider's token of a card.
    pub method: Option<String>,
    /// A saved method of the buyer; the inner `None` stands for an id of another type: it names nothing.
    pub saved_method: Option<Option<PaymentMethodId>>,
    /// Whether the method is to be kept for later payments.
    pub save_method: bool,
    /// Whether it is captured as soon as it is authorised.
    pub capture: bool,
    /// Where the provider sends the buyer back to.
    pub return_url: Option<String>,
}

/// Longest token of a method, and longest address to come back to.
const MAX_TOKEN: usize = 2_000;

/// What the first transaction came to.
#[allow(clippy::large_enum_variant, reason = "made and taken apart once a call")]
enum Begun {
    /// It is all done.
    Done(Changed),
    /// The provider is to be asked.
    Ask(PaymentAttemptId),
}

/// Processes a payment.
///
/// # Errors
/// [`Code`] for the business. What the provider declines is told beside the payment.
pub(crate) async fn process(app: &App, origin: &Origin, how: Processing, terms: Terms) -> Result<Changed, Failure<Code>> {
    let reach = authorise(&origin.actor, Right::PaymentProcess, &app.config.orders)?;
    terms.check(&[("method", how.method.as_deref()), ("returnUrl", how.return_url.as_deref())])?;
    check_input(&how)?;
    let key = terms.key(origin, Right::PaymentProcess, &how)?;
    let begun = retrying(|| Box::pin(begin(app, origin, reach, &how, &terms, key.as_ref()))).await?;
    match begun {
        Begun::Done(changed) => Ok(changed),
        Begun::Ask(attempt) => carried(app, origin, how.payment, attempt).await,
    }
}

/// Asks the provider and tells how the payment stands then.
///
/// # Errors
/// When the database fails.
pub(crate) async fn carried(
    app: &App,
    origin: &Origin,
    payment: PaymentId,
    attempt: PaymentAttemptId,
) -> Result<Changed, Failure<Code>> {
    let outcome = Box::pin(carry::carry_out(app, origin, attempt, Turn::First)).await?;
    let problem = match outcome {
        Outcome::Refused(code, message) => Some(Refusal::new(code, ["payment"], message)),
        Outcome::Done | Outcome::Open | Outcome::Gone => None,
    };
    Ok(Changed { problem, ..Changed::of(change::now(app, payment).await?) })
}

fn check_input(how: &Processing) -> Result<(), Failure<Code>> {
    let refused = |field: &str, message: String| Failure::refused(Code::InvalidInput, [field], message);
    if let Some(method) = &how.method {
        text::line(method, MAX_TOKEN).map_err(|message| refused("method", message))?;
    }
    if how.method.is_some() && how.saved_method.is_some() {
        return Err(refused("savedMethod", "give either method or savedMethod".into()));
    }
    if let Some(url) = &how.return_url {
        text::line(url, MAX_TOKEN).map_err(|message| refused("returnUrl", message))?;
        let is_web = reqwest::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
        if !is_web {
            return Err(refused("returnUrl", "is not an address of the web".into()));
        }
    }
    Ok(())
}

async fn begin(
    app: &App,
    origin: &Origin,
    reach: Reach,
    how: &Processing,
    terms: &Terms,
    key: Option<&Key>,
) -> Result<Begun, Failure<Code>> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    if claim_id::<_, Code>(&tx, key, how.payment, now).await?.is_some() {
        drop(tx);
        return Ok(Begun::Done(replayed(app, origin, how.payment).await?));
    }
    let (mut books, payment) = change::lock(&tx, origin, how.payment, terms).await?;
    change::expect_buyer(origin, reach, &books.order, "payment")?;
    if reach == Reach::Own && payment.gateway == PaymentGateway::Manual {
        return Err(Failure::refused(Code::Forbidden, ["payment"], "only staff may mark a payment by hand as paid"));
    }
    change::expect_idle(&books, payment.id)?;
    if !state::allows(payment.status, Action::Process) {
        let message = "Payment cannot be processed with current status";
        return Err(Failure::refused(Code::PaymentNotProcessable, ["payment"], message));
    }
    if !state::takes_payments(books.order.status) {
        let message = format!("an order that is {} takes no payments", books.order.status);
        return Err(Failure::refused(Code::OrderNotPayable, ["payment"], message));
    }
    change::expect_configured(app, payment.gateway, "payment")?;
    let ledger = terms.ledger(app, &tx, origin);
    let attempt = match payment.gateway {
        PaymentGateway::Manual => {
            mark_paid(&ledger, &mut books, &payment, how).await?;
            None
        }
        _ => Some(ask(&ledger, &mut books, &payment, how).await?),
    };
    let after = books.known(payment.id)?.clone();
    crate::order::change::finish(tx, terms.dry_run).await?;
    Ok(match attempt.filter(|_| !terms.dry_run) {
        Some(attempt) => Begun::Ask(attempt),
        None => Begun::Done(Changed::of(after)),
    })
}

/// The same answer again: how the payment stands, and that it was declined when it was.
async fn replayed(app: &App, origin: &Origin, id: PaymentId) -> Result<Changed, Failure<Code>> {
    let seen = super::query::visible(app.db.reader(), &origin.actor, id).await;
    let payment = seen.map_err(crate::order::query::Unseen::into_failure)?;
    let payment = payment.ok_or_else(|| Failure::refused(Code::NotFound, ["payment"], "Payment not found"))?;
    let problem = (payment.status == PaymentStatus::Failed).then(|| {
        let message = payment.failure_message.clone().unwrap_or_else(|| "The payment was declined.".to_owned());
        Refusal::new(Code::CardDeclined, ["payment"], message)
    });
    Ok(Changed { replayed: true, problem, ..Changed::of(payment) })
}

/// Staff took the money.
async fn mark_paid(
    ledger: &Ledger<'_>,
    books: &mut Books,
    payment: &payment::Model,
    how: &Processing,
) -> Result<(), Failure<Code>> {
    let given =
        [("method", how.method.is_some()), ("savedMethod", how.saved_method.is_some()), ("returnUrl", how.return_url.is_some())];
    if let Some((name, _)) = given.iter().find(|(_, is_given)| *is_given) {
        return Err(Failure::refused(Code::InvalidInput, [name], "goes with a provider; this payment is by hand"));
    }
    let mut after = payment.clone();
    after.status = PaymentStatus::Paid;
    after.captured_minor = payment.amount_minor;
    after.processed_at = Some(ledger.now);
    after.updated_at = ledger.now;
    let changes = differences(payment, &after, currency_of(&books.order)?);
    ledger.write(books, after, "PAYMENT_CAPTURED", changes).await?;
    Ok(())
}

/// Writes down what the provider is asked for: to begin, or to go on.
async fn ask(
    ledger: &Ledger<'_>,
    books: &mut Books,
    payment: &payment::Model,
    how: &Processing,
) -> Result<PaymentAttemptId, Failure<Code>> {
    let (method, saved_for) = method(ledger.tx, books, payment, how).await?;
    let customer = match saved_for {
        Some(customer) => Some(customer),
        None if how.save_method => known_customer(ledger.tx, books, payment).await?,
        None => None,
    };
    let kind = match payment.reference {
        None => AttemptKind::Authorize,
        Some(_) => AttemptKind::Confirm,
    };
    if kind == AttemptKind::Authorize && !how.capture {
        let row = payment::ActiveModel {
            id: sea_orm::ActiveValue::Set(payment.id),
            capture_mode: sea_orm::ActiveValue::Set(CaptureMode::Manual),
            ..Default::default()
        };
        payment::Entity::update(row).exec(ledger.tx).await?;
    }
    let request = Request {
        method,
        customer,
        save_method: how.save_method && books.order.customer_id.is_some(),
        return_url: how.return_url.clone(),
        reason: None,
    };
    let plan = Plan { payment: payment.id, kind, amount_minor: payment.amount_minor, refund: None };
    let attempt = attempt::start(ledger.tx, plan, &request, By::Command, ledger.now).await?;
    let id = attempt.id;
    books.attempts.push(attempt);
    Ok(id)
}

/// The provider's token that is paid with, and of a saved method the provider's customer.
async fn method(
    tx: &DatabaseTransaction,
    books: &Books,
    payment: &payment::Model,
    how: &Processing,
) -> Result<(Option<String>, Option<String>), Failure<Code>> {
    let Some(saved) = how.saved_method else { return Ok((how.method.as_deref().map(|token| token.trim().to_owned()), None)) };
    let not_found = || Failure::refused(Code::NotFound, ["savedMethod"], "Payment method not found");
    let (Some(id), Some(customer)) = (saved, books.order.customer_id) else { return Err(not_found()) };
    let row = payment_method::Entity::find_by_id(id)
        .filter(payment_method::Column::CustomerId.eq(customer))
        .filter(payment_method::Column::Gateway.eq(payment.gateway))
        .one(tx)
        .await?
        .ok_or_else(not_found)?;
    Ok((Some(row.token), row.provider_customer))
}

/// The provider's id of a customer who saved a method before: the next one goes there too.
async fn known_customer(
    tx: &DatabaseTransaction,
    books: &Books,
    payment: &payment::Model,
) -> Result<Option<String>, Failure<Code>> {
    let Some(customer) = books.order.customer_id else { return Ok(None) };
    let row = payment_method::Entity::find()
        .filter(payment_method::Column::CustomerId.eq(customer))
        .filter(payment_method::Column::Gateway.eq(payment.gateway))
        .filter(payment_method::Column::ProviderCustomer.is_not_null())
        .order_by_desc(payment_method::Column::CreatedAt)
        .one(tx)
        .await?;
    Ok(row.and_then(|row| row.provider_customer))
}
