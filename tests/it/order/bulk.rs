//! `ordersBulkAction`.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Client, Goods, TestApp, refusals};

const DONE: &str = "processed skipped failed replayed results { id success code message } userErrors { code field message }";

/// A shop with four orders of one piece each, and staff.
async fn shop() -> (TestApp, Goods, Client, Vec<String>) {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 2999, 10).await;
    let (buyer, _) = app.buyer("ada").await;
    let mut orders = Vec::new();
    for _ in 0..4 {
        orders.push(buyer.places(&pouch, 1).await);
        app.clock.advance_seconds(1);
    }
    let staff = app.staff().await;
    (app, pouch, staff, orders)
}

fn to(status: &str) -> Value {
    json!({ "updateStatus": { "status": status } })
}

/// The results in short: `success` or the code, in their order.
fn results(payload: &Value) -> Vec<&str> {
    let results = payload["results"].as_array().unwrap();
    let short = |result: &Value| result["success"] == true;
    results.iter().map(|result| if short(result) { "done" } else { result["code"].as_str().unwrap() }).collect()
}

fn ids(payload: &Value) -> Vec<&str> {
    payload["results"].as_array().unwrap().iter().map(|result| result["id"].as_str().unwrap()).collect()
}

async fn refused(app: &TestApp, client: &Client, input: Value, reason: &str) {
    let before = app.state().await;
    let payload = client.mutate("ordersBulkAction", input, DONE).await;
    assert_eq!(refusals(&payload), [reason]);
    assert_eq!((&payload["processed"], &payload["results"]), (&json!(0), &json!([])));
    assert_eq!(app.state().await, before);
}

#[tokio::test]
async fn each_id_has_its_result_in_the_order_given() {
    let (app, _, staff, orders) = shop().await;
    staff.moves(&orders[1], &["orderProcess"]).await;
    let given = [&orders[3], "nothing", &orders[1], "order_01h455vb4pex5vsknk084sn02q", &orders[0], &orders[3]];
    let input = json!({ "orders": given, "action": to("CONFIRMED"), "reason": "morning round" });
    let payload = staff.mutate("ordersBulkAction", input, DONE).await;
    assert_eq!(ids(&payload), given);
    assert_eq!(results(&payload), ["done", "NOT_FOUND", "INVALID_TRANSITION", "NOT_FOUND", "done", "done"]);
    assert_eq!((&payload["processed"], &payload["failed"]), (&json!(3), &json!(3)));
    let seen = staff.order(&orders[3], "status version events(last: 1) { nodes { reason } }").await;
    assert_eq!((&seen["status"], &seen["version"]), (&json!("CONFIRMED"), &json!(2)));
    assert_eq!(seen["events"]["nodes"][0]["reason"], "morning round");
    assert_eq!(app.rows("events").await, 4 + 1 + 2);
}

#[tokio::test]
async fn all_that_match_but_for_some() {
    let (_app, _, staff, orders) = shop().await;
    staff.moves(&orders[0], &["orderProcess"]).await;
    let input = json!({
        "selectAll": true, "filter": { "status": { "in": ["PENDING"] } }, "excludeIds": [orders[2], "x"], "action": to("CONFIRMED"),
    });
    let payload = staff.mutate("ordersBulkAction", input, DONE).await;
    assert_eq!(ids(&payload), [&orders[3], &orders[1]], "newest first");
    assert_eq!(staff.order(&orders[2], "status").await["status"], "PENDING");
    let none = json!({ "selectAll": true, "filter": { "number": "none" }, "action": to("CONFIRMED") });
    let payload = staff.mutate("ordersBulkAction", none, DONE).await;
    assert_eq!((&payload["processed"], &payload["results"], refusals(&payload).len()), (&json!(0), &json!([]), 0));
}

#[tokio::test]
async fn all_or_nothing_takes_everything_back() {
    let (app, _, staff, orders) = shop().await;
    staff.moves(&orders[1], &["orderProcess", "orderShip", "orderDeliver"]).await;
    let before = app.state().await;
    let input = json!({ "orders": orders, "action": to("CANCELLED"), "mode": "ALL_OR_NOTHING", "idempotencyKey": "k" });
    let payload = staff.mutate("ordersBulkAction", input.clone(), DONE).await;
    assert_eq!(refusals(&payload), ["NOTHING_DONE at mode"]);
    assert_eq!(results(&payload), ["NOTHING_DONE", "ORDER_NOT_CANCELLABLE", "NOTHING_DONE", "NOTHING_DONE"]);
    assert_eq!((&payload["processed"], &payload["failed"]), (&json!(0), &json!(4)));
    assert_eq!(app.state().await, before);
    let mut fewer = input;
    fewer["orders"] = json!([orders[0], orders[2]]);
    let payload = staff.mutate("ordersBulkAction", fewer, DONE).await;
    assert_eq!((results(&payload), refusals(&payload).len()), (vec!["done", "done"], 0));
}

#[tokio::test]
async fn cancelling_many_gives_their_goods_back() {
    let (app, pouch, staff, orders) = shop().await;
    let payload = staff.mutate("ordersBulkAction", json!({ "orders": orders, "action": to("CANCELLED") }), DONE).await;
    assert_eq!(results(&payload), ["done"; 4]);
    assert_eq!(app.stock(&pouch).await, (10, 0, 0, 10));
}

