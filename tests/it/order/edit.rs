//! `orderEdit`: several changes at once, all or nothing; and edits at once with others.

use ordergraph::doctor::examine;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Client, Goods, TestApp, refusals};

const EDITED: &str = "replayed refundDue order { id version note shippingAddress { formatted } shippingMethod { id } estimatedDelivery
      totals { subtotal shipping total } items { nodes { id sku quantity unitPrice } } events(last: 1) { nodes { kind changes { field } } } }
    userErrors { code field message available changedFields currentVersion }";

async fn shop() -> (TestApp, [Goods; 2], Client, Client, String) {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let goods = [app.goods(store, "POUCH", 2999, 10).await, app.goods(store, "MUG", 1850, 5).await];
    let (buyer, _) = app.buyer("ada").await;
    let staff = app.staff().await;
    let order = buyer.places(&goods[0], 3).await;
    (app, goods, buyer, staff, order)
}

async fn line(client: &Client, order: &str) -> Value {
    client.order(order, "items { nodes { id } }").await["items"]["nodes"][0]["id"].clone()
}

async fn refused(app: &TestApp, client: &Client, input: Value, reasons: &[&str]) {
    let before = app.state().await;
    let payload = client.mutate("orderEdit", input, EDITED).await;
    assert_eq!(refusals(&payload), reasons, "{payload:#}");
    assert_eq!(app.state().await, before);
}

