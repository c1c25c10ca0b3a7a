//! `orderUpdate`.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Client, TestApp, refusals};

async fn shop() -> (TestApp, Client, Client, String) {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 2999, 10).await;
    let (buyer, _) = app.buyer("ada").await;
    let staff = app.staff().await;
    let order = buyer.places(&pouch, 1).await;
    (app, buyer, staff, order)
}

async fn refused(app: &TestApp, client: &Client, input: Value, reason: &str) {
    let before = app.state().await;
    let payload = client.change("orderUpdate", input).await;
    assert_eq!(refusals(&payload), [reason], "{payload:#}");
    assert_eq!(app.state().await, before);
}

#[tokio::test]
async fn a_buyer_edits_while_the_order_is_pending() {
    let (app, buyer, staff, order) = shop().await;
    let address = json!({ "structured": { "streetAddress": "Quay 1", "city": "Bergen", "country": "NO", "zipCode": "5003" } });
    let input =
        json!({ "order": order, "note": " ring twice ", "shippingAddress": address, "billingAddress": { "freeText": "x" } });
    let payload = buyer
        .mutate(
            "orderUpdate",
            input,
            "order { note version shippingAddress { formatted }
        billingAddress { formatted } events(last: 1) { nodes { kind changes { field } } } } userErrors { code field message }",
        )
        .await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    assert_eq!(payload["order"]["note"], "ring twice");
    assert_eq!(payload["order"]["shippingAddress"]["formatted"], "Quay 1, 5003 Bergen, NO");
    assert_eq!(
        payload["order"]["events"]["nodes"],
        json!([{ "kind": "ORDER_UPDATED", "changes": [{ "field": "note" }, { "field": "shippingAddress" }, { "field": "billingAddress" }] }])
    );
    staff.moves(&order, &["orderConfirm"]).await;
    refused(&app, &buyer, json!({ "order": order, "note": "x" }), "ORDER_NOT_EDITABLE at order").await;
    let payload = staff.change("orderUpdate", json!({ "order": order, "note": "" })).await;
    assert_eq!((refusals(&payload).len(), &payload["order"]["note"]), (0, &Value::Null));
}

#[tokio::test]
async fn an_edit_that_changes_nothing_is_no_event() {
    let (app, buyer, _, order) = shop().await;
    buyer.change("orderUpdate", json!({ "order": order, "note": "x" })).await;
    let before = app.state().await;
    let payload = buyer.change("orderUpdate", json!({ "order": order, "note": " x " })).await;
    assert_eq!((refusals(&payload).len(), &payload["order"]["version"]), (0, &json!(2)));
    assert_eq!(app.state().await, before);
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let (app, buyer, staff, order) = shop().await;
    let with = |name: &str, value: Value| {
        let mut input = json!({ "order": order });
        input[name] = value;
        input
    };
    refused(&app, &buyer, with("trackingNumber", json!("T")), "FORBIDDEN at trackingNumber").await;
    refused(&app, &buyer, with("estimatedDelivery", json!("2026-02-01")), "FORBIDDEN at estimatedDelivery").await;
    refused(&app, &staff, with("trackingNumber", json!("x".repeat(101))), "INVALID_INPUT at trackingNumber").await;
    refused(&app, &staff, with("trackingNumber", json!("a\nb")), "INVALID_INPUT at trackingNumber").await;
    refused(&app, &buyer, with("note", json!("x".repeat(5_001))), "INVALID_INPUT at note").await;
    refused(&app, &buyer, with("shippingAddress", json!({ "freeText": "" })), "INVALID_ADDRESS at shippingAddress.freeText")
        .await;
    refused(&app, &buyer, with("billingAddress", json!({ "saved": "x" })), "NOT_FOUND at billingAddress.saved").await;
    refused(&app, &buyer, with("expectedVersion", json!(7)), "CONFLICT at expectedVersion").await;
    let (other, _) = app.buyer("bob").await;
    refused(&app, &other, with("note", json!("x")), "NOT_FOUND at order").await;
    refused(&app, &staff, json!({ "order": "x", "note": "x" }), "NOT_FOUND at order").await;
    staff.moves(&order, &["orderProcess", "orderShip", "orderDeliver"]).await;
    refused(&app, &staff, with("note", json!("x")), "ORDER_NOT_EDITABLE at order").await;
}

