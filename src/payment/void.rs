//! `paymentVoid`: a payment is called off before anything was captured.

use entity::id::PaymentId;

use super::{
    attempt::By,
    change::{self, Changed, Code, Terms},
    process,
    state::{self, Action},
    unwind,
};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::Origin,
    fault::Failure,
    idempotency::claim_id,
};

/// Calls a payment off.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn void(app: &App, origin: &Origin, id: PaymentId, terms: Terms) -> Result<Changed, Failure<Code>> {
    authorise(&origin.actor, Right::PaymentVoid, &app.config.orders)?;
    terms.check(&[])?;
    let key = terms.key(origin, Right::PaymentVoid, &id)?;
    let begun = retrying(|| async {
        let tx = app.db.begin().await?;
        if claim_id::<_, Code>(&tx, key.as_ref(), id, app.clock.now()).await?.is_some() {
            return Ok(None);
        }
        let (mut books, payment) = change::lock(&tx, origin, id, &terms).await?;
        change::expect_idle(&books, id)?;
        if !state::allows(payment.status, Action::Void) {
            let message = format!("a payment that is {} cannot be called off", payment.status);
            return Err(Failure::refused(Code::PaymentNotVoidable, ["payment"], message));
        }
        let ledger = terms.ledger(app, &tx, origin);
        let attempt = match unwind::is_ours_alone(&payment) {
            true => {
                unwind::cancel(&ledger, &mut books, payment).await?;
                None
            }
            false => {
                change::expect_configured(app, payment.gateway, "payment")?;
                Some(unwind::void(&ledger, &mut books, &payment, By::Command).await?.id)
            }
        };
        let after = books.known(id)?.clone();
        crate::order::change::finish(tx, terms.dry_run).await?;
        Ok(Some((after, attempt.filter(|_| !terms.dry_run))))
    })
    .await?;
    match begun {
        None => Ok(Changed { replayed: true, ..Changed::of(change::now(app, id).await?) }),
        Some((payment, None)) => Ok(Changed::of(payment)),
        Some((_, Some(attempt))) => process::carried(app, origin, id, attempt).await,
    }
}
