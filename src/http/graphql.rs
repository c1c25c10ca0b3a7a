//! GraphQL over HTTP: `POST /graphql` for everything, `GET /graphql` for queries and for the page.

use std::panic::AssertUnwindSafe;

use async_graphql::{Request as GraphqlRequest, Response as Answer, parser::types::OperationType};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::Response,
};
use futures_util::FutureExt;

use super::{
    Edge,
    accept::{self, Wanted},
    access_log::Trace,
    answer::{self, MediaType},
    body,
    errors::{self, Code, code_of, error, failed, internal},
    limits,
    params::Params,
    playground,
    refused::Refused,
    request_id::RequestId,
};
use crate::auth::{
    actor::Actor,
    token::{Rejected, authenticate},
};

/// What an operation costs, in the request's data: fields times the sizes of the pages they are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost(pub u64);

/// How a request may arrive.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Get,
    Post,
}

/// `POST /graphql`.
pub(crate) async fn post(State(edge): State<Edge>, request: Request) -> Response {
    let media_type = match accept::negotiate(request.headers()) {
        Ok(Wanted::Answer(media_type)) => media_type,
        // Nobody posts for a page; a form that did has the wrong content type anyway.
        Ok(Wanted::Page) => MediaType::Json,
        Err(refused) => return refused.render(MediaType::Json),
    };
    let (parts, body) = request.into_parts();
    let config = &edge.api.app.config;
    let params = async {
        accept::content_type(&parts.headers)?;
        let bytes = body::read(&parts.headers, body, config.limits.body_bytes, config.read_timeout()).await?;
        Params::from_json(&bytes)
    };
    match params.await {
        Ok(params) => run(&edge, params, &parts, media_type, Method::Post).await,
        Err(refused) => refused.render(media_type),
    }
}

/// `GET /graphql`: the page for a browser, the answer to a query for everyone else.
pub(crate) async fn get(State(edge): State<Edge>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let media_type = match accept::negotiate(&parts.headers) {
        Ok(Wanted::Answer(media_type)) => media_type,
        Ok(Wanted::Page) if edge.api.app.config.graphiql => return playground::page(&parts.headers),
        Ok(Wanted::Page) => MediaType::Json,
        Err(refused) => return refused.render(MediaType::Json),
    };
    match Params::from_query(parts.uri.query().unwrap_or_default()) {
        Ok(params) => run(&edge, params, &parts, media_type, Method::Get).await,
        Err(refused) => refused.render(media_type),
    }
}

/// Any other method.
pub(crate) async fn other_method() -> Refused {
    Refused::method("GET, POST", "Send queries by GET or POST and mutations by POST")
}

/// Guards, authenticates, executes.
async fn run(edge: &Edge, params: Params, parts: &Parts, media_type: MediaType, method: Method) -> Response {
    let (headers, request_id) = (&parts.headers, RequestId::of(&parts.extensions));
    let checked = match edge.guard.check(&params.query, params.operation_name.as_deref(), &params.variables) {
        Ok(checked) => checked,
        Err(refusal) => return finish(Answer::from_errors(vec![refusal.into()]), media_type, Trace::default(), &request_id),
    };
    let kind = checked.operation.as_ref().map(|operation| operation.kind);
    let mut trace = Trace { operation: checked.operation, cost: checked.cost, ..Trace::default() };
    if kind == Some(OperationType::Subscription) {
        let message = "Subscriptions are sent to /graphql/ws or /graphql/sse";
        return with_trace(
            Refused::bad_request(message).render(media_type),
            Trace { codes: vec![Code::BadRequest.as_str()], ..trace },
        );
    }
    if method == Method::Get && kind.is_some_and(|kind| kind != OperationType::Query) {
        let refused = Refused::method("POST", "Mutations are sent by POST");
        return with_trace(refused.render(media_type), Trace { codes: vec![refused.code.as_str()], ..trace });
    }
    let actor = match actor(edge, headers, &request_id).await {
        Ok(actor) => actor,
        Err((status, error)) => {
            trace.codes = code_of(&error).map(Code::as_str).into_iter().collect();
            return with_trace(answer::without_data(Answer::from_errors(vec![*error]), media_type, status), trace);
        }
    };
    trace.user = actor.user();
    let client = limits::client(&edge.api.app, headers, &parts.extensions);
    let taken = match limits::take(&edge.api.app, &actor, client, checked.cost).await {
        Ok(taken) => taken,
        Err(refused) => return finish(Answer::from_errors(vec![refused]), media_type, trace, &request_id),
    };

    let mut request = GraphqlRequest::new(params.query).variables(params.variables).data(Cost(checked.cost)).data(client);
    request.operation_name = params.operation_name;
    request.set_parsed_query(checked.document);
    let mut answer = caught(edge.api.execute(request, actor, request_id.clone()), &request_id).await;
    if let Some(taken) = taken {
        answer.extensions.insert("cost".to_owned(), taken);
    }
    finish(answer, media_type, trace, &request_id)
}

/// A panic ends one operation and nothing else. What the engine held of it is dropped with it, so nothing half-done is
/// seen by others.
async fn caught(execution: impl Future<Output = Answer>, request_id: &RequestId) -> Answer {
    AssertUnwindSafe(execution).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(request_id = %request_id.0, "an operation panicked");
        Answer::from_errors(vec![internal(request_id)])
    })
}

/// Who calls, by the `Authorization` header.
async fn actor(
    edge: &Edge,
    headers: &HeaderMap,
    request_id: &RequestId,
) -> Result<Actor, (StatusCode, Box<async_graphql::ServerError>)> {
    let invalid = || (StatusCode::UNAUTHORIZED, Box::new(error(Code::Unauthenticated, "Token is invalid or expired")));
    let authorization = match headers.get(header::AUTHORIZATION).map(|value| value.to_str()) {
        None => None,
        Some(Ok(text)) => Some(text),
        Some(Err(_)) => return Err(invalid()),
    };
    authenticate(&edge.api.app, authorization).await.map_err(|rejected| match rejected {
        Rejected::InvalidToken => invalid(),
        Rejected::Fault(fault) => {
            tracing::error!(request_id = %request_id.0, error = %fault, "a caller could not be authenticated");
            let error = failed(&fault, request_id);
            (code_of(&error).map_or(StatusCode::INTERNAL_SERVER_ERROR, Code::status), Box::new(error))
        }
    })
}

fn finish(mut answer: Answer, media_type: MediaType, mut trace: Trace, request_id: &RequestId) -> Response {
    errors::classify(&mut answer, request_id);
    trace.codes = answer.errors.iter().filter_map(code_of).map(Code::as_str).collect();
    trace.codes.dedup();
    with_trace(answer::render(answer, media_type), trace)
}

fn with_trace(mut response: Response, trace: Trace) -> Response {
    response.extensions_mut().insert(trace);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_answered_with_the_request_id_and_nothing_else() {
        let request_id = RequestId("r-1".into());
        let answer = caught(async { panic!("the secret of the panic") }, &request_id).await;
        let response = finish(answer, MediaType::Json, Trace::default(), &request_id);
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.expect("a body");
        let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(
            body,
            serde_json::json!({ "errors": [{
                "message": "Internal error. Tell us the request id r-1",
                "extensions": { "code": "INTERNAL_SERVER_ERROR", "requestId": "r-1" },
            }]})
        );
    }
}
