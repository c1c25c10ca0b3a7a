//! `webhookPing`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{WebhookDelivery, webhook_errors};
use crate::{
    auth::policy::Right,
    graphql::{Here, error},
    webhook::{change::Code, ping},
};

webhook_errors!(WebhookPingUserError, WebhookPingErrorCode);

/// Who is to get a test message.
#[derive(Clone, Debug, InputObject)]
pub struct WebhookPingInput {
    /// The endpoint.
    endpoint: ID,
}

/// What came of webhookPing.
#[derive(SimpleObject)]
pub struct WebhookPingPayload {
    /// The delivery of the test message, which soon says how it went; null when it was refused.
    delivery: Option<WebhookDelivery>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<WebhookPingUserError>,
}

/// `webhookPing`.
#[derive(Default)]
pub struct WebhookPing;

#[Object]
impl WebhookPing {
    /// Sends a test message to an endpoint, once.
    async fn webhook_ping(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is to get a test message.")] input: WebhookPingInput,
    ) -> Result<WebhookPingPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::WebhookPing)?;
        let outcome = match error::id(&input.endpoint, Code::NotFound, &["endpoint"], "Webhook endpoint") {
            Ok(id) => ping::ping(here.app, here.origin, id).await,
            Err(refusal) => Err(refusal.into()),
        };

        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => WebhookPingPayload { delivery: None, user_errors },
            Ok(row) => WebhookPingPayload { delivery: Some(WebhookDelivery::new(row)), user_errors: Vec::new() },
        })
    }
}
