//! `webhookEndpointCreate`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{WebhookEndpoint, webhook_errors};
use crate::{
    auth::policy::Right,
    graphql::{Here, error},
    webhook::create::{self, NewEndpoint},
};

webhook_errors!(WebhookEndpointCreateUserError, WebhookEndpointCreateErrorCode);

/// What is to be created.
#[derive(Clone, Debug, InputObject)]
pub struct WebhookEndpointCreateInput {
    /// Where messages go: http or https, a public host.
    url: String,
    /// What it is for, at most 500 characters.
    description: Option<String>,
    /// The types of events it wants, such as order.confirmed or order.*; all unless told.
    events: Option<Vec<String>>,
    /// The store whose orders it is told of. Sellers make endpoints for their stores only; staff also without one, for all.
    store: Option<ID>,
    /// Makes a repeated call the same call: the same key and input give the same endpoint.
    idempotency_key: Option<String>,
}

/// What came of webhookEndpointCreate.
#[derive(SimpleObject)]
pub struct WebhookEndpointCreatePayload {
    /// The endpoint; null when it was refused.
    endpoint: Option<WebhookEndpoint>,
    /// The secret that signs its messages, whsec_…: shown this once, and not when the call repeats an earlier one.
    secret: Option<String>,
    /// True: this call repeats an earlier one with the same key.
    replayed: bool,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<WebhookEndpointCreateUserError>,
}

/// `webhookEndpointCreate`.
#[derive(Default)]
pub struct WebhookEndpointCreate;

#[Object]
impl WebhookEndpointCreate {
    /// Creates an endpoint of outgoing webhooks, by staff and by sellers for their stores.
    async fn webhook_endpoint_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be created.")] input: WebhookEndpointCreateInput,
    ) -> Result<WebhookEndpointCreatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::WebhookEndpointCreate)?;
        let new = NewEndpoint {
            url: input.url,
            description: input.description.unwrap_or_default(),
            events: input.events.unwrap_or_default(),
            store: input.store.map(|id| id.parse().ok()),
        };
        let outcome = create::create(here.app, here.origin, new, input.idempotency_key.as_deref()).await;
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => WebhookEndpointCreatePayload { endpoint: None, secret: None, replayed: false, user_errors },
            Ok(created) => WebhookEndpointCreatePayload {
                secret: (!created.replayed).then(|| created.endpoint.secret.0.clone()),
                endpoint: Some(WebhookEndpoint::new(created.endpoint)),
                replayed: created.replayed,
                user_errors: Vec::new(),
            },
        })
    }
}
