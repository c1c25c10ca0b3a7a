//! One log line per request. Never the text of a query, a variable, a token, or the query string of an address.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use entity::id::UserId;

use super::{errors::cut, guard, request_id::RequestId};

/// What the handler of an operation knows and the log line says; travels in the extensions of the answer.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// The operation that ran.
    pub operation: Option<guard::Operation>,
    /// What it costs.
    pub cost: u64,
    /// Who called.
    pub user: Option<UserId>,
    /// The codes of the errors.
    pub codes: Vec<&'static str>,
}

/// Logs each request when its answer begins.
pub(crate) async fn layer(request: Request, next: Next) -> Response {
    let start = Instant::now();
    let method = request.method().clone();
    // The route and not the address: signed links carry their signature in the path.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let path = if route.is_none() { cut(request.uri().path(), 100).into_owned() } else { String::new() };
    let request_id = RequestId::of(request.extensions());
    let response = next.run(request).await;
    let trace = response.extensions().get::<Trace>().cloned().unwrap_or_default();
    let operation = trace.operation.as_ref();
    tracing::info!(
        target: "ordergraph::access",
        method = %method,
        path = route.as_ref().map_or(path.as_str(), MatchedPath::as_str),
        status = response.status().as_u16(),
        duration_ms = start.elapsed().as_secs_f64() * 1000.0,
        request_id = %request_id.0,
        operation = operation.and_then(|operation| operation.name.as_deref()).map(|name| cut(name, 100)).as_deref(),
        operation_type = operation.map(|operation| operation.kind.to_string()),
        cost = operation.map(|_| trace.cost),
        user = trace.user.map(|user| user.to_string()),
        errors = (!trace.codes.is_empty()).then(|| trace.codes.join(",")),
        "request"
    );
    response
}

/// Logs an operation of a connection that stays open, when it has ended.
pub fn operation(transport: &'static str, request_id: &RequestId, start: Instant, trace: &Trace) {
    let operation = trace.operation.as_ref();
    tracing::info!(
        target: "ordergraph::access",
        method = transport,
        duration_ms = start.elapsed().as_secs_f64() * 1000.0,
        request_id = %request_id.0,
        operation = operation.and_then(|operation| operation.name.as_deref()).map(|name| cut(name, 100)).as_deref(),
        operation_type = operation.map(|operation| operation.kind.to_string()),
        cost = operation.map(|_| trace.cost),
        user = trace.user.map(|user| user.to_string()),
        errors = (!trace.codes.is_empty()).then(|| trace.codes.join(",")),
        "operation"
    );
}
