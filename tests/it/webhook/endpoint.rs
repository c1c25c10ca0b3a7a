//! Endpoints: `webhookEndpointCreate`, `webhookEndpointUpdate`, `webhookEndpointDelete`, `webhookPing`, the queries.

use serde_json::json;

use super::{deliveries, endpoint, later, service, shown};
use crate::support::{Receiver, Reply, refusals};

const CREATED: &str =
    "endpoint { id url description events status store { id } } secret replayed userErrors { code field message }";

#[tokio::test]
async fn the_secret_is_shown_once() {
    let app = service().await;
    let staff = app.staff().await;
    let input = json!({ "url": "https://example.com/hook", "description": " ERP ", "events": ["order.shipped", "order.*"],
        "idempotencyKey": "one" });
    let first = staff.mutate("webhookEndpointCreate", input.clone(), CREATED).await;
    assert!(first["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!(first["endpoint"]["events"], json!(["order.*", "order.shipped"]));
    assert_eq!(first["endpoint"]["description"], "ERP");
    assert_eq!(first["endpoint"]["status"], "ACTIVE");
    let again = staff.mutate("webhookEndpointCreate", input, CREATED).await;
    assert_eq!(again["endpoint"], first["endpoint"]);
    assert_eq!((&again["secret"], &again["replayed"]), (&json!(null), &json!(true)));
    assert_eq!(app.rows("webhook_endpoints").await, 1);
    let other = json!({ "url": "https://example.com/other", "idempotencyKey": "one" });
    let reused = staff.mutate("webhookEndpointCreate", other, CREATED).await;
    assert_eq!(refusals(&reused), ["IDEMPOTENCY_KEY_REUSED at idempotencyKey"]);
    let node = staff.ask("query($id: ID!) { node(id: $id) { id } }", json!({ "id": first["endpoint"]["id"] })).await;
    assert_eq!(node["node"]["id"], first["endpoint"]["id"]);
    let secrets = app.rows("events").await;
    assert_eq!(secrets, 1);
    let stored = app.state().await;
    assert!(!stored.contains("whsec_"), "{stored}");
}

#[tokio::test]
async fn bad_input_is_refused_and_nothing_is_made() {
    let app = service().await;
    let staff = app.staff().await;
    for (input, refusal) in [
        (json!({ "url": "ftp://example.com" }), "INVALID_URL at url"),
        (json!({ "url": "nonsense" }), "INVALID_URL at url"),
        (json!({ "url": "https://user:password@example.com/" }), "INVALID_URL at url"),
        (json!({ "url": "https://example.com", "events": ["order.*", "ORDER_SHIPPED"] }), "INVALID_INPUT at events.1"),
        (json!({ "url": "https://example.com", "description": "x".repeat(501) }), "INVALID_INPUT at description"),
        (json!({ "url": "https://example.com", "store": "store_01h455vb4pex5vsknk084sn02q" }), "NOT_FOUND at store"),
        (json!({ "url": "https://example.com", "store": "x" }), "NOT_FOUND at store"),
        (json!({ "url": "https://example.com", "idempotencyKey": "" }), "INVALID_INPUT at idempotencyKey"),
    ] {
        let payload = staff.mutate("webhookEndpointCreate", input, CREATED).await;
        assert_eq!(refusals(&payload), [refusal]);
        assert!(payload["endpoint"].is_null() && payload["secret"].is_null());
    }
    assert_eq!(app.rows("webhook_endpoints").await, 0);
    assert_eq!(app.rows("events").await, 0);
}

#[tokio::test]
async fn there_are_at_most_twenty_of_a_store_and_of_the_shop() {
    let app = service().await;
    let staff = app.staff().await;
    for _ in 0..20 {
        let payload = staff.mutate("webhookEndpointCreate", json!({ "url": "https://example.com" }), CREATED).await;
        assert_eq!(refusals(&payload), Vec::<String>::new());
    }
    let payload = staff.mutate("webhookEndpointCreate", json!({ "url": "https://example.com" }), CREATED).await;
    assert_eq!(refusals(&payload), ["LIMIT_REACHED at store"]);
    let store = app.store("pens").await;
    let input = json!({ "url": "https://example.com", "store": store.to_string() });
    assert_eq!(refusals(&staff.mutate("webhookEndpointCreate", input, CREATED).await), Vec::<String>::new());
}

#[tokio::test]
async fn a_changed_endpoint_wants_something_else() {
    let app = service().await;
    let (staff, receiver) = (app.staff().await, Receiver::start().await);
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 100, 100).await;
    let (id, _) = endpoint(&app, &staff, &receiver, json!({ "events": ["order.confirmed"] })).await;
    let order = staff.places(&pen, 1).await;
    staff.moves(&order, &["orderConfirm"]).await;
    app.work().await;
    assert_eq!(receiver.types(), ["order.confirmed"]);
    let edit = json!({ "endpoint": id, "events": ["order.processing"] });
    let payload = staff.mutate("webhookEndpointUpdate", edit, "endpoint { events } userErrors { code field message }").await;
    assert_eq!(payload["endpoint"]["events"], json!(["order.processing"]));
    staff.moves(&order, &["orderProcess"]).await;
    let off = json!({ "endpoint": id, "status": "DISABLED" });
    app.work().await;
    staff.mutate("webhookEndpointUpdate", off, "userErrors { code field message }").await;
    let other = staff.places(&pen, 1).await;
    staff.moves(&other, &["orderConfirm", "orderProcess"]).await;
    app.work().await;
    assert_eq!(receiver.types(), ["order.confirmed", "order.processing"]);
    assert_eq!(shown(&staff, &id).await["status"], "DISABLED");
    let refused = staff.mutate("webhookPing", json!({ "endpoint": id }), "userErrors { code field message }").await;
    assert_eq!(refusals(&refused), ["ENDPOINT_DISABLED at endpoint"]);
}

#[tokio::test]
async fn a_deleted_endpoint_is_gone_with_what_waits() {
    let app = service().await;
    let (staff, receiver) = (app.staff().await, Receiver::start().await);
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 100, 100).await;
    receiver.answers(|_| Reply::status(500));
    let (id, _) = endpoint(&app, &staff, &receiver, json!({})).await;
    staff.places(&pen, 1).await;
    app.work().await;
    assert_eq!(receiver.take().len(), 1);
    let payload = staff.mutate("webhookEndpointDelete", json!({ "endpoint": id }), "deletedId userErrors { code }").await;
    assert_eq!(payload["deletedId"], id.as_str());
    let staff = later(&app, 100_000).await;
    app.work().await;
    assert_eq!(receiver.received().len(), 0);
    for table in ["webhook_endpoints", "webhook_deliveries", "webhook_attempts"] {
        assert_eq!(app.rows(table).await, 0, "{table}");
    }
    assert_eq!(staff.ask("{ webhookEndpoints { totalCount } }", json!({})).await["webhookEndpoints"]["totalCount"], 0);
    let again = staff.mutate("webhookEndpointDelete", json!({ "endpoint": id }), "userErrors { code field message }").await;
    assert_eq!(refusals(&again), ["NOT_FOUND at endpoint"]);
}

#[tokio::test]
async fn a_ping_says_at_once_how_it_went() {
    let app = service().await;
    let (staff, receiver) = (app.staff().await, Receiver::start().await);
    let (id, secret) = endpoint(&app, &staff, &receiver, json!({ "events": ["order.confirmed"] })).await;
    let ping = staff.mutate("webhookPing", json!({ "endpoint": id }), "delivery { id messageId type state }").await;
    assert_eq!(ping["delivery"]["type"], "webhook.ping");
    app.work().await;
    let received = receiver.take();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].id(), ping["delivery"]["messageId"]);
    assert_eq!(received[0].signatures_by(&secret), 1);
    assert_eq!(deliveries(&staff, &id, "").await[0]["state"], "SUCCEEDED");
    // A test that fails is not repeated, and is no mark against the endpoint.
    receiver.answers(|_| Reply::status(500));
    staff.mutate("webhookPing", json!({ "endpoint": id }), "delivery { id }").await;
    app.work().await;
    let staff = later(&app, 1_000_000).await;
    app.work().await;
    assert_eq!(receiver.received().len(), 1);
    assert_eq!(deliveries(&staff, &id, "(state: FAILED)").await.len(), 1);
    assert!(shown(&staff, &id).await["failingSince"].is_null());
}
