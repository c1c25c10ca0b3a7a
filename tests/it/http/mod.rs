//! The HTTP edge, called through the router; only what needs a socket uses a port.

mod bodies;
mod busy;
mod documents;
mod engine;
mod headers;
mod health;
mod introspection;
mod protocol;
mod server;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use ordergraph::{
    app::App,
    auth::token::Keys,
    clock::Clock,
    config::{RateConfig, ServeConfig},
    graphql::Api,
};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::TestDb;

static KEPT: std::sync::Mutex<Vec<TestDb>> = std::sync::Mutex::new(Vec::new());

/// The service with default settings.
async fn edge() -> Router {
    edge_with(|_| {}).await
}

/// The service with some settings changed.
async fn edge_with(change: impl FnOnce(&mut ServeConfig)) -> Router {
    ordergraph::http::router(api(change, true).await)
}

async fn api(change: impl FnOnce(&mut ServeConfig), migrated: bool) -> Api {
    let mut config = ServeConfig { rates: RateConfig::off(), ..ServeConfig::default() };
    change(&mut config);
    let database = if migrated { TestDb::migrated().await } else { TestDb::empty().await };
    let db = database.open().await;
    // These tests never look at the database again, but it has to outlive the router.
    KEPT.lock().expect("not poisoned").push(database);
    let keys = Keys::new(b"a key for tests that is long enough").expect("a long key");
    Api::new(App::new(config, db, Clock::System, keys))
}

/// An answer that was read to its end.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON answer")
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The code of the first error.
    fn code(&self) -> String {
        self.json()["errors"][0]["extensions"]["code"].as_str().unwrap_or("none").to_owned()
    }
}

async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.expect("the router always answers");
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a whole body").to_vec();
    Answer { status: parts.status, headers: parts.headers, body }
}

/// A POST of a JSON body.
fn post(body: impl Into<Body>) -> Request<Body> {
    Request::post("/graphql").header("content-type", "application/json").body(body.into()).expect("a request")
}

/// Posts a query.
async fn query(router: &Router, query: &str) -> Answer {
    send(router, post(json!({ "query": query }).to_string())).await
}

fn get(uri: &str) -> Request<Body> {
    Request::get(uri).body(Body::empty()).expect("a request")
}

/// A query in an address.
fn get_query(query: &str) -> Request<Body> {
    get(&format!("/graphql?{}", serde_urlencoded::to_string([("query", query)]).expect("encoded")))
}
