//! `paymentUpdate`: what a payment is over, by administrators, while nothing came of it (C-13).

use entity::{
    id::PaymentId,
    payment,
    stored::{PaymentGateway, PaymentType},
};
use rust_decimal::Decimal;
use serde::Serialize;

use super::{
    books::Books,
    change::{self, Changed, Code, Terms},
    create,
    ledger::{currency_of, differences},
    state::{self, Action},
};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::Origin,
    fault::Failure,
    idempotency::claim_id,
};

/// What is to be changed; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Edit {
    /// What it is over.
    pub amount: Option<Decimal>,
    /// How it is paid.
    pub kind: Option<PaymentType>,
    /// How the payment is called to people; an empty one calls it by its type.
    pub method: Option<String>,
    /// The shop's reference, of a payment by hand; an empty one takes it away.
    pub reference: Option<String>,
    /// A remark; an empty one takes it away.
    pub note: Option<String>,
}

/// Changes a payment.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn update(
    app: &App,
    origin: &Origin,
    id: PaymentId,
    edit: Edit,
    terms: Terms,
) -> Result<Changed, Failure<Code>> {
    authorise(&origin.actor, Right::PaymentUpdate, &app.config.orders)?;
    let texts = [("method", edit.method.as_deref()), ("reference", edit.reference.as_deref()), ("note", edit.note.as_deref())];
    terms.check(&texts)?;
    let mut trimmed = edit.clone();
    create::lines(&mut trimmed.method, &mut trimmed.reference, &mut trimmed.note)?;
    let key = terms.key(origin, Right::PaymentUpdate, &(id, &edit))?;
    let changed = retrying(|| async {
        let tx = app.db.begin().await?;
        if claim_id::<_, Code>(&tx, key.as_ref(), id, app.clock.now()).await?.is_some() {
            return Ok(None);
        }
        let (mut books, payment) = change::lock(&tx, origin, id, &terms).await?;
        expect_unlocked(&books, &payment, Action::Update)?;
        let ledger = terms.ledger(app, &tx, origin);
        let after = payment::Model { updated_at: ledger.now, ..edited(&books, &payment, &edit, &trimmed)? };
        let changes = differences(&payment, &after, currency_of(&books.order)?);
        if !changes.is_empty() {
            ledger.write(&mut books, after, "PAYMENT_UPDATED", changes).await?;
        }
        let after = books.known(id)?.clone();
        crate::order::change::finish(tx, terms.dry_run).await?;
        Ok::<_, Failure<Code>>(Some(after))
    })
    .await?;
    match changed {
        Some(payment) => Ok(Changed::of(payment)),
        None => Ok(Changed { replayed: true, ..Changed::of(change::now(app, id).await?) }),
    }
}

/// Refuses a payment that something came of, or that a provider may still take money for.
///
/// # Errors
/// [`Code::PaymentLocked`], [`Code::PaymentInProgress`].
pub fn expect_unlocked(books: &Books, payment: &payment::Model, action: Action) -> Result<(), Failure<Code>> {
    change::expect_idle(books, payment.id)?;
    let locked = |message: String| Failure::refused(Code::PaymentLocked, ["payment"], message);
    if !state::allows(payment.status, action) {
        return Err(locked(format!("a payment that is {} can neither be changed nor deleted", payment.status)));
    }
    if payment.gateway != PaymentGateway::Manual && payment.reference.is_some() && state::allows(payment.status, Action::Void) {
        return Err(locked("its provider has begun it; call it off first".into()));
    }
    Ok(())
}

fn edited(books: &Books, payment: &payment::Model, edit: &Edit, trimmed: &Edit) -> Result<payment::Model, Failure<Code>> {
    let mut after = payment.clone();
    if let Some(amount) = edit.amount {
        let currency = currency_of(&books.order)?;
        let amount = change::minor(amount, currency)?;
        let own = state::holds(payment.status, payment.amount_minor, payment.captured_minor, payment.refunded_minor);
        create::exceeds(amount, books.balance() + own, currency)?;
        after.amount_minor = amount;
    }
    if let Some(kind) = edit.kind {
        if payment.gateway != PaymentGateway::Manual && kind == PaymentType::Cash {
            return Err(Failure::refused(Code::InvalidInput, ["type"], "no provider takes cash"));
        }
        if payment.method == state::display(payment.kind) {
            after.method = state::display(kind).to_owned();
        }
        after.kind = kind;
    }
    if edit.method.is_some() {
        after.method = trimmed.method.clone().unwrap_or_else(|| state::display(after.kind).to_owned());
    }
    if edit.reference.is_some() {
        if payment.gateway != PaymentGateway::Manual {
            return Err(Failure::refused(Code::InvalidInput, ["reference"], "the provider gives the reference of its payments"));
        }
        after.reference = trimmed.reference.clone();
    }
    if edit.note.is_some() {
        after.note = trimmed.note.clone();
    }
    Ok(after)
}
