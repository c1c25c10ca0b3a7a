//! Access tokens in the `Authorization` header.

use axum::{
    body::{Body, to_bytes},
    http::Request,
};
use entity::stored::Role;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::{PASSWORD, client, registered, role, sign_in};
use crate::support::TestApp;

/// Status and code of a request with this `Authorization` header.
async fn answer(app: &TestApp, authorization: &str) -> (u16, String) {
    let request = Request::post("/graphql").header("content-type", "application/json").header("authorization", authorization);
    let body = Body::from(json!({ "query": "{ viewer { role } }" }).to_string());
    let response = app.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let body: Value = serde_json::from_slice(&to_bytes(response.into_body(), 100_000).await.unwrap()).unwrap();
    (status, body["errors"][0]["extensions"]["code"].as_str().unwrap_or("no error").to_owned())
}

#[tokio::test]
async fn a_token_lives_fifteen_minutes() {
    let app = TestApp::new().await;
    registered(&app, "ada@shop.test", Role::Customer).await;
    let session = sign_in(&app, "ada@shop.test", PASSWORD).await;
    let token = session["accessToken"].as_str().unwrap().to_owned();
    app.clock.advance_seconds(899);
    assert_eq!(answer(&app, &format!("Bearer {token}")).await, (200, "no error".into()));
    app.clock.advance_seconds(1);
    assert_eq!(answer(&app, &format!("Bearer {token}")).await, (401, "UNAUTHENTICATED".into()));
    app.clock.advance_seconds(1);
    assert_eq!(answer(&app, &format!("Bearer {token}")).await, (401, "UNAUTHENTICATED".into()));
}

#[tokio::test]
async fn a_bad_token_is_not_nobody() {
    let app = TestApp::new().await;
    registered(&app, "ada@shop.test", Role::Customer).await;
    let session = sign_in(&app, "ada@shop.test", PASSWORD).await;
    let token = session["accessToken"].as_str().unwrap();
    let (head, signature) = token.rsplit_once('.').unwrap();
    let refresh = session["refreshToken"].as_str().unwrap();
    // {"alg":"none","typ":"JWT"} in front of the genuine claims, without a signature.
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", head.split('.').nth(1).unwrap());
    for header in [
        String::new(),
        "Bearer".into(),
        "Bearer ".into(),
        "Bearer garbage".into(),
        "Basic YWRhOmFkYQ==".into(),
        token.to_owned(),
        format!("Bearer {head}."),
        format!("Bearer {head}.{}", signature.chars().rev().collect::<String>()),
        format!("Bearer {refresh}"),
        format!("Bearer {unsigned}"),
        format!("Bearer {token} x"),
    ] {
        assert_eq!(answer(&app, &header).await, (401, "UNAUTHENTICATED".into()), "{header}");
    }
    for scheme in ["Bearer", "bearer", "BEARER"] {
        assert_eq!(answer(&app, &format!("{scheme} {token}")).await.0, 200, "{scheme}");
    }
}

#[tokio::test]
async fn a_key_of_another_service_opens_nothing() {
    let (app, other) = (TestApp::new().await, TestApp::new().await);
    registered(&app, "ada@shop.test", Role::Admin).await;
    // The same key and a user that is not here.
    registered(&other, "eve@shop.test", Role::Admin).await;
    let session = sign_in(&other, "eve@shop.test", PASSWORD).await;
    let answer = client(&app, &session["accessToken"]).send("{ viewer { role } }", json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (401, "UNAUTHENTICATED"));
}

#[tokio::test]
async fn who_is_disabled_or_loses_a_role_is_known_when_the_memory_of_it_ends() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    assert_eq!(role(&staff).await, "STAFF");
    app.sql("UPDATE users SET role = 'CUSTOMER'").await;
    app.app.standings.invalidate_all();
    assert_eq!(role(&staff).await, "CUSTOMER");
    for change in ["UPDATE users SET is_active = FALSE", "DELETE FROM users"] {
        app.sql(change).await;
        app.app.standings.invalidate_all();
        let answer = staff.send("{ viewer { role } }", json!({})).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (401, "UNAUTHENTICATED"), "{change}");
    }
    let (buyer, _) = app.buyer("ada").await;
    app.sql("UPDATE customers SET status = 'BLOCKED'").await;
    assert_eq!(buyer.send("{ viewer { role } }", json!({})).await.code(), "UNAUTHENTICATED");
}
