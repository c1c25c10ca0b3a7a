//! `paymentDelete`: a payment that nothing came of is taken away, by administrators; a snapshot of it stays in the event (C-13).
//! What its provider still holds open is called off by a job.

use entity::{id::PaymentId, order, payment};
use sea_orm::EntityTrait;

use super::{
    abandon,
    change::{self, Code, Terms},
    state::Action,
    update::expect_unlocked,
};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::{Change, Origin},
    fault::Failure,
};

/// Deletes a payment; the order as it is then.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn delete(app: &App, origin: &Origin, id: PaymentId, terms: Terms) -> Result<order::Model, Failure<Code>> {
    authorise(&origin.actor, Right::PaymentDelete, &app.config.orders)?;
    terms.check(&[])?;
    retrying(|| async {
        let tx = app.db.begin().await?;
        let (mut books, payment) = change::lock(&tx, origin, id, &terms).await?;
        expect_unlocked(&books, &payment, Action::Delete)?;
        abandon::enqueue(&tx, &payment, app.clock.now()).await?;
        payment::Entity::delete_by_id(id).exec(&tx).await?;
        books.payments.retain(|known| known.id != id);
        let changes = vec![Change::new("payment", snapshot(&payment), serde_json::Value::Null)];
        terms.ledger(app, &tx, origin).tell(&mut books, "PAYMENT_DELETED", changes).await?;
        crate::order::change::finish(tx, terms.dry_run).await?;
        Ok(books.order)
    })
    .await
}

/// All of a payment as a document.
fn snapshot(payment: &payment::Model) -> serde_json::Value {
    serde_json::json!({
        "id": payment.id,
        "status": payment.status,
        "type": payment.kind,
        "gateway": payment.gateway,
        "currency": payment.currency,
        "amountMinor": payment.amount_minor,
        "reference": payment.reference,
        "method": payment.method,
        "note": payment.note,
        "failureCode": payment.failure_code,
        "failureMessage": payment.failure_message,
        "createdAt": payment.created_at.datetime(),
    })
}
