//! `webhookRedeliver`: one delivery once more, such as a dead letter.

use entity::{id::WebhookDeliveryId, webhook_delivery};

use super::{
    change::{self, Code},
    queue,
};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::Origin,
    fault::Failure,
};

/// Delivers once more, with the same message id and a new round of attempts; what waits for its next attempt is tried now.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn redeliver(
    app: &App,
    origin: &Origin,
    id: WebhookDeliveryId,
) -> Result<webhook_delivery::Model, Failure<Code>> {
    authorise(&origin.actor, Right::WebhookRedeliver, &app.config.orders)?;
    let not_found = || Failure::refused(Code::NotFound, ["delivery"], "Delivery not found");
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let known = queue::peek(&tx, id).await?.ok_or_else(not_found)?;
        let endpoint = change::lock(&tx, origin, known.endpoint_id).await.map_err(|failure| match failure {
            Failure::Refused(_) => not_found(),
            other => other,
        })?;
        change::must_be_active(&endpoint)?;
        let delivery = queue::lock(&tx, id).await?.ok_or_else(not_found)?;
        let subject = queue::subject(&tx, &delivery).await?;
        let delivery = queue::again(&tx, delivery, subject, now).await?;
        tx.commit().await?;
        Ok(delivery)
    })
    .await
}
