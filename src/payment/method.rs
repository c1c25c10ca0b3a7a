//! Saved methods of payment (PAY-08): `paymentMethodDelete`.

use entity::{
    id::PaymentMethodId,
    job, payment_method,
    stored::{EventSubject, PaymentGateway},
};
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};

use super::{change::Code, gateway::GatewayError};
use crate::{
    app::App,
    auth::policy::{Reach, Right, authorise},
    db::retrying,
    event::{self, Change, NewEvent, Origin},
    fault::Failure,
    job::{Done, NewJob, Trouble, payload},
};

/// Has a provider forget a method.
pub const FORGET: &str = "payment.forget";

/// The payload of it.
#[derive(Debug, Serialize, Deserialize)]
struct Forget {
    gateway: PaymentGateway,
    token: String,
}

/// Deletes a saved method; the provider forgets it soon after.
///
/// # Errors
/// [`Code::NotFound`] for what is not the caller's.
pub(crate) async fn delete(app: &App, origin: &Origin, id: PaymentMethodId) -> Result<(), Failure<Code>> {
    let reach = authorise(&origin.actor, Right::PaymentMethodDelete, &app.config.orders)?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let not_found = || Failure::refused(Code::NotFound, ["paymentMethod"], "Payment method not found");
        let row = payment_method::Entity::find_by_id(id).one(&tx).await?.ok_or_else(not_found)?;
        if reach == Reach::Own && origin.actor.customer() != Some(row.customer_id) {
            return Err(not_found());
        }
        if payment_method::Entity::delete_by_id(id).exec(&tx).await?.rows_affected != 1 {
            return Err(not_found());
        }
        let changes = [
            Change::new("method", id.to_string(), serde_json::Value::Null),
            Change::new("gateway", row.gateway.as_str(), serde_json::Value::Null),
        ];
        let deleted = NewEvent {
            subject: EventSubject::Customer,
            subject_id: row.customer_id.0,
            place: None,
            kind: "PAYMENT_METHOD_DELETED",
            reason: None,
            changes: &changes,
        };
        event::append(&tx, origin, now, &deleted).await?;
        let forget = Forget { gateway: row.gateway, token: row.token };
        crate::job::enqueue(&tx, NewJob::new(FORGET, &forget, now)?, now).await?;
        tx.commit().await?;
        Ok(())
    })
    .await
}

/// The job that has a provider forget a method.
///
/// # Errors
/// To be tried again when the provider does not answer.
pub(crate) async fn forget(app: &App, job: &job::Model) -> Result<Done, Trouble> {
    let Forget { gateway, token } = payload(job)?;
    let Some(client) = app.gateways.get(gateway) else { return Err(Trouble::GiveUp("the provider is not configured".into())) };
    match client.forget_method(&token).await {
        // What it does not know it need not forget.
        Ok(()) | Err(GatewayError::Rejected(_) | GatewayError::Declined(_)) => Ok(Done::Finished),
        Err(error) => Err(Trouble::Retry(error.plain())),
    }
}
