//! GraphQL answers as HTTP answers, by the GraphQL-over-HTTP specification.

use std::collections::BTreeMap;

use async_graphql::{Response as Answer, ServerError, Value};
use async_graphql_axum::GraphQLResponse;
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{
    errors::{Code, code_of},
    limits,
};

/// The media type of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `application/json`: what is wrong with the document is said in the body, the status is 200.
    Json,
    /// `application/graphql-response+json`: the status tells it too.
    GraphqlResponse,
}

impl MediaType {
    fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        })
    }
}

/// Whether the answer has a `data` entry: errors with no path come from before execution, and then there is none.
pub fn has_data(answer: &Answer) -> bool {
    answer.data != Value::Null || answer.errors.is_empty() || answer.errors.iter().any(|error| !error.path.is_empty())
}

/// The status of an answer.
fn status(answer: &Answer, media_type: MediaType) -> StatusCode {
    if answer.data != Value::Null || answer.errors.is_empty() {
        return StatusCode::OK;
    }
    let is = |code: Code| answer.errors.iter().any(|error| code_of(error) == Some(code));
    // These tell clients and proxies what to do next, whatever media type they read.
    for code in [Code::RateLimited, Code::InternalServerError] {
        if is(code) {
            return code.status();
        }
    }
    match media_type {
        MediaType::Json => StatusCode::OK,
        MediaType::GraphqlResponse if is(Code::Unauthenticated) => StatusCode::UNAUTHORIZED,
        // Data that are null for another reason are an answer all the same.
        MediaType::GraphqlResponse if has_data(answer) => StatusCode::OK,
        MediaType::GraphqlResponse => answer.errors.first().and_then(code_of).map_or(StatusCode::BAD_REQUEST, Code::status),
    }
}

/// The HTTP answer for a GraphQL answer whose errors have their codes.
pub fn render(answer: Answer, media_type: MediaType) -> Response {
    let status = status(&answer, media_type);
    if !has_data(&answer) {
        return without_data(answer, media_type, status);
    }
    let retry_after = limits::retry_after(&answer);
    let mut response = GraphQLResponse::from(answer).into_response();
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, media_type.header());
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    // Answers depend on who asks; no cache between may keep them unless the schema said so.
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// The HTTP answer for errors from before execution: it has no `data` entry.
pub fn without_data(answer: Answer, media_type: MediaType, status: StatusCode) -> Response {
    #[derive(Serialize)]
    struct WithoutData<'a> {
        errors: &'a [ServerError],
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        extensions: &'a BTreeMap<String, Value>,
    }
    let body = serde_json::to_vec(&WithoutData { errors: &answer.errors, extensions: &answer.extensions });
    let mut response = Response::new(Body::from(body.unwrap_or_default()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, media_type.header());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = limits::retry_after(&answer) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response.headers_mut().extend(answer.http_headers);
    response
}