#[tokio::test]
async fn what_is_so_already_is_skipped_and_no_failure() {
    let (app, _, staff, orders) = shop().await;
    staff.moves(&orders[1], &["orderConfirm"]).await;
    let before = staff.order(&orders[1], "version").await;
    let input = json!({ "orders": orders, "action": to("CONFIRMED"), "mode": "ALL_OR_NOTHING", "dryRun": true });
    for dry in [true, false] {
        let mut input = input.clone();
        input["dryRun"] = json!(dry);
        let payload = staff.mutate("ordersBulkAction", input, DONE).await;
        assert_eq!(results(&payload), ["done", "ALREADY_DONE", "done", "done"]);
        assert_eq!((&payload["processed"], &payload["skipped"], &payload["failed"]), (&json!(3), &json!(1), &json!(0)));
    }
    assert_eq!(staff.order(&orders[1], "version").await, before);
    assert_eq!(app.rows("events").await, 4 + 4);
}

#[tokio::test]
async fn a_dry_run_tells_and_keeps_nothing() {
    let (app, _, staff, orders) = shop().await;
    let before = app.state().await;
    let input = json!({ "orders": [orders[0], "x"], "action": to("CONFIRMED"), "dryRun": true, "idempotencyKey": "k" });
    let payload = staff.mutate("ordersBulkAction", input, DONE).await;
    assert_eq!(results(&payload), ["done", "NOT_FOUND"]);
    assert_eq!(app.state().await, before);
}

#[tokio::test]
async fn a_repeated_call_gives_the_same_results_and_changes_nothing() {
    let (app, _, staff, orders) = shop().await;
    let input = json!({ "orders": [orders[0], "x"], "action": to("CONFIRMED"), "idempotencyKey": "k" });
    let first = staff.mutate("ordersBulkAction", input.clone(), DONE).await;
    let before = app.state().await;
    let again = staff.mutate("ordersBulkAction", input.clone(), DONE).await;
    assert_eq!((&first["replayed"], &again["replayed"]), (&json!(false), &json!(true)));
    assert_eq!(again["results"], first["results"]);
    assert_eq!(app.state().await, before);
    let mut other = input;
    other["action"] = to("PROCESSING");
    refused(&app, &staff, other, "IDEMPOTENCY_KEY_REUSED at idempotencyKey").await;
}

#[tokio::test]
async fn what_selects_nothing_or_too_much_is_refused() {
    let (app, _, staff, orders) = shop().await;
    let action = to("CONFIRMED");
    refused(&app, &staff, json!({ "action": action }), "NOTHING_SELECTED at orders").await;
    refused(&app, &staff, json!({ "orders": [], "action": action }), "NOTHING_SELECTED at orders").await;
    refused(&app, &staff, json!({ "orders": orders, "selectAll": true, "action": action }), "NOTHING_SELECTED at orders").await;
    refused(&app, &staff, json!({ "orders": orders, "filter": {}, "action": action }), "INVALID_INPUT at filter").await;
    refused(&app, &staff, json!({ "orders": orders, "excludeIds": [], "action": action }), "INVALID_INPUT at excludeIds").await;
    refused(&app, &staff, json!({ "orders": orders, "action": { "delete": false } }), "INVALID_INPUT at action").await;
    let two = json!({ "orders": orders, "action": { "delete": true, "updateStatus": { "status": "CONFIRMED" } } });
    assert_eq!(staff.try_mutate("ordersBulkAction", two, DONE).await.code(), "BAD_USER_INPUT");
}

#[tokio::test]
async fn deleting_many_is_for_administrators() {
    let (app, pouch, staff, orders) = shop().await;
    let input = json!({ "orders": [orders[0], "x", orders[1]], "action": { "delete": true } });
    refused(&app, &staff, input.clone(), "FORBIDDEN at action").await;
    let payload = app.admin().await.mutate("ordersBulkAction", input, DONE).await;
    assert_eq!(results(&payload), ["done", "NOT_FOUND", "done"]);
    assert_eq!((app.rows("orders").await, app.available(&pouch).await), (2, 8));
}

#[tokio::test]
async fn buyers_and_sellers_have_no_bulk_actions() {
    let (app, pouch, _, orders) = shop().await;
    let (buyer, _) = app.buyer("bob").await;
    let seller = app.seller(pouch.store).await;
    let before = app.state().await;
    let input = json!({ "orders": orders, "action": to("CANCELLED") });
    for client in [&buyer, &seller] {
        assert_eq!(client.try_mutate("ordersBulkAction", input.clone(), DONE).await.code(), "FORBIDDEN");
    }
    assert_eq!(app.anonymous().try_mutate("ordersBulkAction", input, DONE).await.code(), "UNAUTHENTICATED");
    assert_eq!(app.state().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bulk_and_single_cancellations_at_once_restore_stock_once() {
    let (app, pouch, staff, orders) = shop().await;
    let mug = app.goods(pouch.store, "MUG", 1850, 10).await;
    let (buyer, _) = app.buyer("bob").await;
    let mut all = orders.clone();
    for _ in 0..4 {
        all.push(buyer.places(&mug, 1).await);
    }
    let mut calls = JoinSet::new();
    for round in 0..4_usize {
        let (client, mut given) = (staff.clone(), all.clone());
        given.rotate_left(round * 2);
        let input = json!({ "orders": given, "action": to("CANCELLED") });
        calls.spawn(async move { client.mutate("ordersBulkAction", input, DONE).await["processed"].clone() });
        let (client, order) = (staff.clone(), all[round * 2].clone());
        calls.spawn(async move {
            let payload = client.change("orderCancel", json!({ "order": order })).await;
            json!(i32::from(refusals(&payload).is_empty()))
        });
    }
    let cancelled: i64 = calls.join_all().await.iter().filter_map(Value::as_i64).sum();
    assert_eq!(cancelled, 8);
    assert_eq!((app.stock(&pouch).await, app.stock(&mug).await), ((10, 0, 0, 10), (10, 0, 0, 10)));
}
