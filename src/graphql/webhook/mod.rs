//! Outgoing webhooks: the objects, the queries, a file for each mutation.

mod create;
mod delete;
pub mod loader;
mod node;
mod ping;
pub mod query;
mod redeliver;
mod replay;
mod secret_rotate;
mod update;

pub use node::{WebhookDelivery, WebhookEndpoint};
pub use query::WebhookQuery;

/// Mutations of outgoing webhooks.
#[derive(Default, async_graphql::MergedObject)]
pub struct WebhookMutation(
    create::WebhookEndpointCreate,
    update::WebhookEndpointUpdate,
    delete::WebhookEndpointDelete,
    secret_rotate::WebhookSecretRotate,
    ping::WebhookPing,
    redeliver::WebhookRedeliver,
    replay::WebhookReplay,
);

/// Declares the error types of a mutation of webhooks.
macro_rules! webhook_errors {
    ($error:ident, $code:ident) => {
        $crate::graphql::error::user_errors! {
            $error, $code = $crate::webhook::change::Code {
                /// No such endpoint, delivery or store, or not yours.
                NotFound,
                /// Not an address that webhooks may go to: http or https, a public host, no user or password.
                InvalidUrl,
                /// There are as many endpoints as there may be.
                LimitReached,
                /// The endpoint is disabled.
                EndpointDisabled,
                /// Anything else that is wrong with the input.
                InvalidInput,
                /// The key was used with other input.
                IdempotencyKeyReused,
            }
        }
    };
}
use webhook_errors;