#[tokio::test]
async fn another_way_of_shipping_changes_price_days_and_total() {
    let (app, buyer, staff, order) = shop().await;
    let method = app.shipping_method(490).await.to_string();
    let selection = "order { total paymentStatus totals { shipping } estimatedDelivery shippingMethod { id }
        events(last: 1) { nodes { changes { field old new } } } } userErrors { code field message }";
    let payload = buyer.mutate("orderUpdate", json!({ "order": order, "shippingMethod": method }), selection).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    let seen = &payload["order"];
    assert_eq!(
        (&seen["total"], &seen["totals"]["shipping"], &seen["estimatedDelivery"]),
        (&json!("34.89"), &json!("4.90"), &json!("2026-01-18"))
    );
    assert_eq!(
        seen["events"]["nodes"][0]["changes"],
        json!([
            { "field": "estimatedDelivery", "old": null, "new": "2026-01-18" },
            { "field": "shippingMethod", "old": null, "new": method },
            { "field": "shipping", "old": "0.00", "new": "4.90" },
            { "field": "total", "old": "29.99", "new": "34.89" },
        ])
    );
    assert_eq!(ordergraph::doctor::examine(app.db()).await.unwrap(), []);
    let before = app.state().await;
    buyer.change("orderUpdate", json!({ "order": order, "shippingMethod": method })).await;
    assert_eq!(app.state().await, before);
    refused(&app, &buyer, json!({ "order": order, "shippingMethod": "x" }), "NOT_FOUND at shippingMethod").await;
    app.sql("UPDATE shipping_methods SET currency = 'USD'").await;
    let other = app.shipping_method(990).await.to_string();
    app.sql("UPDATE shipping_methods SET currency = 'USD'").await;
    refused(&app, &buyer, json!({ "order": order, "shippingMethod": other }), "INVALID_INPUT at shippingMethod").await;
    app.sql("UPDATE shipping_methods SET currency = 'EUR'").await;
    staff.moves(&order, &["orderProcess", "orderShip"]).await;
    refused(&app, &staff, json!({ "order": order, "shippingMethod": other }), "ORDER_NOT_EDITABLE at shippingMethod").await;
    let payload = staff.change("orderUpdate", json!({ "order": order, "estimatedDelivery": "2026-02-01" })).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
}

#[tokio::test]
async fn a_seller_sees_an_order_without_editing_it() {
    let (app, _, _, _) = shop().await;
    let store = app.store("mugs").await;
    let mug = app.goods(store, "MUG", 1850, 10).await;
    let (buyer, _) = app.buyer("bob").await;
    let order = buyer.places(&mug, 1).await;
    refused(&app, &app.seller(store).await, json!({ "order": order, "note": "x" }), "FORBIDDEN at order").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_edits_at_once_that_know_one_version_one_succeeds() {
    let (app, buyer, _, order) = shop().await;
    let calls: JoinSet<_> = (0..8)
        .map(|index| {
            let (buyer, input) =
                (buyer.clone(), json!({ "order": order, "note": format!("note {index}"), "expectedVersion": 1 }));
            async move { buyer.change("orderUpdate", input).await }
        })
        .collect();
    let mut outcomes = Vec::new();
    for payload in calls.join_all().await {
        outcomes.extend(refusals(&payload));
    }
    assert_eq!(outcomes, vec!["CONFLICT at expectedVersion"; 7]);
    assert_eq!(app.rows("events").await, 2);
}
