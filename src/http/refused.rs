//! Answers to requests that never became GraphQL: wrong path, method, media type, size.

use async_graphql::Response as Answer;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    access_log::Trace,
    answer::{self, MediaType},
    errors::{Code, error},
};

/// A request that is refused before GraphQL.
#[derive(Debug)]
pub struct Refused {
    /// The HTTP status.
    pub status: StatusCode,
    /// What kind of error.
    pub code: Code,
    /// A sentence for a person.
    pub message: &'static str,
    /// The methods that would be allowed.
    pub allow: Option<&'static str>,
    /// True when the rest of the body stays unread, so that the connection cannot be used again.
    pub closes: bool,
}

impl Refused {
    /// A refusal.
    pub fn new(status: StatusCode, code: Code, message: &'static str) -> Self {
        Self { status, code, message, allow: None, closes: false }
    }

    /// The request is malformed.
    pub fn bad_request(message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::BadRequest, message)
    }

    /// The method is not for this path, or not for this operation.
    pub fn method(allow: &'static str, message: &'static str) -> Self {
        Self { allow: Some(allow), ..Self::new(StatusCode::METHOD_NOT_ALLOWED, Code::BadRequest, message) }
    }

    /// The connection ends with the answer.
    pub fn closing(self) -> Self {
        Self { closes: true, ..self }
    }

    /// The answer in a media type.
    pub fn render(&self, media_type: MediaType) -> Response {
        let mut response =
            answer::without_data(Answer::from_errors(vec![error(self.code, self.message)]), media_type, self.status);
        if let Some(allow) = self.allow {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        if self.closes {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response.extensions_mut().insert(Trace { codes: vec![self.code.as_str()], ..Trace::default() });
        response
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        self.render(MediaType::Json)
    }
}
