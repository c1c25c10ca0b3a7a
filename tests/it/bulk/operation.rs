//! What an operation does, and what it tells.

use serde_json::{Value, json};

use super::{ANSWER, OPERATION, Shop, accepted, by_three, operation, stands, to};
use crate::support::{TestApp, refusals};

#[tokio::test]
async fn many_orders_are_worked_off_and_each_has_its_result() {
    let shop = Shop::with(8).await;
    let Shop { app, staff, orders, .. } = &shop;
    staff.moves(&orders[1], &["orderProcess"]).await;
    staff.moves(&orders[2], &["orderConfirm"]).await;
    let mut given = orders.clone();
    given.insert(5, "nothing".to_owned());
    let input = json!({ "orders": given, "action": to("CONFIRMED"), "asJob": true, "reason": "morning round" });
    let id = accepted(staff, "ordersBulkAction", input).await;
    assert_eq!(staff.order(&orders[0], "status").await["status"], "PENDING", "nothing is done while the call is answered");
    let queued = operation(staff, &id, OPERATION).await;
    assert_eq!((&queued["status"], &queued["total"], &queued["startedAt"]), (&json!("QUEUED"), &json!(9), &Value::Null));

    app.work().await;
    let done = operation(staff, &id, OPERATION).await;
    assert_eq!(done["status"], "SUCCEEDED");
    assert_eq!(
        (&done["kind"], &done["action"], &done["toStatus"]),
        (&json!("ORDERS"), &json!("UPDATE_STATUS"), &json!("CONFIRMED"))
    );
    assert_eq!(stands(staff, &id).await.1, [9, 6, 1, 2]);
    assert!(done["startedAt"].is_string() && done["endedAt"].is_string());
    let reasons = json!([
        { "outcome": "SKIPPED", "code": "ALREADY_DONE", "count": 1 },
        { "outcome": "FAILED", "code": "INVALID_TRANSITION", "count": 1 },
        { "outcome": "FAILED", "code": "NOT_FOUND", "count": 1 },
    ]);
    assert_eq!(done["reasons"], reasons);

    let results = operation(staff, &id, "results(first: 100) { nodes { id number outcome success code message } }").await;
    let nodes = results["results"]["nodes"].as_array().unwrap();
    let ids: Vec<&str> = nodes.iter().map(|node| node["id"].as_str().unwrap()).collect();
    assert_eq!(ids, given);
    assert_eq!((&nodes[0]["number"], &nodes[5]["number"]), (&json!("ORD-20260115-0001"), &Value::Null));
    let seen = staff.order(&orders[7], "status version events(last: 1) { nodes { kind reason actor { email } } }").await;
    assert_eq!((&seen["status"], &seen["version"]), (&json!("CONFIRMED"), &json!(2)));
    let event = json!({ "kind": "ORDER_CONFIRMED", "reason": "morning round", "actor": { "email": "staff@shop.test" } });
    assert_eq!(seen["events"]["nodes"][0], event);
}

