//! Private addresses: refused where the connection is made, whatever was said when the endpoint was created.

use serde_json::json;

use super::deliveries;
use crate::support::{Receiver, TestApp, refusals};

#[tokio::test]
async fn private_addresses_are_refused_when_an_endpoint_is_made() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    for url in ["http://127.0.0.1:9/", "http://2130706433/", "http://[::1]/", "http://169.254.169.254/", "http://localhost/"] {
        let payload = staff.mutate("webhookEndpointCreate", json!({ "url": url }), "userErrors { code field message }").await;
        assert_eq!(refusals(&payload), ["INVALID_URL at url"], "{url}");
    }
    assert_eq!(app.rows("webhook_endpoints").await, 0);
}

#[tokio::test]
async fn private_addresses_are_refused_when_they_are_called() {
    let app = TestApp::new().await;
    let (staff, receiver) = (app.staff().await, Receiver::start().await);
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 100, 100).await;
    app.work().await;
    let input = json!({ "url": "https://example.com/hook" });
    let payload = staff.mutate("webhookEndpointCreate", input, "endpoint { id }").await;
    let id = payload["endpoint"]["id"].as_str().unwrap();
    let port = receiver.url.rsplit_once(':').unwrap().1;
    for (url, problem) in
        [(receiver.url.clone(), "must be a public address"), (format!("http://localhost:{port}"), "must be a public address")]
    {
        app.sql(&format!("UPDATE webhook_endpoints SET url = '{url}'")).await;
        staff.places(&pen, 1).await;
        app.work().await;
        let all = deliveries(&staff, id, "").await;
        let error = all.last().unwrap()["lastError"].as_str().unwrap();
        assert!(error.contains(problem), "{url}: {error}");
    }
    assert_eq!(receiver.received().len(), 0);
}
