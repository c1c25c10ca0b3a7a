//! The closed list of error codes, and how every top-level error gets one.

use std::borrow::Cow;

use async_graphql::{ErrorExtensionValues, Response, ServerError, Value};
use axum::http::StatusCode;

use super::request_id::RequestId;
use crate::fault::Fault;

/// Longest message that is sent.
const MESSAGE: usize = 500;

/// Most errors that are sent: a document may be wrong in a thousand places.
const ERRORS: usize = 100;

/// What kind of error, as clients read it from `extensions.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The text is not a GraphQL document.
    GraphqlParseFailed,
    /// The document does not fit the schema.
    GraphqlValidationFailed,
    /// A value does not fit its type or its bounds.
    BadUserInput,
    /// Nobody is signed in, or the token is no longer good.
    Unauthenticated,
    /// Who is signed in may not do this.
    Forbidden,
    /// There is no such thing, or none the caller may see.
    NotFound,
    /// Too many attempts; the answer says when to try again.
    RateLimited,
    /// The document asks for more than one request may.
    QueryTooComplex,
    /// The schema is not to be read here.
    IntrospectionDisabled,
    /// The document of that hash is not known.
    PersistedQueryNotFound,
    /// Somebody else changed the same thing; trying again may help.
    Conflict,
    /// The HTTP request is not a GraphQL request.
    BadRequest,
    /// The body is too large.
    PayloadTooLarge,
    /// The body came too slowly.
    RequestTimeout,
    /// The service has more to do than it can now; trying again may help.
    Unavailable,
    /// The service failed.
    InternalServerError,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::GraphqlParseFailed,
        Self::GraphqlValidationFailed,
        Self::BadUserInput,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::RateLimited,
        Self::QueryTooComplex,
        Self::IntrospectionDisabled,
        Self::PersistedQueryNotFound,
        Self::Conflict,
        Self::BadRequest,
        Self::PayloadTooLarge,
        Self::RequestTimeout,
        Self::Unavailable,
        Self::InternalServerError,
    ];

    /// As clients read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GraphqlParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::RateLimited => "RATE_LIMITED",
            Self::QueryTooComplex => "QUERY_TOO_COMPLEX",
            Self::IntrospectionDisabled => "INTROSPECTION_DISABLED",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::Conflict => "CONFLICT",
            Self::BadRequest => "BAD_REQUEST",
            Self::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            Self::RequestTimeout => "REQUEST_TIMEOUT",
            Self::Unavailable => "UNAVAILABLE",
            Self::InternalServerError => "INTERNAL_SERVER_ERROR",
        }
    }

    /// The code of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == name)
    }

    /// The status of an answer that holds this error and no data.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::InternalServerError => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// A top-level error of a kind.
pub fn error(code: Code, message: impl Into<String>) -> ServerError {
    let mut error = ServerError::new(message, None);
    set_code(&mut error, code);
    error
}

/// The error that stands for whatever failed inside: the caller learns only where to point us to.
pub fn internal(request_id: &RequestId) -> ServerError {
    let mut error = error(Code::InternalServerError, format!("Internal error. Tell us the request id {}", request_id.0));
    error.extensions.get_or_insert_default().set("requestId", request_id.0.as_str());
    error
}

/// The error that stands for a fault.
pub fn failed(fault: &Fault, request_id: &RequestId) -> ServerError {
    match fault.is_busy() {
        true => error(Code::Unavailable, Fault::BUSY),
        false => internal(request_id),
    }
}

/// The code of an error, if it is of the list.
pub fn code_of(error: &ServerError) -> Option<Code> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(name) => Code::parse(name),
        Value::Enum(name) => Code::parse(name),
        _ => None,
    }
}

/// Gives every error a code of the list, cuts long messages, and hides those that nobody wrote for callers.
pub fn classify(response: &mut Response, request_id: &RequestId) {
    response.errors.truncate(ERRORS);
    for error in &mut response.errors {
        if code_of(error).is_none() {
            assign(error, request_id);
        }
        if let Cow::Owned(message) = cut(&error.message, MESSAGE) {
            error.message = message;
        }
    }
}

