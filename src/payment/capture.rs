//! `paymentCapture`: what a provider promised is taken, all of it or a part, once.

use entity::{id::PaymentId, stored::AttemptKind};
use rust_decimal::Decimal;

use super::{
    attempt::{self, By, Plan, Request},
    change::{self, Changed, Code, Terms},
    ledger::currency_of,
    process,
    state::{self, Action},
};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::Origin,
    fault::Failure,
    idempotency::claim_id,
    money::format_minor,
};

/// Captures a payment; `amount` tells how much, else all that was promised.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn capture(
    app: &App,
    origin: &Origin,
    id: PaymentId,
    amount: Option<Decimal>,
    terms: Terms,
) -> Result<Changed, Failure<Code>> {
    authorise(&origin.actor, Right::PaymentCapture, &app.config.orders)?;
    terms.check(&[])?;
    let key = terms.key(origin, Right::PaymentCapture, &(id, amount))?;
    let begun = retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        if claim_id::<_, Code>(&tx, key.as_ref(), id, now).await?.is_some() {
            return Ok(None);
        }
        let (books, payment) = change::lock(&tx, origin, id, &terms).await?;
        change::expect_idle(&books, id)?;
        if !state::allows(payment.status, Action::Capture) {
            let message = format!("a payment that is {} cannot be captured", payment.status);
            return Err(Failure::refused(Code::PaymentNotCapturable, ["payment"], message));
        }
        change::expect_configured(app, payment.gateway, "payment")?;
        let currency = currency_of(&books.order)?;
        let amount_minor = match amount {
            Some(amount) => change::minor(amount, currency)?,
            None => payment.authorized_minor,
        };
        if amount_minor > payment.authorized_minor {
            let message = format!("{} {currency} were authorised", format_minor(payment.authorized_minor, currency));
            return Err(Failure::refused(Code::AmountExceedsAuthorized, ["amount"], message));
        }
        let plan = Plan { payment: id, kind: AttemptKind::Capture, amount_minor, refund: None };
        let attempt = attempt::start(&tx, plan, &Request::default(), By::Command, now).await?;
        crate::order::change::finish(tx, terms.dry_run).await?;
        Ok(Some((payment, attempt.id)))
    })
    .await?;
    match begun {
        None => Ok(Changed { replayed: true, ..Changed::of(change::now(app, id).await?) }),
        Some((payment, _)) if terms.dry_run => Ok(Changed::of(payment)),
        Some((_, attempt)) => process::carried(app, origin, id, attempt).await,
    }
}
