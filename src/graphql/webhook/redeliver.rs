//! `webhookRedeliver`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{WebhookDelivery, webhook_errors};
use crate::{
    auth::policy::Right,
    graphql::{Here, error},
    webhook::{change::Code, redeliver},
};

webhook_errors!(WebhookRedeliverUserError, WebhookRedeliverErrorCode);

/// What is to be delivered once more.
#[derive(Clone, Debug, InputObject)]
pub struct WebhookRedeliverInput {
    /// The delivery.
    delivery: ID,
}

/// What came of webhookRedeliver.
#[derive(SimpleObject)]
pub struct WebhookRedeliverPayload {
    /// The delivery as it is now; null when it was refused.
    delivery: Option<WebhookDelivery>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<WebhookRedeliverUserError>,
}

/// `webhookRedeliver`.
#[derive(Default)]
pub struct WebhookRedeliver;

#[Object]
impl WebhookRedeliver {
    /// Delivers an event once more, such as a dead letter, with the same message id and new attempts.
    async fn webhook_redeliver(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be delivered once more.")] input: WebhookRedeliverInput,
    ) -> Result<WebhookRedeliverPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::WebhookRedeliver)?;
        let outcome = match error::id(&input.delivery, Code::NotFound, &["delivery"], "Delivery") {
            Ok(id) => redeliver::redeliver(here.app, here.origin, id).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => WebhookRedeliverPayload { delivery: None, user_errors },
            Ok(row) => WebhookRedeliverPayload { delivery: Some(WebhookDelivery::new(row)), user_errors: Vec::new() },
        })
    }
}
