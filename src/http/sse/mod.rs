//! `/graphql/sse`: GraphQL over server-sent events by the protocol graphql-sse.
//!
//! Distinct connections: one operation a request, by POST or GET, answered by the stream of its results. Single connection:
//! PUT reserves a stream and gives its token, GET with the token opens it, POST with the token runs operations whose results
//! appear on it, DELETE ends one of them. A reserved stream lives in the memory of one process.

mod reserved;
mod wire;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde::Deserialize;
use tokio::sync::mpsc;

pub use self::reserved::Reservations;
use super::{
    Edge, accept,
    access_log::Trace,
    body,
    errors::Code,
    limits,
    operation::{self, Operation, WAITING},
    params::Params,
    refused::Refused,
    ws::{full, unauthorised},
};
use crate::auth::{
    actor::Actor,
    token::{Rejected, authenticate},
};
use crate::limit;

/// The header that names a reserved stream.
pub const STREAM_TOKEN: HeaderName = HeaderName::from_static("x-graphql-event-stream-token");

/// The header by which a browser says where it was.
const LAST_EVENT_ID: &str = "last-event-id";

/// What a request says beside its operation.
struct Asked {
    /// Its `Authorization` header.
    authorization: Option<String>,
    /// Who that is.
    actor: Actor,
    /// Which client sent it.
    client: limit::address::Address,
    /// The reserved stream it names.
    token: Option<String>,
    /// The operation of that stream it names in its address.
    operation_id: Option<String>,
}

/// What the address may say.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Address {
    token: Option<String>,
    operation_id: Option<String>,
}

/// Reads what every request says; the answer to a bad token.
async fn asked(edge: &Edge, parts: &Parts) -> Result<Asked, Response> {
    let authorization = match parts.headers.get(header::AUTHORIZATION).map(|value| value.to_str()) {
        None => None,
        Some(Ok(text)) => Some(text.to_owned()),
        Some(Err(_)) => return Err(unauthorised()),
    };
    let actor = match authenticate(&edge.api.app, authorization.as_deref()).await {
        Ok(actor) => actor,
        Err(Rejected::InvalidToken) => return Err(unauthorised()),
        Err(Rejected::Fault(fault)) => {
            tracing::error!(error = %fault, "a caller could not be authenticated");
            let refused = Refused::new(StatusCode::INTERNAL_SERVER_ERROR, Code::InternalServerError, "Internal error");
            return Err(refused.into_response());
        }
    };
    let address: Address = serde_urlencoded::from_str(parts.uri.query().unwrap_or_default()).unwrap_or_default();
    let token = parts.headers.get(STREAM_TOKEN).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let client = limits::client(&edge.api.app, &parts.headers, &parts.extensions);
    Ok(Asked { authorization, actor, client, token: token.or(address.token), operation_id: address.operation_id })
}

/// `POST`: an operation, answered by its own stream or on a reserved one.
pub(crate) async fn post(State(edge): State<Edge>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let asked = match asked(&edge, &parts).await {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    let config = &edge.api.app.config;
    let read = async {
        accept::content_type(&parts.headers)?;
        body::read(&parts.headers, body, config.limits.body_bytes, config.read_timeout()).await
    };
    let bytes = match read.await {
        Ok(bytes) => bytes,
        Err(refused) => return refused.into_response(),
    };
    let params = match Params::from_json(&bytes) {
        Ok(params) => params,
        Err(refused) => return refused.into_response(),
    };
    match &asked.token {
        Some(token) => reserved::run(&edge, &asked, token, params, operation_id(&bytes)),
        None => distinct(edge, asked, params, &parts.headers, true),
    }
}

/// `GET`: a query or a subscription answered by its own stream, or the opening of a reserved one.
pub(crate) async fn get(State(edge): State<Edge>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let asked = match asked(&edge, &parts).await {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    if let Some(token) = &asked.token {
        return reserved::open(&edge, &asked, token);
    }
    match Params::from_query(parts.uri.query().unwrap_or_default()) {
        Ok(params) => distinct(edge, asked, params, &parts.headers, false),
        Err(refused) => refused.into_response(),
    }
}

/// `PUT`: reserves a stream.
pub(crate) async fn put(State(edge): State<Edge>, request: Request) -> Response {
    match asked(&edge, &request.into_parts().0).await {
        Ok(asked) => reserved::reserve(&edge, &asked),
        Err(response) => response,
    }
}

/// `DELETE`: ends an operation of a reserved stream.
pub(crate) async fn delete(State(edge): State<Edge>, request: Request) -> Response {
    match asked(&edge, &request.into_parts().0).await {
        Ok(asked) => reserved::end(&edge, &asked),
        Err(response) => response,
    }
}

/// Any other method.
pub(crate) async fn other_method() -> Refused {
    Refused::method("GET, POST, PUT, DELETE", "Event streams are opened by GET or POST")
}

/// Answers an operation with a stream of its own.
fn distinct(edge: Edge, asked: Asked, params: Params, headers: &HeaderMap, may_change: bool) -> Response {
    if !accepts_events(headers) {
        let message = "Accept text/event-stream: nothing else can be given here";
        return Refused::new(StatusCode::NOT_ACCEPTABLE, Code::BadRequest, message).into_response();
    }
    let Some(place) = edge.api.app.streams.place() else { return full() };
    let (out, words) = mpsc::channel(WAITING);
    let resume = headers.get(LAST_EVENT_ID).and_then(|value| value.to_str().ok()).filter(|id| !id.is_empty());
    let operation = Operation {
        id: String::new(),
        serial: 0,
        params,
        authorization: asked.authorization.clone(),
        client: asked.client,
        resume: resume.map(str::to_owned),
        transport: "SSE",
        may_change,
    };
    let mut stream = wire::Stream::new(edge.clone(), asked.authorization, words, place);
    stream.tasks.spawn(operation::run(edge, operation, out));
    events(Body::from_stream(stream.distinct()), &asked.actor)
}

/// The answer that is a stream of events.
fn events(body: Body, actor: &Actor) -> Response {
    let mut response = Response::new(body);
    for (name, value) in [
        (header::CONTENT_TYPE, "text/event-stream; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        // A proxy that gathers the answer before it passes it on would pass on nothing.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response.extensions_mut().insert(Trace { user: actor.user(), ..Trace::default() });
    response
}

/// Without the header everything is accepted.
fn accepts_events(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    values.peek().is_none()
        || values.flat_map(|value| value.split(',')).any(|range| {
            let name = range.split(';').next().unwrap_or_default().trim();
            ["text/event-stream", "text/*", "*/*"].iter().any(|known| name.eq_ignore_ascii_case(known))
        })
}

/// The name that a request gives its operation on a reserved stream: `extensions.operationId`.
fn operation_id(body: &Bytes) -> Option<String> {
    #[derive(Deserialize)]
    struct Request {
        extensions: Option<Extensions>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Extensions {
        operation_id: Option<String>,
    }
    let request: Request = serde_json::from_slice(body).ok()?;
    request.extensions?.operation_id.filter(|id| !id.is_empty())
}
