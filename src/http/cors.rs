//! Which browsers' pages may call from elsewhere.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::{request_id, sse};

/// How long a browser may remember what it may do.
const REMEMBERED: Duration = Duration::from_secs(600);

/// The layer for the configured origins; none without any. `*` lets every page call, without cookies or other
/// credentials that a browser would add by itself.
pub fn layer(origins: &[String]) -> Option<CorsLayer> {
    let origins: Vec<&str> =
        origins.iter().map(|origin| origin.trim().trim_end_matches('/')).filter(|origin| !origin.is_empty()).collect();
    if origins.is_empty() {
        return None;
    }
    let origin = if origins.contains(&"*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()))
    };
    let layer = CorsLayer::new()
        .allow_origin(origin)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT,
            request_id::HEADER,
            sse::STREAM_TOKEN,
            HeaderName::from_static("last-event-id"),
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("apollo-require-preflight"),
            HeaderName::from_static("graphql-require-preflight"),
            HeaderName::from_static("x-apollo-operation-name"),
        ])
        .expose_headers([request_id::HEADER, header::RETRY_AFTER])
        .max_age(REMEMBERED);
    Some(layer)
}
