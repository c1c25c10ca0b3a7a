//! Exports.

mod bundle;
mod files;
mod life;
mod link;
mod rights;

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::support::{Client, TestApp, refusals};

/// What came back from an address.
pub struct Found {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Found {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Opens an address as a browser does: without a token.
pub async fn open(app: &TestApp, address: &str) -> Found {
    let request = Request::get(address).body(Body::empty()).unwrap();
    let response = app.router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    Found { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
}

/// What tests look at.
pub const SEEN: &str = "id noun status headers progress rows bytes url failure createdAt startedAt finishedAt expiresAt";

/// Asks for an export; its payload.
pub async fn ask(client: &Client, input: Value) -> Value {
    client.mutate("exportCreate", input, &format!("export {{ {SEEN} }} replayed userErrors {{ code field message }}")).await
}

/// An export as it stands.
pub async fn seen(client: &Client, id: &str) -> Value {
    client.ask(&format!("query($id: ID!) {{ export(id: $id) {{ {SEEN} }} }}"), json!({ "id": id })).await["export"].clone()
}

/// Asks for an export that is written; the export as it stands then.
pub async fn ready(app: &TestApp, client: &Client, input: Value) -> Value {
    let payload = ask(client, input).await;
    assert_eq!(refusals(&payload), Vec::<String>::new(), "{payload:#}");
    app.work().await;
    let export = seen(client, payload["export"]["id"].as_str().unwrap()).await;
    assert_eq!(export["status"], "READY", "{export:#}");
    export
}

/// The file of an export.
pub async fn file(app: &TestApp, client: &Client, input: Value) -> String {
    let export = ready(app, client, input).await;
    let found = open(app, export["url"].as_str().unwrap()).await;
    assert_eq!(found.status, StatusCode::OK, "{}", found.text);
    assert_eq!(export["bytes"], found.text.len());
    found.text
}

/// The lines of a file without its header.
pub async fn lines(app: &TestApp, client: &Client, of: Value) -> Vec<String> {
    let text = file(app, client, json!({ "of": of })).await;
    text.strip_suffix("\r\n").unwrap().split("\r\n").skip(1).map(str::to_owned).collect()
}