fn assign(error: &mut ServerError, request_id: &RequestId) {
    if let Some(field) = argument(&error.message) {
        let field = field.split('.').map(Value::from).collect();
        set_code(error, Code::BadUserInput);
        error.extensions.get_or_insert_default().set("field", Value::List(field));
    } else if is_input(&error.message) {
        set_code(error, Code::BadUserInput);
    } else if error.path.is_empty() {
        // Without a path nothing ran: the document does not fit the schema.
        set_code(error, Code::GraphqlValidationFailed);
    } else {
        // A resolver failed in a way it did not foresee; the text may be the database's.
        tracing::error!(request_id = %request_id.0, error = %error.message, path = ?error.path, "a resolver failed");
        let (path, locations) = (std::mem::take(&mut error.path), std::mem::take(&mut error.locations));
        *error = ServerError { path, locations, ..internal(request_id) };
    }
}

/// The dotted path of the value that validation refuses: `input.items.0.quantity`.
fn argument(message: &str) -> Option<&str> {
    ["Invalid value for argument \"", "Invalid default value for argument: \""]
        .into_iter()
        .find_map(|start| message.strip_prefix(start))
        .and_then(|rest| rest.split_once('"'))
        .map(|(field, _)| field)
}

/// Whether a value could not be read as the type it should have.
fn is_input(message: &str) -> bool {
    message.starts_with("Failed to parse \"")
        || message.starts_with("Expected input type \"")
        || (message.starts_with("Variable ")
            && (message.ends_with(" is not defined.") || message.contains("\" used in position expecting type \"")))
}

fn set_code(error: &mut ServerError, code: Code) {
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    extensions.set("code", code.as_str());
}

/// A text of at most `longest` bytes and a mark that something is missing.
pub fn cut(text: &str, longest: usize) -> Cow<'_, str> {
    if text.len() <= longest {
        return Cow::Borrowed(text);
    }
    let end = (0..=longest).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    Cow::Owned(format!("{}…", &text[..end]))
}

#[cfg(test)]
mod tests {
    use async_graphql::{PathSegment, Pos};

    use super::*;

    fn classified(message: &str, ran: bool) -> ServerError {
        let mut error = ServerError::new(message, Some(Pos { line: 1, column: 1 }));
        if ran {
            error.path = vec![PathSegment::Field("orders".into())];
        }
        let mut response = Response::from_errors(vec![error]);
        classify(&mut response, &RequestId("r-1".into()));
        response.errors.remove(0)
    }

    #[test]
    fn wrong_values_are_bad_input_and_say_which() {
        let error = classified("Invalid value for argument \"input.items.0.quantity\", expected type \"Int\"", false);
        assert_eq!(code_of(&error), Some(Code::BadUserInput));
        let field = error.extensions.as_ref().and_then(|extensions| extensions.get("field")).map(ToString::to_string);
        assert_eq!(field.as_deref(), Some(r#"["input", "items", "0", "quantity"]"#));
        assert_eq!(code_of(&classified("Failed to parse \"Int\": the value is 101", true)), Some(Code::BadUserInput));
    }

    #[test]
    fn documents_that_do_not_fit_the_schema_failed_validation() {
        let error = classified("Unknown field \"x\" on type \"Query\".", false);
        assert_eq!(code_of(&error), Some(Code::GraphqlValidationFailed));
    }

    #[test]
    fn what_a_resolver_did_not_foresee_is_hidden() {
        let error = classified("no such table: secrets", true);
        assert_eq!(code_of(&error), Some(Code::InternalServerError));
        assert!(!error.message.contains("secrets") && error.message.contains("r-1"));
        assert_eq!((error.path.len(), error.locations.len()), (1, 1));
    }

    #[test]
    fn codes_outside_the_list_do_not_get_out() {
        let mut error = ServerError::new("x", None);
        error.extensions.get_or_insert_default().set("code", "SQLITE_BUSY");
        let mut response = Response::from_errors(vec![error]);
        classify(&mut response, &RequestId("r-1".into()));
        assert_eq!(code_of(&response.errors[0]), Some(Code::GraphqlValidationFailed));
    }

    #[test]
    fn long_messages_are_cut_between_characters() {
        let error = classified(&"é".repeat(100_000), false);
        assert!(error.message.len() <= MESSAGE + '…'.len_utf8());
        assert!(error.message.ends_with('…'));
    }

    #[test]
    fn every_code_has_its_name() {
        assert!(Code::ALL.into_iter().all(|code| Code::parse(code.as_str()) == Some(code)));
    }
}
