//! `paymentCreate`: a payment of an order is begun; several may be (PAY-03).

use entity::{
    id::{OrderId, PaymentId},
    payment,
    stored::{CaptureMode, PaymentGateway, PaymentStatus, PaymentType},
};
use rust_decimal::Decimal;
use serde::Serialize;

use super::{
    books::Books,
    change::{self, Changed, Code, MAX_TEXT, Terms},
    ledger::currency_of,
    state,
};
use crate::{
    app::App,
    auth::policy::{Reach, Right, authorise},
    clock::random_bytes,
    db::retrying,
    event::{Change, Origin},
    fault::{Failure, Refusal},
    idempotency::{Key, claim_id},
    money::format_minor,
    text,
};

/// What is to be paid.
#[derive(Clone, Debug, Serialize)]
pub struct NewPayment {
    /// Of which order.
    pub order: OrderId,
    /// Who moves the money.
    pub gateway: PaymentGateway,
    /// How it is paid.
    pub kind: PaymentType,
    /// How much; else all that is still to be paid.
    pub amount: Option<Decimal>,
    /// How the payment is called to people; else by its type.
    pub method: Option<String>,
    /// The shop's reference, of a payment by hand.
    pub reference: Option<String>,
    /// A remark, which the buyer sees too.
    pub note: Option<String>,
}

/// Longest name of a method, and longest reference.
pub const MAX_LINE: usize = 255;

/// Most payments of one order.
const MAX_PAYMENTS: usize = 100;

/// Begins a payment.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn create(app: &App, origin: &Origin, new: NewPayment, terms: Terms) -> Result<Changed, Failure<Code>> {
    let reach = authorise(&origin.actor, Right::PaymentCreate, &app.config.orders)?;
    let texts = [("method", new.method.as_deref()), ("reference", new.reference.as_deref()), ("note", new.note.as_deref())];
    terms.check(&texts)?;
    let new = checked(new, reach)?;
    change::expect_configured(app, new.gateway, "gateway")?;
    let key = terms.key(origin, Right::PaymentCreate, &new)?;
    retrying(|| Box::pin(create_once(app, origin, reach, &new, &terms, key.as_ref()))).await
}

/// Everything that can be said without the database.
fn checked(mut new: NewPayment, reach: Reach) -> Result<NewPayment, Failure<Code>> {
    if reach == Reach::Own && new.gateway == PaymentGateway::Manual {
        return Err(Failure::refused(Code::Forbidden, ["gateway"], "only staff may record payments by hand"));
    }
    if new.gateway != PaymentGateway::Manual && new.kind == PaymentType::Cash {
        return Err(Failure::refused(Code::InvalidInput, ["type"], "no provider takes cash"));
    }
    if new.gateway != PaymentGateway::Manual && new.reference.is_some() {
        return Err(Failure::refused(Code::InvalidInput, ["reference"], "the provider gives the reference of its payments"));
    }
    lines(&mut new.method, &mut new.reference, &mut new.note)?;
    Ok(new)
}

/// Trims the texts of a payment and holds them to their lengths.
///
/// # Errors
/// [`Code::InvalidInput`] at each that is wrong.
pub fn lines(
    method: &mut Option<String>,
    reference: &mut Option<String>,
    note: &mut Option<String>,
) -> Result<(), Failure<Code>> {
    let mut refusals = Vec::new();
    for (name, slot) in [("method", method), ("reference", reference)] {
        match slot.as_deref().map(|text| text::optional_line(text, MAX_LINE)).transpose() {
            Ok(text) => *slot = text.flatten(),
            Err(message) => refusals.push(Refusal::new(Code::InvalidInput, [name], message)),
        }
    }
    match note.as_deref().map(|text| text::block(text, MAX_TEXT)).transpose() {
        Ok(text) => *note = text.filter(|text| !text.is_empty()),
        Err(message) => refusals.push(Refusal::new(Code::InvalidInput, ["note"], message)),
    }
    match refusals.is_empty() {
        true => Ok(()),
        false => Err(Failure::Refused(refusals)),
    }
}

