//! `webhookPing`: a test message.

use entity::{id::WebhookEndpointId, webhook_delivery};

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

/// Has a test message sent, once.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn ping(app: &App, origin: &Origin, id: WebhookEndpointId) -> Result<webhook_delivery::Model, Failure<Code>> {
    authorise(&origin.actor, Right::WebhookPing, &app.config.orders)?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let endpoint = change::lock(&tx, origin, id).await?;
        change::must_be_active(&endpoint)?;
        let delivery = queue::add_ping(&tx, &endpoint, now).await?;
        tx.commit().await?;
        Ok(delivery)
    })
    .await
}
