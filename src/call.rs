//! Calls of other people's services: one deadline per try, a few tries, answers of a limited size.
//!
//! What is tried again: a connection that was not made or was lost, 429 and 5xx. A call that took too long is not: who waits
//! has waited enough, and the callers repeat it later with the same key. Bodies are logged nowhere.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

/// Tries after the first.
const RETRIES: u32 = 2;
/// The pause before the second try; the third waits four times as long.
const PAUSE: Duration = Duration::from_millis(150);
/// Largest answer that is read.
const LARGEST: usize = 2 << 20;

/// Calls one service.
#[derive(Clone, Debug)]
pub struct Caller {
    service: &'static str,
    base: String,
    http: reqwest::Client,
    timeout: Duration,
}

/// What is sent along.
#[derive(Clone)]
pub enum Body {
    /// Nothing.
    None,
    /// Form fields.
    Form(Vec<(String, String)>),
    /// JSON, written out.
    Json(String),
}

impl From<Value> for Body {
    fn from(value: Value) -> Self {
        Self::Json(value.to_string())
    }
}

/// One call, which may be tried several times.
#[derive(Clone)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// The path from the service's base on.
    pub path: String,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// What is sent along.
    pub body: Body,
}

/// What a service answered, whatever it means.
#[derive(Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body; null when there is none or it is not JSON.
    pub body: Value,
}

/// No answer that says anything: what was asked for may have happened or not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{service}: {what}")]
pub struct NoAnswer {
    /// Of whom.
    pub service: &'static str,
    /// What happened instead.
    pub what: String,
}

impl Answer {
    /// Whether it is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Caller {
    /// A caller of the service at `base`.
    pub fn new(service: &'static str, base: &str, http: &reqwest::Client, timeout: Duration) -> Self {
        Self { service, base: base.trim_end_matches('/').to_owned(), http: http.clone(), timeout }
    }

    /// Whom it calls.
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// Calls, up to three times.
    ///
    /// # Errors
    /// [`NoAnswer`] when no try brought an answer below 500 other than 429, and when a good answer is unreadable.
    pub(crate) async fn send(&self, call: &Call) -> Result<Answer, NoAnswer> {
        let mut tries = 0;
        loop {
            let (what, again) = match self.once(call).await {
                Ok(answer) if answer.status < 500 && answer.status != 429 => return Ok(answer),
                Ok(answer) => (format!("status {}", answer.status), true),
                Err(trouble) => trouble,
            };
            tracing::warn!(service = self.service, method = %call.method, tries, "{what}");
            if !again || tries == RETRIES {
                return Err(NoAnswer { service: self.service, what });
            }
            tokio::time::sleep(PAUSE * 4_u32.pow(tries)).await;
            tries += 1;
        }
    }

    /// Calls once: for what the other side would do twice.
    ///
    /// # Errors
    /// As [`Caller::send`].
    pub(crate) async fn send_once(&self, call: &Call) -> Result<Answer, NoAnswer> {
        let what = match self.once(call).await {
            Ok(answer) if answer.status < 500 && answer.status != 429 => return Ok(answer),
            Ok(answer) => format!("status {}", answer.status),
            Err((what, _)) => what,
        };
        tracing::warn!(service = self.service, method = %call.method, "{what}");
        Err(NoAnswer { service: self.service, what })
    }

    /// One try; the trouble says whether another makes sense.
    async fn once(&self, call: &Call) -> Result<Answer, (String, bool)> {
        let mut request = self.http.request(call.method.clone(), format!("{}{}", self.base, call.path)).timeout(self.timeout);
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        request = match &call.body {
            Body::None => request,
            Body::Form(fields) => request.form(fields),
            Body::Json(text) => request.header("content-type", "application/json").body(text.clone()),
        };
        let mut response = request.send().await.map_err(|error| trouble(&error))?;
        let status = response.status().as_u16();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| trouble(&error))? {
            if bytes.len() + chunk.len() > LARGEST {
                return Err(("the answer is too large".into(), false));
            }
            bytes.extend_from_slice(&chunk);
        }
        let body = match serde_json::from_slice(&bytes) {
            Ok(body) => body,
            Err(_) if bytes.is_empty() || !(200..300).contains(&status) => Value::Null,
            Err(_) => return Err(("the answer is not JSON".into(), false)),
        };
        Ok(Answer { status, body })
    }
}

/// What went wrong, without the address (which may hold ids), and whether another try makes sense.
fn trouble(error: &reqwest::Error) -> (String, bool) {
    match () {
        () if error.is_timeout() => ("no answer in time".into(), false),
        () if error.is_connect() => ("no connection".into(), true),
        () if error.is_builder() => ("the call could not be written".into(), false),
        () => ("the connection was lost".into(), true),
    }
}

/// A provider's sentence as it may be shown and kept: on one line, not long, and without anything that could be a card number.
pub fn shown(text: &str) -> String {
    let mut shown = String::new();
    let mut run = String::new();
    for c in text.chars().take(300).chain([' ', '.']) {
        if c.is_ascii_digit() || (!run.is_empty() && matches!(c, ' ' | '-')) {
            run.push(c);
            continue;
        }
        let digits = run.chars().filter(char::is_ascii_digit).count();
        shown.push_str(if digits >= 12 { "[number] " } else { &run });
        run.clear();
        shown.push(if c.is_control() { ' ' } else { c });
    }
    shown.truncate(shown.len() - 1);
    shown.trim().to_owned()
}

/// The part of a path that a reference from outside makes: nothing in it can lead elsewhere.
pub fn segment(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_like_those_of_cards_are_not_shown() {
        assert_eq!(shown("Card 4242424242424242 was declined."), "Card [number] was declined.");
        assert_eq!(shown("4242 4242-4242 4242"), "[number]");
        assert_eq!(shown("Order 1234 of 2026 was paid."), "Order 1234 of 2026 was paid.");
        assert_eq!(shown("two\nlines"), "two lines");
        assert_eq!(shown(""), "");
    }

    #[test]
    fn a_reference_stays_in_its_part_of_the_path() {
        assert_eq!(segment("pi_3Abc-1"), "pi_3Abc-1");
        assert_eq!(segment("../refunds?x=1#"), "%2E%2E%2Frefunds%3Fx%3D1%23");
    }

    proptest! {
        #[test]
        fn no_long_number_is_ever_shown(text in "[0-9 a-]{0,60}") {
            let digits: Vec<usize> = shown(&text).split(|c: char| !c.is_ascii_digit()).map(str::len).collect();
            prop_assert!(digits.into_iter().all(|digits| digits < 12));
        }
    }
}
