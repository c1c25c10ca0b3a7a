//! `webhookEndpointUpdate`.

use entity::{id::WebhookEndpointId, stored::WebhookStatus, webhook_endpoint};
use sea_orm::{ActiveModelTrait, IntoActiveModel};

use super::change::{self, Code};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::{Change, Origin},
    fault::Failure,
};

/// What is to be changed; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// Where messages go.
    pub url: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The types it wants; all when it is empty.
    pub events: Option<Vec<String>>,
    /// Whether it is told at all.
    pub status: Option<WebhookStatus>,
}

/// Changes an endpoint. Made active again, it begins with a clean slate.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn update(
    app: &App,
    origin: &Origin,
    id: WebhookEndpointId,
    edit: Edit,
) -> Result<webhook_endpoint::Model, Failure<Code>> {
    authorise(&origin.actor, Right::WebhookEndpointUpdate, &app.config.orders)?;
    let url = edit.url.as_deref().map(|url| change::url(url, app.config.webhooks.allow_private)).transpose()?;
    let description = edit.description.as_deref().map(change::description).transpose()?;
    let events = edit.events.as_deref().map(change::events).transpose()?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let before = change::lock(&tx, origin, id).await?;
        let mut after = before.clone();
        after.url = url.clone().unwrap_or(after.url);
        after.description = description.clone().unwrap_or(after.description);
        after.events = events.clone().unwrap_or(after.events);
        after.status = edit.status.unwrap_or(after.status);
        let changes = changes(&before, &after);
        if changes.is_empty() {
            return Ok(before);
        }
        if after.status == WebhookStatus::Active && before.status != WebhookStatus::Active {
            after.failures = 0;
            (after.disabled_reason, after.failing_since, after.failed_at) = (None, None, None);
        }
        after.updated_at = now;
        after.clone().into_active_model().reset_all().update(&tx).await?;
        change::log(&tx, origin, now, id, "WEBHOOK_ENDPOINT_UPDATED", None, &changes).await?;
        tx.commit().await?;
        Ok(after)
    })
    .await
}

fn changes(before: &webhook_endpoint::Model, after: &webhook_endpoint::Model) -> Vec<Change> {
    let compared = [
        ("url", before.url.as_str(), after.url.as_str()),
        ("description", &before.description, &after.description),
        ("events", &before.events, &after.events),
        ("status", before.status.as_str(), after.status.as_str()),
    ];
    let changed = compared.into_iter().filter(|(_, old, new)| old != new);
    changed.map(|(field, old, new)| Change::new(field, old, new)).collect()
}
