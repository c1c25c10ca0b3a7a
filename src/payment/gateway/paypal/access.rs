//! PayPal's access token: fetched with the client's id and secret, kept until shortly before it ends.

use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::Method;
use tokio::sync::Mutex;

use super::{
    super::{
        GatewayError,
        http::{ask, number, text, unreadable},
    },
    SERVICE, read,
};
use crate::{
    call::{Body, Call, Caller},
    config::secret::Secret,
};

/// How long before its end a token is no longer used.
const MARGIN: Duration = Duration::from_secs(60);

/// The client's keys and the token they gave.
pub struct Access {
    client: String,
    secret: Secret,
    token: Mutex<Option<(Secret, Instant)>>,
}

impl Access {
    /// With these keys.
    pub fn new(client: &str, secret: &Secret) -> Self {
        Self { client: client.to_owned(), secret: secret.clone(), token: Mutex::new(None) }
    }

    /// A token that is good now. Those who ask at once wait for the same one.
    ///
    /// # Errors
    /// As [`ask`].
    pub(crate) async fn token(&self, caller: &Caller) -> Result<Secret, GatewayError> {
        let mut kept = self.token.lock().await;
        if let Some((token, until)) = kept.as_ref()
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        let keys = STANDARD.encode(format!("{}:{}", self.client, self.secret.expose()));
        let call = Call {
            method: Method::POST,
            path: "/v1/oauth2/token".into(),
            headers: vec![("authorization", format!("Basic {keys}"))],
            body: Body::Form(vec![("grant_type".into(), "client_credentials".into())]),
        };
        let answer = ask(caller, &call, read::refusal).await?;
        let token = Secret::from(text(&answer, "/access_token").ok_or_else(|| unreadable(SERVICE, "access token"))?);
        let seconds = number(&answer, "/expires_in").and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0);
        let life = Duration::from_secs(seconds.min(86_400)).saturating_sub(MARGIN);
        *kept = Some((token.clone(), Instant::now() + life));
        Ok(token)
    }

    /// Forgets a token that PayPal no longer takes, unless another was fetched meanwhile.
    pub(crate) async fn forget(&self, refused: &Secret) {
        let mut kept = self.token.lock().await;
        if kept.as_ref().is_some_and(|(token, _)| token == refused) {
            *kept = None;
        }
    }
}
