//! The messages of graphql-transport-ws, as text.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::http::params::Params;

/// What a client sends.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Incoming {
    /// The first message.
    ConnectionInit {
        /// May hold a token.
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    /// Are you there?
    Ping {
        /// Comes back with the pong.
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    /// Yes.
    Pong {
        /// Not used.
        #[serde(default, rename = "payload")]
        _payload: Option<Map<String, Value>>,
    },
    /// Run this.
    Subscribe {
        /// The name of the operation on this connection.
        id: String,
        /// What to run.
        payload: Params,
    },
    /// No more of this.
    Complete {
        /// The name of the operation on this connection.
        id: String,
    },
}

impl Incoming {
    /// Reads a message; `None` for what is none of the protocol.
    pub fn read(text: &str) -> Option<Self> {
        let message: Self = serde_json::from_str(text).ok()?;
        match message {
            Self::Subscribe { id, .. } | Self::Complete { id } if id.is_empty() => None,
            Self::Subscribe { id, payload } => Some(Self::Subscribe { id, payload: payload.normalised() }),
            other => Some(other),
        }
    }
}

/// The token of a connection_init, as the value of an `Authorization` header: `Authorization` or `authorization`, of the
/// payload or of its `headers`. An error for one that is not a text.
pub fn authorization(payload: &Map<String, Value>) -> Result<Option<String>, ()> {
    let headers = payload.get("headers").and_then(Value::as_object);
    for place in [Some(payload), headers].into_iter().flatten() {
        match place.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
            None | Some((_, Value::Null)) => {}
            Some((_, Value::String(text))) => return Ok(Some(text.clone())),
            Some(_) => return Err(()),
        }
    }
    Ok(None)
}

/// The answer to connection_init.
pub fn ack() -> String {
    json!({ "type": "connection_ack" }).to_string()
}

/// The answer to a ping.
pub fn pong(payload: Option<Map<String, Value>>) -> String {
    match payload {
        Some(payload) => json!({ "type": "pong", "payload": payload }).to_string(),
        None => json!({ "type": "pong" }).to_string(),
    }
}

/// A result of an operation, which is JSON already.
pub fn next(id: &str, result: &str) -> String {
    format!(r#"{{"id":{},"type":"next","payload":{result}}}"#, Value::from(id))
}

/// The errors of an operation, which are a JSON list already.
pub fn error(id: &str, errors: &str) -> String {
    format!(r#"{{"id":{},"type":"error","payload":{errors}}}"#, Value::from(id))
}

/// The end of an operation.
pub fn complete(id: &str) -> String {
    json!({ "id": id, "type": "complete" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_of_the_protocol_is_not_read() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"type":"start","id":"1","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":1,"payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#,
            r#"{"type":"complete"}"#,
            r#"{"type":"connection_init","payload":"token"}"#,
        ] {
            assert!(Incoming::read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn messages_of_the_protocol_are_read() {
        assert!(matches!(Incoming::read(r#"{"type":"connection_init"}"#), Some(Incoming::ConnectionInit { payload: None })));
        let text = r#"{"id":"a","type":"subscribe","payload":{"query":"{a}","variables":{"x":1.5},"operationName":null,"extensions":{}}}"#;
        assert!(matches!(Incoming::read(text), Some(Incoming::Subscribe { id, payload }) if id == "a" && payload.query == "{a}"));
        assert!(matches!(Incoming::read(r#"{"type":"pong","payload":{}}"#), Some(Incoming::Pong { .. })));
    }

    #[test]
    fn the_token_may_stand_in_several_places() {
        let token = |text: &str| authorization(&serde_json::from_str(text).expect("an object"));
        for text in [
            r#"{"Authorization":"Bearer x"}"#,
            r#"{"authorization":"Bearer x"}"#,
            r#"{"headers":{"Authorization":"Bearer x"}}"#,
            r#"{"headers":{"authorization":"Bearer x"},"other":1}"#,
        ] {
            assert_eq!(token(text), Ok(Some("Bearer x".to_owned())), "{text}");
        }
        assert_eq!(token("{}"), Ok(None));
        assert_eq!(token(r#"{"authorization":null}"#), Ok(None));
        assert_eq!(token(r#"{"authorization":1}"#), Err(()));
    }

    #[test]
    fn ids_are_written_as_json() {
        assert_eq!(next("a\"b", "{}"), r#"{"id":"a\"b","type":"next","payload":{}}"#);
    }
}
