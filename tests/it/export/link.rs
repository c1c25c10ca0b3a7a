//! Links to files.

use axum::http::StatusCode;
use serde_json::json;

use super::{open, ready};
use crate::support::TestApp;

#[tokio::test]
async fn a_link_hands_the_file_out_for_fifteen_minutes_and_a_new_one_can_be_had() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let export = ready(&app, &staff, json!({ "of": { "orders": {} } })).await;
    let url = export["url"].as_str().unwrap();
    let found = open(&app, url).await;
    assert_eq!((found.status, found.header("content-type")), (StatusCode::OK, "text/csv; charset=utf-8"));
    assert_eq!(found.header("content-disposition"), "attachment; filename=\"orders-2026-01-15.csv\"");
    assert_eq!(found.header("content-length"), found.text.len().to_string());
    assert_eq!((found.header("cache-control"), found.header("x-content-type-options")), ("private, no-store", "nosniff"));
    app.clock.advance_seconds(15 * 60);
    let late = open(&app, url).await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
    assert!(late.text.contains("over"));
    let again = super::seen(&app.renewed(&staff), export["id"].as_str().unwrap()).await;
    assert_eq!(open(&app, again["url"].as_str().unwrap()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_link_that_was_tampered_with_or_is_for_something_else_is_refused() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let one = ready(&app, &staff, json!({ "of": { "orders": {} } })).await;
    let other = ready(&app, &staff, json!({ "of": { "customers": {} } })).await;
    let (path, seal) = one["url"].as_str().unwrap().split_once('?').unwrap();
    let (_, other_seal) = other["url"].as_str().unwrap().split_once('?').unwrap();
    let later = seal.replacen("expires=1", "expires=2", 1);
    for link in [
        path.to_owned(),
        format!("{path}?{other_seal}"),
        format!("{path}?{later}"),
        format!("{path}?{}", &seal[..seal.len() - 2]),
    ] {
        let found = open(&app, &link).await;
        assert_eq!(found.status, StatusCode::FORBIDDEN, "{link}");
    }
    for path in ["/exports/x", "/exports/x.csv", "/exports/order_01h455vb4pex5vsknk084sn02q.csv", &path.replace(".csv", ".html")]
    {
        assert_eq!(open(&app, &format!("{path}?{seal}")).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    // The seal of an invoice of the same id would be one of another shelf.
    assert_ne!(open(&app, &format!("{}?{seal}", path.replace("exports", "invoices"))).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_file_that_ends_early_breaks_the_transfer() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let export = ready(&app, &staff, json!({ "of": { "orders": {} } })).await;
    app.sql("DELETE FROM export_parts").await;
    let request = axum::http::Request::get(export["url"].as_str().unwrap()).body(axum::body::Body::empty()).unwrap();
    let response = tower::ServiceExt::oneshot(app.router.clone(), request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(axum::body::to_bytes(response.into_body(), usize::MAX).await.is_err());
}
