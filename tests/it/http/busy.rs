//! A service whose connections to the database are all in use.

use std::time::Duration;

use axum::http::StatusCode;
use sea_orm::TransactionTrait as _;
use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn whoever_finds_no_connection_is_told_to_try_again() {
    let app = TestApp::new().await;
    let (staff, newcomer) = (app.staff().await, app.admin().await);
    let query = "{ stores(first: 1) { nodes { id } } }";
    // Known, so that nobody has to be looked up.
    staff.ask(query, json!({})).await;
    let mut held = Vec::new();
    while let Ok(begun) = tokio::time::timeout(Duration::from_secs(2), app.db().reader().begin()).await {
        held.push(begun.unwrap());
    }
    let (known, new) = tokio::join!(staff.send(query, json!({})), newcomer.send(query, json!({})));
    assert_eq!((known.code(), new.code()), ("UNAVAILABLE", "UNAVAILABLE"));
    // An operation that ran into it has a GraphQL answer, which `application/json` says with 200.
    assert_eq!((known.status, new.status), (StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE));
    drop(held);
    for client in [staff, newcomer] {
        assert_eq!(client.ask(query, json!({})).await, json!({ "stores": { "nodes": [] } }));
    }
}
