//! `webhookEndpointDelete`.

use entity::{id::WebhookEndpointId, webhook_endpoint};
use sea_orm::EntityTrait;

use super::change::{self, Code};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::{Change, Origin},
    fault::Failure,
};

/// Deletes an endpoint with its deliveries; jobs that are left find nothing to do.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn delete(app: &App, origin: &Origin, id: WebhookEndpointId) -> Result<webhook_endpoint::Model, Failure<Code>> {
    authorise(&origin.actor, Right::WebhookEndpointDelete, &app.config.orders)?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let endpoint = change::lock(&tx, origin, id).await?;
        let changes = [
            Change::new("url", endpoint.url.as_str(), serde_json::Value::Null),
            Change::new("store", change::store_json(endpoint.store_id), serde_json::Value::Null),
        ];
        change::log(&tx, origin, now, id, "WEBHOOK_ENDPOINT_DELETED", None, &changes).await?;
        webhook_endpoint::Entity::delete_by_id(id).exec(&tx).await?;
        tx.commit().await?;
        Ok(endpoint)
    })
    .await
}
