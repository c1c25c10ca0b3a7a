//! `GET /graphql/ws`: GraphQL over WebSocket by the protocol graphql-transport-ws, with close codes as it names them.
//!
//! 4400 what came is no message of the protocol · 4401 subscribed before connection_init · 4403 the token is not or no longer
//! good · 4406 another subprotocol · 4408 no connection_init in time · 4409 the id is in use · 4429 connection_init twice ·
//! 1001 the service stops · 1009 a message is too large. Clients come back by themselves after 1001, not after 44xx.

mod connection;
mod message;

use axum::{
    extract::{Request, State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{Edge, errors::Code, limits, refused::Refused};
use crate::auth::token::{Rejected, authenticate};

/// The subprotocol.
const PROTOCOL: &str = "graphql-transport-ws";

/// Opens a WebSocket, unless the page that asks is from elsewhere, the token is bad, or there are too many.
pub(crate) async fn upgrade(
    State(edge): State<Edge>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    request: Request,
) -> Response {
    let headers = request.headers();
    let config = edge.api.app.config.clone();
    if !is_allowed(headers, &config.cors_origins) {
        return Refused::new(StatusCode::FORBIDDEN, Code::Forbidden, "Pages of this origin may not connect").into_response();
    }
    let Ok(upgrade) = upgrade else {
        return Refused::bad_request("Open a WebSocket here, with the subprotocol graphql-transport-ws").into_response();
    };
    let authorization = match headers.get(header::AUTHORIZATION).map(|value| value.to_str()) {
        None => None,
        Some(Ok(text)) => Some(text.to_owned()),
        Some(Err(_)) => return unauthorised(),
    };
    match authenticate(&edge.api.app, authorization.as_deref()).await {
        Ok(_) => {}
        Err(Rejected::InvalidToken) => return unauthorised(),
        Err(Rejected::Fault(fault)) => {
            tracing::error!(error = %fault, "a caller could not be authenticated");
            return Refused::new(StatusCode::INTERNAL_SERVER_ERROR, Code::InternalServerError, "Internal error").into_response();
        }
    }
    let client = limits::client(&edge.api.app, headers, request.extensions());
    let Some(place) = edge.api.app.streams.place() else { return full() };
    let limit = config.limits.body_bytes;
    let upgrade = upgrade.protocols([PROTOCOL]).max_message_size(limit).max_frame_size(limit);
    upgrade.on_upgrade(move |socket| connection::serve(edge, socket, authorization, client, place))
}

/// The answer when no further connection may stay open.
pub fn full() -> Response {
    Refused::new(StatusCode::SERVICE_UNAVAILABLE, Code::RateLimited, "Too many connections are open; try again later")
        .into_response()
}

/// The answer to a bad token.
pub fn unauthorised() -> Response {
    Refused::new(StatusCode::UNAUTHORIZED, Code::Unauthenticated, "Token is invalid or expired").into_response()
}

/// Browsers say which page opens a WebSocket and let every page do it, so the server must look. Other clients say nothing.
fn is_allowed(headers: &HeaderMap, allowed: &[String]) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else { return true };
    let (Ok(origin), None) = (origin.to_str(), origins.next()) else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let is_same = origin.split_once("://").is_some_and(|(scheme, authority)| {
        matches!(scheme, "http" | "https") && host.is_some_and(|host| host.eq_ignore_ascii_case(authority))
    });
    is_same
        || allowed.iter().map(|allowed| allowed.trim().trim_end_matches('/')).any(|allowed| allowed == "*" || allowed == origin)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn allows(origin: Option<&'static str>, host: &'static str, allowed: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static(host));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        is_allowed(&headers, &allowed.iter().map(|origin| (*origin).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn pages_of_this_origin_and_of_the_list_may_connect_and_others_may_not() {
        assert!(allows(None, "shop.test", &[]));
        assert!(allows(Some("https://shop.test"), "shop.test", &[]));
        assert!(allows(Some("http://127.0.0.1:8000"), "127.0.0.1:8000", &[]));
        assert!(allows(Some("https://app.test"), "shop.test", &["https://app.test/"]));
        assert!(allows(Some("https://any.test"), "shop.test", &["*"]));
        for foreign in ["https://evil.test", "https://shop.test.evil.test", "https://shop.test:8443", "null", "file://shop.test"]
        {
            assert!(!allows(Some(foreign), "shop.test", &["https://app.test"]), "{foreign}");
        }
    }
}
