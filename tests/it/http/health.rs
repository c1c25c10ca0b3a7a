//! Health and version.

use axum::http::StatusCode;
use serde_json::json;

use super::{api, edge, get, send};

#[tokio::test]
async fn a_service_on_a_migrated_database_is_ready() {
    let edge = edge().await;
    assert_eq!(send(&edge, get("/livez")).await.json(), json!({ "status": "ok" }));
    for _ in 0..2 {
        let answer = send(&edge, get("/readyz")).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.json(), json!({ "status": "ok", "checks": { "database": "ok", "migrations": "ok" } }));
    }
}

#[tokio::test]
async fn a_service_with_pending_migrations_is_alive_and_not_ready() {
    let edge = ordergraph::http::router(api(|_| {}, false).await);
    assert_eq!(send(&edge, get("/livez")).await.status, StatusCode::OK);
    let answer = send(&edge, get("/readyz")).await;
    assert_eq!((answer.status, &answer.json()["checks"]["migrations"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("pending")));
}

#[tokio::test]
async fn the_version_is_told() {
    let version = send(&edge().await, get("/version")).await.json();
    assert_eq!((&version["name"], &version["version"]), (&json!("ordergraph"), &json!(env!("CARGO_PKG_VERSION"))));
}