#[tokio::test]
async fn everything_changes_at_once_or_is_tried() {
    let (app, [pouch, mug], buyer, _, order) = shop().await;
    let method = app.shipping_method(490).await;
    let mut input = json!({
        "order": order, "note": "ring twice", "shippingAddress": { "freeText": "Quay 1" }, "shippingMethod": method.to_string(),
        "remove": [line(&buyer, &order).await], "add": [{ "sku": "MUG", "quantity": 2 }, { "sku": "POUCH", "quantity": 1 }],
        "dryRun": true, "expectedVersion": 1,
    });
    let before = app.state().await;
    let tried = buyer.mutate("orderEdit", input.clone(), EDITED).await;
    assert_eq!(refusals(&tried), Vec::<String>::new());
    assert_eq!(tried["order"]["totals"], json!({ "subtotal": "66.99", "shipping": "4.90", "total": "71.89" }));
    assert_eq!(app.state().await, before);
    input["dryRun"] = json!(false);
    let edited = buyer.mutate("orderEdit", input, EDITED).await;
    assert_eq!(edited["order"]["totals"], tried["order"]["totals"]);
    let order = &edited["order"];
    assert_eq!((&order["note"], &order["shippingAddress"]["formatted"]), (&json!("ring twice"), &json!("Quay 1")));
    assert_eq!((&order["estimatedDelivery"], &order["version"]), (&json!("2026-01-18"), &json!(2)));
    let event = &order["events"]["nodes"][0];
    assert_eq!(event["kind"], "ORDER_EDITED");
    let changes = event["changes"].as_array().unwrap();
    // Each line is named by its id.
    let fields: Vec<&str> = changes.iter().map(|change| change["field"].as_str().unwrap().split('.').next().unwrap()).collect();
    assert_eq!(
        fields,
        [
            "items",
            "items",
            "items",
            "note",
            "estimatedDelivery",
            "shippingAddress",
            "shippingMethod",
            "subtotal",
            "shipping",
            "total"
        ]
    );
    assert_eq!((app.stock(&pouch).await, app.stock(&mug).await), ((9, 1, 0, 10), (3, 2, 0, 5)));
    assert_eq!(examine(app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn all_that_is_wrong_is_told_and_nothing_is_done() {
    let (app, [pouch, _], buyer, staff, order) = shop().await;
    let id = line(&buyer, &order).await;
    let wrong = json!({
        "order": order, "note": "x", "update": [{ "item": id, "quantity": 20 }],
        "add": [{ "sku": "MUG", "quantity": 9 }, { "sku": "NONE", "quantity": 1 }],
    });
    refused(
        &app,
        &buyer,
        wrong,
        &["NOT_FOUND at add.1.sku", "INSUFFICIENT_STOCK at update.0.quantity", "INSUFFICIENT_STOCK at add.0.quantity"],
    )
    .await;
    let twice = json!({ "order": order, "update": [{ "item": id, "quantity": 1 }], "remove": [id], "add": [{ "sku": "MUG", "quantity": 1 }] });
    refused(&app, &buyer, twice, &["INVALID_INPUT at update.0.item"]).await;
    refused(&app, &buyer, json!({ "order": order, "remove": [id] }), &["LAST_ITEM at remove.0"]).await;
    refused(&app, &buyer, json!({ "order": order, "remove": ["x"] }), &["NOT_FOUND at remove.0"]).await;
    let many: Vec<Value> = (0..501).map(|_| json!({ "sku": "MUG", "quantity": 1 })).collect();
    refused(&app, &staff, json!({ "order": order, "add": many }), &["TOO_MANY_ITEMS at "]).await;
    let foreign = buyer.places(&pouch, 1).await;
    let foreign = line(&buyer, &foreign).await;
    refused(&app, &buyer, json!({ "order": order, "remove": [foreign] }), &["NOT_FOUND at remove.0"]).await;
    refused(&app, &buyer, json!({ "order": order, "shippingMethod": "x" }), &["NOT_FOUND at shippingMethod"]).await;
    refused(&app, &buyer, json!({ "order": order, "note": "x", "expectedVersion": 7 }), &["CONFLICT at expectedVersion"]).await;
    refused(
        &app,
        &staff,
        json!({ "order": order, "update": [{ "item": id, "quantity": 1_000_000, "unitPrice": "9999999999" }] }),
        &["INVALID_AMOUNT at update.0.quantity"],
    )
    .await;
}

#[tokio::test]
async fn a_line_that_takes_what_another_one_gives_needs_no_more_stock() {
    let (app, [pouch, _], buyer, staff, order) = shop().await;
    let id = line(&buyer, &order).await;
    staff.mutate("stockAdjust", json!({ "variant": pouch.variant.to_string(), "setTo": 0 }), "replayed").await;
    let input = json!({ "order": order, "update": [{ "item": id, "quantity": 1 }], "add": [{ "sku": "POUCH", "quantity": 2, "unitPrice": "5" }] });
    let payload = staff.mutate("orderEdit", input, EDITED).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    assert_eq!(payload["order"]["totals"]["total"], "39.99");
    assert_eq!(app.available(&pouch).await, 0);
    assert_eq!(examine(app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn an_edit_without_lines_is_an_update() {
    let (app, _, buyer, staff, order) = shop().await;
    staff.moves(&order, &["orderProcess", "orderShip"]).await;
    let payload = staff.mutate("orderEdit", json!({ "order": order, "note": "left at the door" }), EDITED).await;
    assert_eq!(payload["order"]["events"]["nodes"][0]["kind"], "ORDER_UPDATED");
    let before = app.state().await;
    staff.mutate("orderEdit", json!({ "order": order }), EDITED).await;
    assert_eq!(app.state().await, before);
    refused(&app, &buyer, json!({ "order": order, "note": "x" }), &["ORDER_NOT_EDITABLE at order"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn edits_at_once_of_one_order_all_count() {
    let (app, [pouch, mug], buyer, staff, order) = shop().await;
    let calls: JoinSet<_> = (0..8)
        .map(|index| {
            let client = if index % 2 == 0 { buyer.clone() } else { staff.clone() };
            let input = json!({ "order": order, "add": [{ "sku": "MUG", "quantity": 1 }, { "sku": "POUCH", "quantity": 1 }] });
            async move { client.mutate("orderEdit", input, EDITED).await }
        })
        .collect();
    let mut outcomes: Vec<String> = calls.join_all().await.iter().flat_map(refusals).collect();
    outcomes.sort();
    // Five mugs: three edits come too late.
    assert_eq!(outcomes, vec!["INSUFFICIENT_STOCK at add.0.quantity"; 3]);
    assert_eq!((app.stock(&pouch).await, app.stock(&mug).await), ((2, 8, 0, 10), (0, 5, 0, 5)));
    let seen = staff.order(&order, "version items { nodes { sku quantity } }").await;
    assert_eq!(
        seen,
        json!({ "version": 6, "items": { "nodes": [{ "sku": "POUCH", "quantity": 8 }, { "sku": "MUG", "quantity": 5 }] } })
    );
    assert_eq!(examine(app.db()).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_piece_goes_to_one_of_many_orders() {
    let (app, [_, mug], buyer, staff, _) = shop().await;
    let store = app.store("last").await;
    let last = app.goods(store, "LAST", 100, 1).await;
    let calls: JoinSet<_> = orders(&buyer, &mug)
        .await
        .into_iter()
        .map(|order| {
            let staff = staff.clone();
            async move { staff.mutate("orderItemAdd", json!({ "order": order, "sku": "LAST", "quantity": 1 }), EDITED).await }
        })
        .collect();
    let payloads = calls.join_all().await;
    let outcomes: Vec<String> = payloads.iter().flat_map(refusals).collect();
    assert_eq!(outcomes, vec!["INSUFFICIENT_STOCK at quantity"; 4]);
    for refused in payloads.iter().filter(|payload| payload["order"].is_null()) {
        assert_eq!(refused["userErrors"][0]["available"], 0);
    }
    assert_eq!(app.stock(&last).await, (0, 1, 0, 1));
    assert_eq!(examine(app.db()).await.unwrap(), []);
}

/// Five orders of one piece.
async fn orders(buyer: &Client, goods: &Goods) -> Vec<String> {
    let mut orders = Vec::new();
    for _ in 0..5 {
        orders.push(buyer.places(goods, 1).await);
    }
    orders
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_and_a_cancellation_at_once_leave_the_stock_whole() {
    let (app, [pouch, mug], buyer, staff, _) = shop().await;
    for order in orders(&buyer, &mug).await {
        let mut calls = JoinSet::new();
        for (mutation, input) in [
            ("orderCancel", json!({ "order": order })),
            ("orderItemAdd", json!({ "order": order, "sku": "POUCH", "quantity": 2 })),
            ("orderCancel", json!({ "order": order })),
        ] {
            let staff = staff.clone();
            calls.spawn(async move { staff.mutate(mutation, input, "userErrors { code field }").await });
        }
        calls.join_all().await;
        assert_eq!(staff.order(&order, "status").await["status"], "CANCELLED");
    }
    assert_eq!((app.stock(&pouch).await, app.stock(&mug).await), ((7, 3, 0, 10), (5, 0, 0, 5)));
    assert_eq!(examine(app.db()).await.unwrap(), []);
}
