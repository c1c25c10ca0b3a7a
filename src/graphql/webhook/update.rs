//! `webhookEndpointUpdate`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{WebhookEndpoint, node::WebhookStatus, webhook_errors};
use crate::{
    auth::policy::Right,
    graphql::{Here, error},
    webhook::{
        change::Code,
        update::{self, Edit},
    },
};

webhook_errors!(WebhookEndpointUpdateUserError, WebhookEndpointUpdateErrorCode);

/// What is to be changed; fields left out stay as they are.
#[derive(Clone, Debug, InputObject)]
pub struct WebhookEndpointUpdateInput {
    /// The endpoint.
    endpoint: ID,
    /// Where messages go: http or https, a public host.
    url: Option<String>,
    /// What it is for, at most 500 characters.
    description: Option<String>,
    /// The types of events it wants, such as order.confirmed or order.*; all when the list is empty.
    events: Option<Vec<String>>,
    /// Whether it is told at all. Made ACTIVE again, it hears what happens from then on; webhookReplay brings what it missed.
    status: Option<WebhookStatus>,
}

/// What came of webhookEndpointUpdate.
#[derive(SimpleObject)]
pub struct WebhookEndpointUpdatePayload {
    /// The endpoint as it is now; null when the change was refused.
    endpoint: Option<WebhookEndpoint>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<WebhookEndpointUpdateUserError>,
}

/// `webhookEndpointUpdate`.
#[derive(Default)]
pub struct WebhookEndpointUpdate;

#[Object]
impl WebhookEndpointUpdate {
    /// Changes an endpoint of outgoing webhooks.
    async fn webhook_endpoint_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be changed; fields left out stay as they are.")] input: WebhookEndpointUpdateInput,
    ) -> Result<WebhookEndpointUpdatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::WebhookEndpointUpdate)?;
        let outcome = match error::id(&input.endpoint, Code::NotFound, &["endpoint"], "Webhook endpoint") {
            Ok(id) => {
                let edit = Edit {
                    url: input.url,
                    description: input.description,
                    events: input.events,
                    status: input.status.map(Into::into),
                };
                update::update(here.app, here.origin, id, edit).await
            }
            Err(refusal) => Err(refusal.into()),
        };

        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => WebhookEndpointUpdatePayload { endpoint: None, user_errors },
            Ok(row) => WebhookEndpointUpdatePayload { endpoint: Some(WebhookEndpoint::new(row)), user_errors: Vec::new() },
        })
    }
}