#[tokio::test]
async fn results_are_paged_and_filtered() {
    let shop = Shop::with(7).await;
    let Shop { app, staff, orders, .. } = &shop;
    staff.moves(&orders[3], &["orderProcess"]).await;
    let id = shop.accepted("CONFIRMED").await;
    app.work().await;
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let query = "query($id: ID!, $after: String) { bulkOperation(id: $id) { results(first: 3, after: $after) {
            totalCount nodes { id } pageInfo { hasNextPage endCursor } } } }";
        let page = staff.ask(query, json!({ "id": id, "after": after })).await["bulkOperation"]["results"].clone();
        assert_eq!(page["totalCount"], 7);
        seen.extend(page["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen, *orders);
    let failed = operation(staff, &id, "results(outcome: FAILED) { totalCount nodes { id code } }").await;
    assert_eq!(failed["results"], json!({ "totalCount": 1, "nodes": [{ "id": orders[3], "code": "INVALID_TRANSITION" }] }));
}

#[tokio::test]
async fn more_than_is_done_at_once_is_an_operation_and_an_id_given_twice_counts_once() {
    let shop = Shop::of(TestApp::with(|config| config.bulk.at_once = 2).await, 3).await;
    let Shop { app, staff, orders, .. } = &shop;
    let few = json!({ "orders": [orders[0], orders[1]], "action": to("CONFIRMED") });
    let payload = staff.mutate("ordersBulkAction", few, ANSWER).await;
    assert_eq!((&payload["processed"], &payload["operation"]), (&json!(2), &Value::Null));
    let many = json!({ "orders": [orders[0], orders[2], orders[0]], "action": to("CONFIRMED") });
    let id = accepted(staff, "ordersBulkAction", many).await;
    app.work().await;
    assert_eq!(stands(staff, &id).await, ("SUCCEEDED".to_owned(), [2, 1, 1, 0]));
    let all = json!({ "selectAll": true, "action": to("PROCESSING") });
    let id = accepted(staff, "ordersBulkAction", all).await;
    app.work().await;
    assert_eq!(stands(staff, &id).await, ("SUCCEEDED".to_owned(), [3, 3, 0, 0]));
    let first = operation(staff, &id, "results(first: 1) { nodes { id } }").await;
    assert_eq!(first["results"]["nodes"][0]["id"], json!(orders[2]), "newest first");
}

#[tokio::test]
async fn orders_that_come_to_match_later_are_not_touched() {
    let shop = Shop::with(4).await;
    let Shop { app, staff, orders, .. } = &shop;
    let input = json!({
        "selectAll": true, "filter": { "status": { "in": ["PENDING"] } }, "excludeIds": [orders[1]], "action": to("CONFIRMED"),
        "asJob": true,
    });
    let id = accepted(staff, "ordersBulkAction", input).await;
    let later = shop.buyer.places(&shop.pouch, 1).await;
    staff.moves(&orders[2], &["orderProcess"]).await;
    app.work().await;
    assert_eq!(stands(staff, &id).await, ("SUCCEEDED".to_owned(), [3, 2, 0, 1]), "what does not match any more is looked at");
    for pending in [&later, &orders[1]] {
        assert_eq!(staff.order(pending, "status").await["status"], "PENDING");
    }
}

#[tokio::test]
async fn a_dry_run_of_any_size_counts_what_the_run_then_does() {
    let shop = Shop::with(9).await;
    let Shop { app, staff, orders, .. } = &shop;
    staff.moves(&orders[1], &["orderProcess", "orderShip", "orderDeliver"]).await;
    staff.moves(&orders[2], &["orderCancel"]).await;
    staff.change("orderHold", json!({ "order": orders[3], "reason": "FRAUD" })).await;
    let input = |dry: bool, job: bool| {
        let ids: Vec<&str> = orders.iter().map(String::as_str).chain(["x"]).collect();
        json!({ "orders": ids, "action": to("CANCELLED"), "dryRun": dry, "asJob": job, "idempotencyKey": "k" })
    };
    let before = app.state().await;
    let told =
        staff.mutate("ordersBulkAction", input(true, false), "processed skipped failed reasons { outcome code count }").await;
    let dry = accepted(staff, "ordersBulkAction", input(true, true)).await;
    app.work().await;
    assert_eq!(app.state().await, before);
    let real = accepted(staff, "ordersBulkAction", input(false, true)).await;
    app.work().await;
    let numbers = "total processed succeeded skipped failed reasons { outcome code count }";
    let dry = operation(staff, &dry, numbers).await;
    assert_eq!(dry, operation(staff, &real, numbers).await);
    assert_eq!((&dry["succeeded"], &dry["skipped"], &dry["failed"]), (&json!(7), &json!(1), &json!(2)));
    assert_eq!((&told["processed"], &told["skipped"], &told["failed"]), (&dry["succeeded"], &dry["skipped"], &dry["failed"]));
    assert_eq!(told["reasons"], dry["reasons"]);
    assert_eq!(app.stock(&shop.pouch).await.0, 99, "all but the delivered one gave back what they held");
}

#[tokio::test]
async fn held_orders_are_told_apart_before_and_after() {
    let shop = Shop::with(3).await;
    let Shop { app, staff, orders, .. } = &shop;
    staff.change("orderHold", json!({ "order": orders[1], "reason": "FRAUD" })).await;
    for dry in [true, false] {
        let input = json!({ "orders": orders, "action": to("PROCESSING"), "dryRun": dry, "asJob": true });
        let id = accepted(staff, "ordersBulkAction", input).await;
        app.work().await;
        let reasons = operation(staff, &id, "reasons { code count }").await;
        assert_eq!(reasons["reasons"], json!([{ "code": "ORDER_ON_HOLD", "count": 1 }]), "dry: {dry}");
    }
}

#[tokio::test]
async fn all_or_nothing_is_one_transaction_in_the_background_too() {
    let shop = Shop::with(5).await;
    let Shop { app, staff, orders, .. } = &shop;
    staff.moves(&orders[4], &["orderProcess", "orderShip", "orderDeliver"]).await;
    let before = app.state().await;
    let input = json!({ "orders": orders, "action": to("CANCELLED"), "mode": "ALL_OR_NOTHING", "asJob": true });
    let id = accepted(staff, "ordersBulkAction", input.clone()).await;
    app.work().await;
    let failed = operation(staff, &id, OPERATION).await;
    assert_eq!((&failed["status"], &failed["failureCode"]), (&json!("FAILED"), &json!("NOTHING_DONE")));
    assert_eq!(stands(staff, &id).await.1, [5, 0, 0, 5]);
    let reasons = json!([
        { "outcome": "FAILED", "code": "NOTHING_DONE", "count": 4 },
        { "outcome": "FAILED", "code": "ORDER_NOT_CANCELLABLE", "count": 1 },
    ]);
    assert_eq!(failed["reasons"], reasons);
    assert_eq!(app.state().await, before);
    let mut fewer = input;
    fewer["orders"] = json!(orders[..4]);
    let id = accepted(staff, "ordersBulkAction", fewer).await;
    app.work().await;
    assert_eq!(stands(staff, &id).await, ("SUCCEEDED".to_owned(), [4, 4, 0, 0]));
}

#[tokio::test]
async fn what_cannot_be_taken_back_as_a_whole_or_is_too_much_is_refused() {
    let app = TestApp::with(|config| (config.bulk.at_once, config.bulk.max_items) = (2, 3)).await;
    let shop = Shop::of(app, 4).await;
    let Shop { app, staff, orders, .. } = &shop;
    let before = app.state().await;
    let whole = json!({ "orders": orders[..3], "action": to("CANCELLED"), "mode": "ALL_OR_NOTHING" });
    let payload = staff.mutate("ordersBulkAction", whole, ANSWER).await;
    assert_eq!(refusals(&payload), ["TOO_MANY_FOR_ALL_OR_NOTHING at mode"]);
    for selection in [json!({ "orders": orders }), json!({ "selectAll": true })] {
        let mut input = selection;
        input["action"] = to("CANCELLED");
        let payload = staff.mutate("ordersBulkAction", input, ANSWER).await;
        assert_eq!(refusals(&payload), ["TOO_MANY at orders"]);
    }
    assert_eq!((app.state().await, app.rows("bulk_operations").await), (before, 0));
}

#[tokio::test]
async fn a_repeated_call_gives_the_same_operation() {
    let shop = Shop::with(4).await;
    let Shop { app, staff, orders, .. } = &shop;
    let input = json!({ "orders": orders, "action": to("CONFIRMED"), "asJob": true, "idempotencyKey": "k" });
    let first = staff.mutate("ordersBulkAction", input.clone(), ANSWER).await;
    let again = staff.mutate("ordersBulkAction", input.clone(), ANSWER).await;
    assert_eq!((&first["replayed"], &again["replayed"]), (&json!(false), &json!(true)));
    assert_eq!(again["operation"]["id"], first["operation"]["id"]);
    app.work().await;
    let after = staff.mutate("ordersBulkAction", input.clone(), ANSWER).await;
    assert_eq!((&after["operation"]["id"], &after["operation"]["status"]), (&first["operation"]["id"], &json!("SUCCEEDED")));
    let mut other = input;
    other["action"] = to("PROCESSING");
    let payload = staff.mutate("ordersBulkAction", other, ANSWER).await;
    assert_eq!(refusals(&payload), ["IDEMPOTENCY_KEY_REUSED at idempotencyKey"]);
    assert_eq!((app.rows("bulk_operations").await, shop.events_of("ORDER_CONFIRMED").await), (1, 4));
}

#[tokio::test]
async fn an_operation_on_nothing_is_over_when_it_is_looked_at() {
    let shop = Shop::with(1).await;
    let input = json!({ "selectAll": true, "filter": { "number": "none" }, "action": to("CONFIRMED"), "asJob": true });
    let id = accepted(&shop.staff, "ordersBulkAction", input).await;
    shop.app.work().await;
    assert_eq!(stands(&shop.staff, &id).await, ("SUCCEEDED".to_owned(), [0, 0, 0, 0]));
}

#[tokio::test]
async fn operations_are_listed_newest_first() {
    let shop = Shop::of(TestApp::with(by_three).await, 2).await;
    let Shop { app, staff, .. } = &shop;
    let first = shop.accepted("CONFIRMED").await;
    app.work().await;
    app.clock.advance_seconds(1);
    let second = shop.accepted("PROCESSING").await;
    let list = |filter: &str| format!("{{ bulkOperations{filter} {{ totalCount nodes {{ id }} }} }}");
    let all = staff.ask(&list(""), json!({})).await;
    assert_eq!(all["bulkOperations"], json!({ "totalCount": 2, "nodes": [{ "id": second }, { "id": first }] }));
    let queued = staff.ask(&list("(filter: { kind: ORDERS, status: [QUEUED, RUNNING] })"), json!({})).await;
    assert_eq!(queued["bulkOperations"]["nodes"], json!([{ "id": second }]));
    let products = staff.ask(&list("(filter: { kind: PRODUCTS })"), json!({})).await;
    assert_eq!(products["bulkOperations"]["totalCount"], 0);
}

#[tokio::test]
async fn what_was_over_long_ago_is_forgotten() {
    let shop = Shop::with(4).await;
    let Shop { app, .. } = &shop;
    shop.accepted("CONFIRMED").await;
    app.work().await;
    app.clock.advance_seconds(29 * 86_400);
    app.work().await;
    assert_eq!((app.rows("bulk_operations").await, app.rows("bulk_results").await), (1, 4));
    app.clock.advance_seconds(2 * 86_400);
    app.work().await;
    assert_eq!((app.rows("bulk_operations").await, app.rows("bulk_results").await, app.rows("bulk_chunks").await), (0, 0, 0));
}