async fn create_once(
    app: &App,
    origin: &Origin,
    reach: Reach,
    new: &NewPayment,
    terms: &Terms,
    key: Option<&Key>,
) -> Result<Changed, Failure<Code>> {
    let now = app.clock.now();
    let id = PaymentId::at(now, random_bytes());
    let tx = app.db.begin().await?;
    if let Some(known) = claim_id::<_, Code>(&tx, key, id, now).await? {
        drop(tx);
        return Ok(Changed { replayed: true, ..Changed::of(change::now(app, known).await?) });
    }
    let mut books = change::lock_order(&tx, origin, new.order, terms).await?;
    change::expect_buyer(origin, reach, &books.order, "order")?;
    if !state::takes_payments(books.order.status) {
        let message = format!("an order that is {} takes no payments", books.order.status);
        return Err(Failure::refused(Code::OrderNotPayable, ["order"], message));
    }
    if books.payments.len() >= MAX_PAYMENTS {
        return Err(Failure::refused(Code::InvalidInput, ["order"], "an order has at most 100 payments"));
    }
    let amount = amount(&books, new.amount)?;
    let row = payment::Model {
        id,
        order_id: books.order.id,
        position: books.payments.iter().map(|payment| payment.position).max().unwrap_or(0) + 1,
        status: PaymentStatus::Pending,
        kind: new.kind,
        gateway: new.gateway,
        currency: books.order.currency.clone(),
        amount_minor: amount,
        authorized_minor: 0,
        captured_minor: 0,
        refunded_minor: 0,
        reference: new.reference.clone(),
        capture_mode: CaptureMode::Automatic,
        card_brand: None,
        last4: None,
        failure_code: None,
        failure_message: None,
        client_secret: None,
        redirect_url: None,
        note: new.note.clone(),
        method: new.method.clone().unwrap_or_else(|| state::display(new.kind).to_owned()),
        external_id: None,
        created_at: now,
        processed_at: None,
        looked_at: None,
        updated_at: now,
    };
    let currency = currency_of(&books.order)?;
    let told = |field: &str, value: &str| Change::new(field, serde_json::Value::Null, value);
    let changes = vec![
        told("amount", &format_minor(amount, currency)),
        told("type", new.kind.as_str()),
        told("gateway", new.gateway.as_str()),
    ];
    terms.ledger(app, &tx, origin).write(&mut books, row, "PAYMENT_CREATED", changes).await?;
    let payment = books.known(id)?.clone();
    crate::order::change::finish(tx, terms.dry_run).await?;
    Ok(Changed::of(payment))
}

/// The amount asked for, or all that is still to be paid; never more.
///
/// # Errors
/// [`Code::InvalidAmount`], [`Code::AmountExceedsBalance`].
fn amount(books: &Books, asked: Option<Decimal>) -> Result<i64, Failure<Code>> {
    let currency = currency_of(&books.order)?;
    let balance = books.balance();
    let amount = match asked {
        Some(asked) => change::minor(asked, currency)?,
        None => balance.max(0),
    };
    exceeds(amount, balance, currency)?;
    Ok(amount)
}

/// Refuses an amount beyond what no payment holds yet of the order's total.
///
/// # Errors
/// [`Code::AmountExceedsBalance`].
pub fn exceeds(amount: i64, balance: i64, currency: crate::money::Currency) -> Result<(), Failure<Code>> {
    if amount > 0 && amount <= balance {
        return Ok(());
    }
    let message = match balance > 0 {
        true => format!("{} {currency} of the order are still to be paid", format_minor(balance, currency)),
        false => "nothing of the order is still to be paid".to_owned(),
    };
    Err(Failure::refused(Code::AmountExceedsBalance, ["amount"], message))
}
