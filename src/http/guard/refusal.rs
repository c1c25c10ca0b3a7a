//! Why a document may not run.

use async_graphql::{
    ErrorExtensionValues, ServerError, Value,
    parser::{self, Pos},
};

use crate::http::errors::{Code, cut};

/// Why a document may not run, in words for its writer. Never holds text of the document beyond a short name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of refusal.
    pub code: Code,
    /// A sentence for a person.
    pub message: String,
    /// Where in the document.
    pub position: Option<Pos>,
    /// The limit that was broken and its value.
    pub limit: Option<(&'static str, u64)>,
    /// The variable that is wrong.
    pub field: Option<String>,
}

impl Refusal {
    fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), position: None, limit: None, field: None }
    }

    /// The document has more of something than is allowed.
    pub fn too_much(what: &str, limit: &'static str, maximum: u64) -> Self {
        Self {
            limit: Some((limit, maximum)),
            ..Self::new(Code::QueryTooComplex, format!("The document has more than {maximum} {what}"))
        }
    }

    /// The document asks for what cannot be had in one go.
    pub fn too_complex(message: impl Into<String>) -> Self {
        Self::new(Code::QueryTooComplex, message)
    }

    /// The text is not a GraphQL document.
    pub fn syntax(error: &parser::Error) -> Self {
        let message = match error {
            // The parser's text quotes the whole line; only what it expected is worth saying.
            parser::Error::Syntax { message, .. } => match message.rsplit_once("= ") {
                Some((_, expected)) => format!("Syntax error: {}", cut(expected.trim(), 200)),
                None => "Syntax error".to_owned(),
            },
            parser::Error::RecursionLimitExceeded => return Self::too_complex("The document is nested too deep"),
            other => cut(&other.to_string(), 200).into_owned(),
        };
        Self { position: error.positions().next(), ..Self::new(Code::GraphqlParseFailed, message) }
    }

    /// The text ends inside a string.
    pub fn unterminated() -> Self {
        Self::new(Code::GraphqlParseFailed, "Syntax error: a block string is not closed")
    }

    /// A fragment holds itself.
    pub fn cycle(name: &str, position: Pos) -> Self {
        Self {
            position: Some(position),
            ..Self::new(Code::GraphqlValidationFailed, format!("Cannot spread fragment \"{}\" within itself", cut(name, 100)))
        }
    }

    /// A subscription has several fields at its root.
    pub fn several_subscriptions(position: Pos) -> Self {
        let message = "A subscription has exactly one field at its root";
        Self { position: Some(position), ..Self::new(Code::GraphqlValidationFailed, message) }
    }

    /// A variable has a type that does not exist.
    pub fn unknown_type(name: &str, position: Pos) -> Self {
        Self {
            position: Some(position),
            ..Self::new(Code::GraphqlValidationFailed, format!("Unknown type \"{}\"", cut(name, 100)))
        }
    }

    /// The schema is not to be read here.
    pub fn introspection_disabled() -> Self {
        Self::new(Code::IntrospectionDisabled, "Introspection is disabled on this server")
    }

    /// A variable that must be given is not.
    pub fn missing_variable(name: &str, kind: &str, is_null: bool, position: Pos) -> Self {
        let (name, kind) = (cut(name, 100), cut(kind, 100));
        let problem = if is_null { "must not be null" } else { "was not provided" };
        Self {
            position: Some(position),
            field: Some(name.to_string()),
            ..Self::new(Code::BadUserInput, format!("Variable \"${name}\" of required type \"{kind}\" {problem}"))
        }
    }
}

impl From<Refusal> for ServerError {
    fn from(refusal: Refusal) -> Self {
        let mut error = ServerError::new(refusal.message, refusal.position);
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", refusal.code.as_str());
        if let Some((limit, maximum)) = refusal.limit {
            extensions.set("limit", limit);
            extensions.set("maximum", maximum);
        }
        if let Some(field) = refusal.field {
            extensions.set("field", Value::List(vec![field.into()]));
        }
        error.extensions = Some(extensions);
        error
    }
}
