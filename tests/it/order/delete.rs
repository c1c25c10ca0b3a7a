//! `orderDelete`.

use entity::stored::PaymentGateway;
use serde_json::{Value, json};

use crate::support::{Client, Goods, TestApp, refusals};

const DELETED: &str = "deletedId number userErrors { code field message changedFields currentVersion }";

async fn shop() -> (TestApp, Goods, Client, Client, String) {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 2999, 10).await;
    let (buyer, _) = app.buyer("ada").await;
    let admin = app.admin().await;
    let order = buyer.places(&pouch, 3).await;
    (app, pouch, buyer, admin, order)
}

#[tokio::test]
async fn a_deleted_order_is_gone_and_told_of() {
    let (app, pouch, buyer, admin, order) = shop().await;
    let id = order.parse().unwrap();
    app.paid(id, PaymentGateway::Manual, 1_000).await;
    let payload = admin.mutate("orderDelete", json!({ "order": order, "reason": "a test" }), DELETED).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    assert_eq!((&payload["deletedId"], &payload["number"]), (&json!(order), &json!("ORD-20260115-0001")));
    for table in ["orders", "order_items", "payments"] {
        assert_eq!(app.rows(table).await, 0, "{table}");
    }
    assert_eq!(app.stock(&pouch).await, (10, 0, 0, 10));
    assert_eq!(admin.order(&order, "id").await, Value::Null);
    let last = app.events(id).await.pop().unwrap();
    assert_eq!((last.kind.as_str(), last.seq, last.version, last.reason.as_deref()), ("ORDER_DELETED", 2, 2, Some("a test")));
    let changes: Value = serde_json::from_str(last.changes.as_deref().unwrap()).unwrap();
    let snapshot = &changes[0]["old"];
    assert_eq!((&snapshot["number"], &snapshot["totalMinor"]), (&json!("ORD-20260115-0001"), &json!(8997)));
    assert_eq!((&snapshot["items"][0]["sku"], &snapshot["items"][0]["quantity"]), (&json!("POUCH"), &json!(3)));
    assert_eq!(snapshot["payments"][0]["capturedMinor"], 1_000);
    let again = admin.mutate("orderDelete", json!({ "order": order }), DELETED).await;
    assert_eq!(refusals(&again), ["NOT_FOUND at order"]);
    // Its number is not given to another order.
    let next = buyer.places(&pouch, 1).await;
    assert_eq!(buyer.order(&next, "number").await["number"], "ORD-20260115-0002");
}

#[tokio::test]
async fn goods_that_have_left_do_not_come_back_by_deleting() {
    let (app, pouch, _, admin, order) = shop().await;
    admin.moves(&order, &["orderProcess", "orderShip"]).await;
    admin.mutate("orderDelete", json!({ "order": order }), DELETED).await;
    assert_eq!(app.stock(&pouch).await, (7, 0, 3, 10));
}

#[tokio::test]
async fn only_administrators_delete() {
    let (app, pouch, buyer, _, order) = shop().await;
    let staff = app.staff().await;
    let seller = app.seller(pouch.store).await;
    let before = app.state().await;
    for client in [&buyer, &seller, &staff] {
        for id in [order.as_str(), "x"] {
            let answer = client.try_mutate("orderDelete", json!({ "order": id }), DELETED).await;
            assert_eq!(answer.code(), "FORBIDDEN");
        }
    }
    let anonymous = app.anonymous().try_mutate("orderDelete", json!({ "order": order }), DELETED).await;
    assert_eq!(anonymous.code(), "UNAUTHENTICATED");
    assert_eq!(app.state().await, before);
}

#[tokio::test]
async fn a_deletion_minds_the_version_and_a_dry_run() {
    let (app, _, _, admin, order) = shop().await;
    let before = app.state().await;
    let payload = admin.mutate("orderDelete", json!({ "order": order, "expectedVersion": 2 }), DELETED).await;
    assert_eq!(refusals(&payload), ["CONFLICT at expectedVersion"]);
    let payload = admin.mutate("orderDelete", json!({ "order": order, "dryRun": true }), DELETED).await;
    assert_eq!((refusals(&payload).len(), &payload["deletedId"]), (0, &json!(order)));
    assert_eq!(app.state().await, before);
}

#[tokio::test]
async fn where_only_finished_orders_are_deleted_others_stay() {
    let app = TestApp::with(|config| config.orders.delete_requires_terminal = true).await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 2999, 10).await;
    let (buyer, _) = app.buyer("ada").await;
    let admin = app.admin().await;
    let order = buyer.places(&pouch, 3).await;
    let before = app.state().await;
    let payload = admin.mutate("orderDelete", json!({ "order": order }), DELETED).await;
    assert_eq!(refusals(&payload), ["INVALID_TRANSITION at order"]);
    assert_eq!(app.state().await, before);
    buyer.change("orderCancel", json!({ "order": order })).await;
    let payload = admin.mutate("orderDelete", json!({ "order": order }), DELETED).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    assert_eq!(app.stock(&pouch).await, (10, 0, 0, 10));
}

#[tokio::test]
async fn the_key_of_a_deleted_order_places_no_second_one() {
    let (app, pouch, buyer, admin, _) = shop().await;
    let input = json!({ "items": [{ "sku": "POUCH", "quantity": 1 }], "idempotencyKey": "k" });
    let created = buyer.mutate("orderCreate", input.clone(), "order { id } userErrors { code field }").await;
    admin.mutate("orderDelete", json!({ "order": created["order"]["id"] }), DELETED).await;
    let again = buyer.mutate("orderCreate", input, "order { id } userErrors { code field }").await;
    assert_eq!(refusals(&again), ["NOT_FOUND at idempotencyKey"]);
    assert_eq!(app.available(&pouch).await, 7);
}
