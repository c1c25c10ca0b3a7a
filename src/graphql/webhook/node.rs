//! Endpoints, deliveries and attempts as the API shows them. A secret is told when it is made, never here.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use entity::{stored, webhook_attempt, webhook_delivery, webhook_endpoint};

use crate::{
    graphql::{
        Here,
        connection::{PageArguments, connection},
        error,
        scalar::{Int, Moment, count},
        store::Store,
    },
    webhook::{
        filter::event_type,
        payload::event_id,
        query::{self, wanted},
    },
};

/// Whether an endpoint is told of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::WebhookStatus")]
pub enum WebhookStatus {
    /// It is.
    Active,
    /// It is not: by its owner, after long failure, or because it said that it is gone.
    Disabled,
}

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::WebhookDeliveryState")]
pub enum WebhookDeliveryState {
    /// It waits for its first or next attempt.
    Pending,
    /// The receiver took it.
    Succeeded,
    /// It was given up: a dead letter.
    Failed,
}

/// A receiver of events, told by the Standard Webhooks specification.
#[derive(Clone)]
pub struct WebhookEndpoint(Arc<webhook_endpoint::Model>);

impl WebhookEndpoint {
    /// An endpoint's row.
    pub fn new(row: webhook_endpoint::Model) -> Self {
        Self(Arc::new(row))
    }
}

/// A receiver of events, told by the Standard Webhooks specification.
#[Object]
impl WebhookEndpoint {
    /// The endpoint's id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Where messages go.
    async fn url(&self) -> &str {
        &self.0.url
    }

    /// What it is for.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// The types of events it wants, such as order.confirmed or order.*; all when the list is empty.
    async fn events(&self) -> Vec<String> {
        wanted(&self.0)
    }

    /// Whether it is told at all.
    async fn status(&self) -> WebhookStatus {
        self.0.status.into()
    }

    /// Why it is not, when the service decided so.
    async fn disabled_reason(&self) -> Option<&str> {
        self.0.disabled_reason.as_deref()
    }

    /// Since when every attempt has failed; null while it takes what it is sent.
    async fn failing_since(&self) -> Option<Moment> {
        self.0.failing_since.map(Moment)
    }

    /// Until when the previous secret signs too, after a rotation.
    async fn previous_secret_until(&self) -> Option<Moment> {
        self.0.previous_until.map(Moment)
    }

    /// The store whose orders it is told of, as far as its sellers see them; null for an endpoint that is told of all.
    async fn store(&self, ctx: &Context<'_>) -> Option<Result<Store>> {
        let id = self.0.store_id?;
        let here = match Here::of(ctx) {
            Ok(here) => here,
            Err(error) => return Some(Err(error)),
        };
        match here.loaders.stores.load(&here.app.db, id).await {
            Ok(store) => store.map(|row| Ok(Store::new(row))),
            Err(fault) => Some(Err(error::internal(ctx, &fault))),
        }
    }

    /// What it was and is to be told, newest first. Dead letters are those with state FAILED.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front; 20 unless told, at most 100.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first.")] offset: Option<Int>,
        #[graphql(desc = "Only those in this state.")] state: Option<WebhookDeliveryState>,
    ) -> Result<WebhookDeliveryConnection> {
        let here = Here::of(ctx)?;
        let pages = &here.app.config.pages;
        let request = PageArguments { first, after, last, before, offset }.request(ctx, pages, pages.page_size);
        let page = query::deliveries(here.app.db.reader(), self.0.id, state.map(Into::into), &request)
            .await
            .map_err(|error| error::no_page(ctx, error))?;
        Ok(WebhookDeliveryConnection::new(page, WebhookDelivery::new))
    }

    /// When it was made.
    async fn created_at(&self) -> Moment {
        Moment(self.0.created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Moment {
        Moment(self.0.updated_at)
    }
}

connection!(WebhookEndpointConnection, WebhookEndpointEdge, WebhookEndpoint);

/// One event for one endpoint.
#[derive(Clone)]
pub struct WebhookDelivery(Arc<webhook_delivery::Model>);

impl WebhookDelivery {
    /// A delivery's row.
    pub fn new(row: webhook_delivery::Model) -> Self {
        Self(Arc::new(row))
    }
}

/// One event for one endpoint.
#[Object]
impl WebhookDelivery {
    /// The delivery's id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What the header webhook-id says: the event's id, the same for every attempt; this delivery's for a test message.
    async fn message_id(&self) -> String {
        self.0.event_id.map_or_else(|| self.0.id.to_string(), event_id)
    }

    /// The endpoint.
    async fn endpoint_id(&self) -> ID {
        ID(self.0.endpoint_id.to_string())
    }

    /// The type of the event, such as order.confirmed; webhook.ping for a test message.
    async fn r#type(&self) -> String {
        match self.0.event_id {
            Some(_) => event_type(&self.0.kind),
            None => "webhook.ping".to_owned(),
        }
    }

    /// The event's place in the log, to begin a replay at; null for a test message. A decimal number.
    async fn position(&self) -> Option<String> {
        self.0.position.map(|position| position.to_string())
    }

    /// The id of the order it is about.
    async fn order_id(&self) -> Option<ID> {
        self.0.order_id.map(|id| ID(id.to_string()))
    }

    /// How it stands.
    async fn state(&self) -> WebhookDeliveryState {
        self.0.state.into()
    }

    /// Attempts since it was made or last redelivered.
    async fn attempt_count(&self) -> i32 {
        self.0.attempts
    }

    /// When it is tried next; null when it is over.
    async fn next_attempt_at(&self) -> Option<Moment> {
        self.0.next_at.map(Moment)
    }

    /// Why the last attempt failed.
    async fn last_error(&self) -> Option<&str> {
        self.0.last_error.as_deref()
    }

    /// Every attempt, oldest first.
    async fn attempts(&self, ctx: &Context<'_>) -> Result<Vec<WebhookAttempt>> {
        let here = Here::of(ctx)?;
        let rows = here.loaders.webhook_attempts.load(&here.app.db, self.0.id).await;
        let rows = rows.map_err(|fault| error::internal(ctx, &fault))?;
        Ok(rows.iter().map(WebhookAttempt::new).collect())
    }

    /// When it was made.
    async fn created_at(&self) -> Moment {
        Moment(self.0.created_at)
    }

    /// When it was over.
    async fn finished_at(&self) -> Option<Moment> {
        self.0.finished_at.map(Moment)
    }
}

connection!(WebhookDeliveryConnection, WebhookDeliveryEdge, WebhookDelivery);

/// One request to an endpoint, and what came back.
#[derive(Clone, Debug, SimpleObject)]
pub struct WebhookAttempt {
    /// When it began.
    at: Moment,
    /// The HTTP status of the answer; null when none came.
    status_code: Option<i32>,
    /// What went wrong; null when the message was taken.
    error: Option<String>,
    /// How long it took, in milliseconds.
    duration_ms: i32,
    /// The beginning of the answer, at most 1024 bytes.
    answer: Option<String>,
}

impl WebhookAttempt {
    fn new(row: &webhook_attempt::Model) -> Self {
        Self {
            at: Moment(row.at),
            status_code: row.status_code,
            error: row.error.clone(),
            duration_ms: count(i64::from(row.duration_ms)),
            answer: row.answer.clone(),
        }
    }
}
