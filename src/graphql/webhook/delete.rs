//! `webhookEndpointDelete`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::webhook_errors;
use crate::{
    auth::policy::Right,
    graphql::{Here, error},
    webhook::{change::Code, delete},
};

webhook_errors!(WebhookEndpointDeleteUserError, WebhookEndpointDeleteErrorCode);

/// Which endpoint is to be deleted.
#[derive(Clone, Debug, InputObject)]
pub struct WebhookEndpointDeleteInput {
    /// The endpoint.
    endpoint: ID,
}

/// What came of webhookEndpointDelete.
#[derive(SimpleObject)]
pub struct WebhookEndpointDeletePayload {
    /// The id of the endpoint that was deleted; null when it was refused.
    deleted_id: Option<ID>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<WebhookEndpointDeleteUserError>,
}

/// `webhookEndpointDelete`.
#[derive(Default)]
pub struct WebhookEndpointDelete;

#[Object]
impl WebhookEndpointDelete {
    /// Deletes an endpoint of outgoing webhooks with its deliveries; what waits is not sent.
    async fn webhook_endpoint_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which endpoint is to be deleted.")] input: WebhookEndpointDeleteInput,
    ) -> Result<WebhookEndpointDeletePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::WebhookEndpointDelete)?;
        let outcome = match error::id(&input.endpoint, Code::NotFound, &["endpoint"], "Webhook endpoint") {
            Ok(id) => delete::delete(here.app, here.origin, id).await,
            Err(refusal) => Err(refusal.into()),
        };

        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => WebhookEndpointDeletePayload { deleted_id: None, user_errors },
            Ok(row) => WebhookEndpointDeletePayload { deleted_id: Some(ID(row.id.to_string())), user_errors: Vec::new() },
        })
    }
}
