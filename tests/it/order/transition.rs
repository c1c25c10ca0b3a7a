//! Changes of status: `orderConfirm` to `orderDeliver`, and `orderStatusUpdate`.

use ordergraph::doctor::examine;
use serde_json::{Value, json};

use crate::support::{Client, Goods, TestApp, refusals};

/// A shop with an order of two pieces by a buyer, and staff.
async fn shop() -> (TestApp, Goods, Client, Client, String) {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 2999, 10).await;
    let (buyer, _) = app.buyer("ada").await;
    let staff = app.staff().await;
    let order = buyer.places(&pouch, 2).await;
    (app, pouch, buyer, staff, order)
}

/// The change is refused for this reason, and nothing is there that was not before.
async fn refused(app: &TestApp, client: &Client, mutation: &str, input: Value, reason: &str) -> Value {
    let before = app.state().await;
    let payload = client.change(mutation, input).await;
    assert_eq!(refusals(&payload), [reason], "{mutation} {payload:#}");
    assert_eq!(payload["order"], Value::Null);
    assert_eq!(app.state().await, before);
    payload["userErrors"][0].clone()
}

#[tokio::test]
async fn an_order_goes_its_way_and_tells_of_it() {
    let (_app, _, buyer, staff, order) = shop().await;
    let mut fulfilment = Vec::new();
    for mutation in ["orderConfirm", "orderProcess", "orderShip", "orderOutForDelivery", "orderDeliver"] {
        let payload = staff.change(mutation, json!({ "order": order, "reason": format!(" {mutation} ") })).await;
        assert_eq!(refusals(&payload), Vec::<String>::new());
        fulfilment.push(payload["order"]["fulfillmentStatus"].clone());
    }
    assert_eq!(json!(fulfilment), json!(["UNFULFILLED", "PROCESSING", "SHIPPED", "OUT_FOR_DELIVERY", "DELIVERED"]));
    let seen = buyer
        .order(&order, "status statusDisplay version events { nodes { sequence kind reason version actorKind actor { id } } }")
        .await;
    assert_eq!((&seen["statusDisplay"], &seen["version"]), (&json!("Completed"), &json!(10)));
    let timeline: Vec<String> = seen["events"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| {
            assert_eq!(event["sequence"], event["version"]);
            assert_eq!(event["actor"], Value::Null, "buyers do not learn who of the staff it was");
            format!("{} {} {}", event["sequence"], event["kind"].as_str().unwrap(), event["reason"])
        })
        .collect();
    insta::assert_snapshot!(timeline.join("\n"), @r#"
    1 ORDER_CREATED null
    2 ORDER_CONFIRMED "orderConfirm"
    3 ORDER_PROCESSING "orderProcess"
    4 FULFILLMENT_CREATED "orderShip"
    5 FULFILLMENT_SHIPPED "orderShip"
    6 ORDER_SHIPPED "orderShip"
    7 FULFILLMENT_OUT_FOR_DELIVERY "orderOutForDelivery"
    8 ORDER_OUT_FOR_DELIVERY "orderOutForDelivery"
    9 FULFILLMENT_DELIVERED "orderDeliver"
    10 ORDER_DELIVERED "orderDeliver"
    "#);
}

#[tokio::test]
async fn what_the_table_does_not_allow_is_refused_with_what_it_does() {
    let (app, _, _, staff, order) = shop().await;
    for mutation in ["orderShip", "orderOutForDelivery", "orderDeliver"] {
        let error = refused(&app, &staff, mutation, json!({ "order": order }), "INVALID_TRANSITION at order").await;
        assert_eq!(error["allowedStatuses"], json!(["CONFIRMED", "PROCESSING", "CANCELLED"]));
    }
    for status in ["PENDING", "SHIPPED", "REFUNDED", "RETURNED", "DAMAGED"] {
        let input = json!({ "order": order, "status": status });
        refused(&app, &staff, "orderStatusUpdate", input, "INVALID_TRANSITION at order").await;
    }
    staff.moves(&order, &["orderProcess", "orderShip", "orderDeliver"]).await;
    refused(&app, &staff, "orderConfirm", json!({ "order": order }), "INVALID_TRANSITION at order").await;
    for (status, next) in [("RETURNED", json!(["REFUNDED"])), ("REFUNDED", json!([]))] {
        let payload = staff.change("orderStatusUpdate", json!({ "order": order, "status": status })).await;
        assert_eq!((refusals(&payload).len(), &payload["order"]["status"]), (0, &json!(status)));
        let error = refused(&app, &staff, "orderProcess", json!({ "order": order }), "INVALID_TRANSITION at order").await;
        assert_eq!(error["allowedStatuses"], next);
    }
}

#[tokio::test]
async fn force_is_for_administrators_with_a_reason() {
    let (app, pouch, _, staff, order) = shop().await;
    let admin = app.admin().await;
    let input = |reason: Option<&str>| json!({ "order": order, "status": "DELIVERED", "force": true, "reason": reason });
    refused(&app, &staff, "orderStatusUpdate", input(Some("please")), "FORCE_FORBIDDEN at force").await;
    refused(&app, &admin, "orderStatusUpdate", input(None), "REASON_REQUIRED at reason").await;
    refused(&app, &admin, "orderStatusUpdate", input(Some("  ")), "REASON_REQUIRED at reason").await;
    let payload = admin.change("orderStatusUpdate", input(Some("fetched in the shop"))).await;
    assert_eq!((refusals(&payload).len(), &payload["order"]["status"]), (0, &json!("DELIVERED")));
    let seen = admin.order(&order, "events(last: 1) { nodes { kind reason actorKind changes { field old new } } }").await;
    assert_eq!(
        seen["events"]["nodes"],
        json!([{ "kind": "ORDER_DELIVERED", "reason": "fetched in the shop", "actorKind": "ADMIN", "changes": [
            { "field": "status", "old": "PENDING", "new": "DELIVERED" },
            { "field": "forced", "old": false, "new": true },
            { "field": "fulfillmentStatus", "old": "UNFULFILLED", "new": "DELIVERED" },
        ]}])
    );
    // What is cancelled stays so: its goods are on sale again.
    app.sql("UPDATE orders SET status = 'CANCELLED'").await;
    refused(&app, &admin, "orderStatusUpdate", input(Some("again")), "INVALID_TRANSITION at order").await;
    assert_eq!(app.available(&pouch).await, 8);
}

#[tokio::test]
async fn a_change_since_the_known_version_is_a_conflict_that_names_the_fields() {
    let (app, _, buyer, staff, order) = shop().await;
    staff.change("orderUpdate", json!({ "order": order, "note": "ring twice", "trackingNumber": "T1" })).await;
    staff.moves(&order, &["orderConfirm"]).await;
    let input = |version: i64| json!({ "order": order, "expectedVersion": version });
    let error = refused(&app, &staff, "orderProcess", input(1), "CONFLICT at expectedVersion").await;
    assert_eq!((&error["changedFields"], &error["currentVersion"]), (&json!(["note", "status", "trackingNumber"]), &json!(3)));
    let error = refused(&app, &staff, "orderProcess", input(2), "CONFLICT at expectedVersion").await;
    assert_eq!(error["changedFields"], json!(["status"]));
    for version in [0, 4, -5, 4_294_967_299] {
        refused(&app, &staff, "orderProcess", input(version), "CONFLICT at expectedVersion").await;
    }
    refused(&app, &buyer, "orderCancel", input(1), "CONFLICT at expectedVersion").await;
    let payload = staff.change("orderProcess", input(3)).await;
    assert_eq!((refusals(&payload).len(), &payload["order"]["version"]), (0, &json!(4)));
}

#[tokio::test]
async fn a_repeated_call_is_one_change() {
    let (app, _, _, staff, order) = shop().await;
    let input = json!({ "order": order, "idempotencyKey": "k", "expectedVersion": 1 });
    let first = staff.change("orderConfirm", input.clone()).await;
    assert_eq!((&first["replayed"], &first["order"]["version"]), (&json!(false), &json!(2)));
    let before = app.state().await;
    let again = staff.change("orderConfirm", input.clone()).await;
    assert_eq!((&again["replayed"], &again["order"]["version"]), (&json!(true), &json!(2)));
    assert_eq!(app.state().await, before);
    let mut other = input;
    other["reason"] = json!("x");
    refused(&app, &staff, "orderConfirm", other, "IDEMPOTENCY_KEY_REUSED at idempotencyKey").await;
    // The same key with another mutation is another call.
    let next = staff.change("orderProcess", json!({ "order": order, "idempotencyKey": "k" })).await;
    assert_eq!((refusals(&next).len(), &next["replayed"]), (0, &json!(false)));
}

#[tokio::test]
async fn a_dry_run_of_a_change_keeps_nothing() {
    let (app, _, _, staff, order) = shop().await;
    let before = app.state().await;
    let input = json!({ "order": order, "trackingNumber": "T9", "dryRun": true, "idempotencyKey": "k" });
    staff.moves(&order, &["orderConfirm"]).await;
    let confirmed = app.state().await;
    assert_ne!(before, confirmed);
    let payload = staff.change("orderShip", input.clone()).await;
    assert_eq!((&payload["order"]["status"], &payload["order"]["version"]), (&json!("SHIPPED"), &json!(5)));
    assert_eq!(app.state().await, confirmed);
    let mut real = input;
    real["dryRun"] = json!(false);
    let payload = staff.change("orderShip", real).await;
    assert_eq!((&payload["replayed"], &payload["order"]["trackingNumber"]), (&json!(false), &json!("T9")));
}

#[tokio::test]
async fn a_tracking_number_can_be_searched() {
    let (app, _, buyer, staff, order) = shop().await;
    staff.moves(&order, &["orderConfirm"]).await;
    for number in [String::new(), " ".into(), "x".repeat(101), "a\nb".into()] {
        let input = json!({ "order": order, "trackingNumber": number });
        refused(&app, &staff, "orderShip", input, "INVALID_INPUT at trackingNumber").await;
    }
    let payload = staff.change("orderShip", json!({ "order": order, "trackingNumber": " 1Z_Äb% " })).await;
    assert_eq!(payload["order"]["trackingNumber"], "1Z_Äb%");
    for client in [&staff, &buyer] {
        assert_eq!(client.numbers("filter: { search: \"z_äB%\" }").await, ["ORD-20260115-0001"]);
    }
    staff.change("orderUpdate", json!({ "order": order, "trackingNumber": "NEW" })).await;
    // The parcel still has it.
    assert_eq!(staff.numbers("filter: { search: \"1z_\" }").await.len(), 1);
    assert_eq!(staff.numbers("filter: { search: \"new\" }").await.len(), 1);
    staff.change("orderUpdate", json!({ "order": order, "trackingNumber": "NEWER" })).await;
    let found = async |text: &str| staff.numbers(&format!("filter: {{ search: \"{text}\" }}")).await.len();
    assert_eq!((found("1z_").await, found("newer").await), (1, 1));
    staff.change("orderUpdate", json!({ "order": order, "trackingNumber": "LAST" })).await;
    assert_eq!((found("1z_").await, found("new").await, found("last").await), (1, 0, 1));
    assert_eq!(examine(app.db()).await.unwrap(), []);
    // A tracking number that is also the order's own number is taken away as the one, not as the other.
    staff.change("orderUpdate", json!({ "order": order, "trackingNumber": "ORD-20260115-0001" })).await;
    staff.change("orderUpdate", json!({ "order": order, "trackingNumber": "" })).await;
    assert_eq!(staff.numbers("filter: { search: \"ord-20260115\" }").await.len(), 1);
}

#[tokio::test]
async fn someone_elses_order_is_not_found_and_buyers_do_not_fulfil() {
    let (app, pouch, buyer, staff, order) = shop().await;
    let seller = app.seller(pouch.store).await;
    let before = app.state().await;
    for client in [&buyer, &seller] {
        for mutation in ["orderConfirm", "orderProcess", "orderShip", "orderOutForDelivery", "orderDeliver"] {
            let answer = client.try_mutate(mutation, json!({ "order": order }), "order { id }").await;
            assert_eq!(answer.code(), "FORBIDDEN", "{mutation}");
        }
        let input = json!({ "order": order, "status": "CONFIRMED" });
        assert_eq!(client.try_mutate("orderStatusUpdate", input, "order { id }").await.code(), "FORBIDDEN");
    }
    let anonymous = app.anonymous().try_mutate("orderConfirm", json!({ "order": "x" }), "order { id }").await;
    assert_eq!(anonymous.code(), "UNAUTHENTICATED");
    assert_eq!(app.state().await, before);
    for id in ["", "x", "order_", &pouch.variant.to_string(), "order_01h455vb4pex5vsknk084sn02q"] {
        refused(&app, &staff, "orderConfirm", json!({ "order": id }), "NOT_FOUND at order").await;
    }
}

#[tokio::test]
async fn where_sellers_fulfil_they_move_orders_of_own_goods_only() {
    let app = TestApp::with(|config| config.orders.sellers_can_fulfil = true).await;
    let (own, other) = (app.store("own").await, app.store("other").await);
    let (pouch, mug) = (app.goods(own, "POUCH", 2999, 10).await, app.goods(other, "MUG", 1850, 10).await);
    let (buyer, customer) = app.buyer("ada").await;
    let seller = app.seller(own).await;
    let order = buyer.places(&pouch, 1).await;
    let foreign = buyer.places(&mug, 1).await;
    let mixed = app.order_row("ORD-1", customer, &[(&pouch, 1, 100), (&mug, 1, 100)], |_| {}).await.to_string();
    refused(&app, &seller, "orderConfirm", json!({ "order": foreign }), "NOT_FOUND at order").await;
    refused(&app, &seller, "orderConfirm", json!({ "order": mixed }), "FORBIDDEN at order").await;
    for (id, allowed) in [(&mixed, false), (&order, true)] {
        let seen = seller.order(id, "availableActions { action allowed }").await;
        let confirm = json!({ "action": "CONFIRM", "allowed": allowed });
        assert!(seen["availableActions"].as_array().unwrap().contains(&confirm), "{seen:#}");
    }
    seller.moves(&order, &["orderConfirm", "orderShip", "orderDeliver"]).await;
}

#[tokio::test]
async fn where_administrators_are_free_the_table_binds_staff_alone() {
    let app = TestApp::with(|config| config.orders.transitions = ordergraph::config::TransitionPolicy::FreeForAdmin).await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 2999, 10).await;
    let (buyer, _) = app.buyer("ada").await;
    let (staff, admin) = (app.staff().await, app.admin().await);
    let order = buyer.places(&pouch, 1).await;
    let input = json!({ "order": order, "status": "DELIVERED" });
    refused(&app, &staff, "orderStatusUpdate", input.clone(), "INVALID_TRANSITION at order").await;
    let seen = admin.order(&order, "availableActions { action allowed }").await;
    assert!(seen["availableActions"].as_array().unwrap().contains(&json!({ "action": "DELIVER", "allowed": true })));
    let payload = admin.change("orderStatusUpdate", input).await;
    assert_eq!(payload["order"]["status"], "DELIVERED");
}

#[tokio::test]
async fn what_may_be_done_follows_caller_and_status() {
    let (_app, _, buyer, staff, order) = shop().await;
    let allowed = async |client: &Client| -> Vec<String> {
        let seen = client.order(&order, "availableActions { action allowed reason }").await;
        let actions = seen["availableActions"].as_array().unwrap().clone();
        assert_eq!(actions.len(), 10);
        assert!(actions.iter().all(|action| action["allowed"] == action["reason"].is_null()), "{actions:?}");
        let allowed = actions.iter().filter(|action| action["allowed"] == true);
        allowed.map(|action| action["action"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(allowed(&buyer).await, ["CANCEL", "EDIT"]);
    assert_eq!(allowed(&staff).await, ["CONFIRM", "PROCESS", "CANCEL", "EDIT"]);
    staff.moves(&order, &["orderConfirm"]).await;
    assert_eq!(allowed(&buyer).await, ["CANCEL"]);
    staff.moves(&order, &["orderShip"]).await;
    assert_eq!(allowed(&buyer).await, Vec::<String>::new());
    assert_eq!(allowed(&staff).await, ["OUT_FOR_DELIVERY", "DELIVER", "CANCEL", "REFUND", "RETURN", "MARK_DAMAGED", "EDIT"]);
}
