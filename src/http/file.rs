//! What files that are handed out by signed links share.

use std::borrow::Cow;

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

/// What a link carries.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Seal {
    /// When the link ends.
    pub expires: String,
    /// The code that says who made it.
    pub signature: String,
}

impl Seal {
    /// Of a query string; an empty one for anything else.
    pub fn of(query: Option<String>) -> Self {
        query.and_then(|text| serde_urlencoded::from_str(&text).ok()).unwrap_or_default()
    }
}

/// The name of a file with nothing in it that a header could take for its own.
pub fn plain_name(name: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    match name.chars().all(is_plain) {
        true => Cow::Borrowed(name),
        false => name.chars().map(|letter| if is_plain(letter) { letter } else { '_' }).collect(),
    }
}

/// A line of plain text, for what is wrong with a link.
pub fn plain(status: StatusCode, text: &'static str) -> Response {
    sealed((status, text).into_response(), "text/plain; charset=utf-8")
}

/// Nobody but the one browser keeps what came by a link.
pub fn sealed(mut response: Response, media_type: &'static str) -> Response {
    let headers: [(HeaderName, &str); 4] = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ];
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
