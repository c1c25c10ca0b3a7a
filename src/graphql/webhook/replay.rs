//! `webhookReplay`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::webhook_errors;
use crate::{
    auth::policy::Right,
    fault::Refusal,
    graphql::{Here, error, scalar::Moment},
    webhook::{
        change::Code,
        replay::{self, Start},
    },
};

webhook_errors!(WebhookReplayUserError, WebhookReplayErrorCode);

/// Who is to be told of what once more: give afterPosition or since.
#[derive(Clone, Debug, InputObject)]
pub struct WebhookReplayInput {
    /// The endpoint.
    endpoint: ID,
    /// Everything after this place in the log; "0" for all of it. A decimal number, as deliveries and messages say it.
    after_position: Option<String>,
    /// Everything that was recorded at this moment or later.
    since: Option<Moment>,
}

/// What came of webhookReplay.
#[derive(SimpleObject)]
pub struct WebhookReplayPayload {
    /// The place in the log after which it begins; null when it was refused.
    after_position: Option<String>,
    /// The place in the log that it reaches.
    to_position: Option<String>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<WebhookReplayUserError>,
}

/// `webhookReplay`.
#[derive(Default)]
pub struct WebhookReplay;

#[Object]
impl WebhookReplay {
    /// Delivers everything from a place in the log on once more, with the same message ids: what was given up, and what an
    /// endpoint missed while it was disabled or before it was there.
    async fn webhook_replay(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is to be told of what once more: give afterPosition or since.")] input: WebhookReplayInput,
    ) -> Result<WebhookReplayPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::WebhookReplay)?;
        let outcome = match error::id(&input.endpoint, Code::NotFound, &["endpoint"], "Webhook endpoint") {
            Ok(id) => match start(&input) {
                Ok(start) => replay::replay(here.app, here.origin, id, start).await,
                Err(refusal) => Err(refusal.into()),
            },
            Err(refusal) => Err(refusal.into()),
        };

        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => WebhookReplayPayload { after_position: None, to_position: None, user_errors },
            Ok((after, to)) => WebhookReplayPayload {
                after_position: Some(after.to_string()),
                to_position: Some(to.to_string()),
                user_errors: Vec::new(),
            },
        })
    }
}

fn start(input: &WebhookReplayInput) -> std::result::Result<Start, Refusal<Code>> {
    match (&input.after_position, input.since) {
        (Some(position), None) => match position.parse() {
            Ok(position) => Ok(Start::After(position)),
            Err(_) => Err(Refusal::new(Code::InvalidInput, ["afterPosition"], "must be a decimal number")),
        },
        (None, Some(moment)) => Ok(Start::Since(moment.0)),
        _ => Err(Refusal::new(Code::InvalidInput, ["afterPosition"], "give either afterPosition or since")),
    }
}
