//! One request to a receiver. No database here, and no transaction is open meanwhile.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use entity::webhook_endpoint;
use reqwest::{Response, header};

use super::{address, schedule, signature};
use crate::{app::App, fault::Fault};

/// How much of an answer is kept.
const KEPT: usize = 1_024;

/// Longest description of what went wrong.
const MAX_ERROR: usize = 500;

/// What came back.
pub(super) struct Answer {
    /// The status, if an answer came.
    pub status: Option<u16>,
    /// What went wrong, if something did.
    pub error: Option<String>,
    /// The beginning of the answer.
    pub text: Option<String>,
    /// Seconds the receiver asks to wait.
    pub retry_after: Option<i64>,
    /// How long it took.
    pub took: Duration,
}

impl Answer {
    /// Whether the receiver took the message.
    pub fn is_success(&self) -> bool {
        self.error.is_none() && self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether the receiver says that it is gone for good.
    pub fn is_gone(&self) -> bool {
        self.status == Some(410)
    }

    fn failed(error: impl Into<String>, began: Instant) -> Self {
        Self { status: None, error: Some(error.into()), text: None, retry_after: None, took: began.elapsed() }
    }
}

/// Sends a message to an endpoint.
///
/// # Errors
/// For a stored secret that is none; everything else is an [`Answer`].
pub(super) async fn send(app: &App, endpoint: &webhook_endpoint::Model, id: &str, body: String) -> Result<Answer, Fault> {
    let began = Instant::now();
    let url = match address::read(&endpoint.url, app.config.webhooks.allow_private) {
        Ok(url) => url,
        Err(problem) => return Ok(Answer::failed(format!("the url {problem}"), began)),
    };
    let now = app.clock.now();
    let signature = signature::header(endpoint, id, now, &body)?;
    let request = app
        .webhooks
        .post(url)
        .header(header::CONTENT_TYPE, "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", now.millis().div_euclid(1_000).to_string())
        .header("webhook-signature", signature)
        .body(body);
    Ok(match request.send().await {
        Ok(response) => read(app, response, began).await,
        Err(error) => Answer::failed(describe(&error.without_url()), began),
    })
}

async fn read(app: &App, mut response: Response, began: Instant) -> Answer {
    let status = response.status();
    let retry_after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = retry_after.and_then(|value| schedule::retry_after(value, app.clock.now()));
    let mut kept: Vec<u8> = Vec::new();
    // What the receiver still has to say after its status does not matter to whether it took the message.
    while kept.len() < KEPT {
        match response.chunk().await {
            Ok(Some(chunk)) => kept.extend_from_slice(&chunk[..chunk.len().min(KEPT - kept.len())]),
            Ok(None) | Err(_) => break,
        }
    }
    let text = String::from_utf8_lossy(&kept).replace('\0', "\u{fffd}");
    let error = match status.as_u16() {
        200..300 => None,
        300..400 => Some(format!("{status}: redirects are not followed")),
        _ => Some(status.to_string()),
    };
    let status = Some(status.as_u16());
    Answer { status, error, text: Some(text).filter(|text| !text.is_empty()), retry_after, took: began.elapsed() }
}

/// An error with its causes.
fn describe(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text.replace('\0', "\u{fffd}").chars().take(MAX_ERROR).collect()
}
