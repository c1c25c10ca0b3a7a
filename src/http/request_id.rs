//! Each request has an id: the caller's own if it is harmless, or a new one. It is on the answer, in the logs and on events.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};

/// The header that carries the id, both ways.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id that is taken over.
const LONGEST: usize = 64;

/// The id of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

impl RequestId {
    /// A new one, which sorts by time.
    #[allow(clippy::disallowed_methods, reason = "it names a request in the log and never becomes data")]
    pub fn new() -> Self {
        Self(uuid::Uuid::now_v7().to_string())
    }

    /// The caller's, unless it could be anything but an id: it will stand in log lines.
    pub fn from_caller(value: &HeaderValue) -> Option<Self> {
        let text = value.to_str().ok()?;
        let is_sane = (1..=LONGEST).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
        is_sane.then(|| Self(text.to_owned()))
    }

    /// The id that the layer gave a request; a new one when there was no layer.
    pub fn of(extensions: &axum::http::Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_default()
    }
}

impl Default for RequestId {
    fn default() -> Self {
        Self::new()
    }
}

/// Gives the request its id and puts it on the answer.
pub(crate) async fn layer(mut request: Request, next: Next) -> Response {
    let id = request.headers().get(HEADER).and_then(RequestId::from_caller).unwrap_or_default();
    // An id is made of visible ASCII, so this never fails.
    let value = HeaderValue::from_str(&id.0);
    request.extensions_mut().insert(id);
    let mut response = next.run(request).await;
    if let Ok(value) = value {
        response.headers_mut().insert(HEADER, value);
    }
    response
}
