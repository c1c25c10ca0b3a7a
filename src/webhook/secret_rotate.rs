//! `webhookSecretRotate`.

use entity::{id::WebhookEndpointId, webhook_endpoint};
use sea_orm::{ActiveModelTrait, IntoActiveModel};

use super::{
    change::{self, Code},
    signature::new_secret,
};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::Origin,
    fault::Failure,
};

/// Hours that the previous secret signs too, unless told.
pub const OVERLAP_HOURS: i64 = 24;

/// Most hours it does: a week.
const MAX_OVERLAP_HOURS: i64 = 168;

/// Gives an endpoint a new secret; the one before it stays valid for some hours beside it. The one before that ends.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn rotate(
    app: &App,
    origin: &Origin,
    id: WebhookEndpointId,
    overlap_hours: i64,
) -> Result<webhook_endpoint::Model, Failure<Code>> {
    authorise(&origin.actor, Right::WebhookSecretRotate, &app.config.orders)?;
    if !(0..=MAX_OVERLAP_HOURS).contains(&overlap_hours) {
        let message = format!("must be between 0 and {MAX_OVERLAP_HOURS}");
        return Err(Failure::refused(Code::InvalidInput, ["overlapHours"], message));
    }
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let mut endpoint = change::lock(&tx, origin, id).await?;
        endpoint.previous_secret = Some(std::mem::replace(&mut endpoint.secret, new_secret()));
        endpoint.previous_until = Some(now.plus_seconds(overlap_hours * 3_600));
        endpoint.updated_at = now;
        endpoint.clone().into_active_model().reset_all().update(&tx).await?;
        change::log(&tx, origin, now, id, "WEBHOOK_SECRET_ROTATED", None, &[]).await?;
        tx.commit().await?;
        Ok(endpoint)
    })
    .await
}
