//! `webhookSecretRotate`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{WebhookEndpoint, webhook_errors};
use crate::{
    auth::policy::Right,
    graphql::{Here, error, scalar::Int},
    webhook::{change::Code, secret_rotate},
};

webhook_errors!(WebhookSecretRotateUserError, WebhookSecretRotateErrorCode);

/// Whose secret is to be replaced.
#[derive(Clone, Debug, InputObject)]
pub struct WebhookSecretRotateInput {
    /// The endpoint.
    endpoint: ID,
    /// Hours that the previous secret signs too, beside the new one: 0 to 168, 24 unless told.
    overlap_hours: Option<Int>,
}

/// What came of webhookSecretRotate.
#[derive(SimpleObject)]
pub struct WebhookSecretRotatePayload {
    /// The endpoint; null when it was refused.
    endpoint: Option<WebhookEndpoint>,
    /// The new secret, whsec_…: shown this once.
    secret: Option<String>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<WebhookSecretRotateUserError>,
}

/// `webhookSecretRotate`.
#[derive(Default)]
pub struct WebhookSecretRotate;

#[Object]
impl WebhookSecretRotate {
    /// Gives an endpoint a new secret; for some hours messages carry a signature by each.
    async fn webhook_secret_rotate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose secret is to be replaced.")] input: WebhookSecretRotateInput,
    ) -> Result<WebhookSecretRotatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::WebhookSecretRotate)?;
        let outcome = match error::id(&input.endpoint, Code::NotFound, &["endpoint"], "Webhook endpoint") {
            Ok(id) => {
                let hours = input.overlap_hours.map_or(secret_rotate::OVERLAP_HOURS, |hours| hours.0);
                secret_rotate::rotate(here.app, here.origin, id, hours).await
            }
            Err(refusal) => Err(refusal.into()),
        };

        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => WebhookSecretRotatePayload { endpoint: None, secret: None, user_errors },
            Ok(row) => WebhookSecretRotatePayload {
                secret: Some(row.secret.0.clone()),
                endpoint: Some(WebhookEndpoint::new(row)),
                user_errors: Vec::new(),
            },
        })
    }
}
