//! What an event says, and which are asked for.

use ordergraph::order::live;
use serde_json::{Value, json};

use super::{EVENTS, Live};

#[tokio::test]
async fn an_event_shows_its_order_as_it_is_when_it_is_told() {
    let live = Live::new().await;
    let store = live.app.store("pouches").await;
    let goods = live.app.goods(store, "P-1", 999, 10).await;
    let (buyer, _) = live.app.buyer("ada").await;
    let staff = live.app.staff().await;
    let order = buyer.places(&goods, 1).await;
    let mut socket = live.listening(&buyer, &live::cursor(0)).await;
    live.app.work().await;
    for (mutation, kind, status) in [
        (None, "ORDER_CREATED", "PENDING"),
        (Some("orderConfirm"), "ORDER_CONFIRMED", "CONFIRMED"),
        (Some("orderProcess"), "ORDER_PROCESSING", "PROCESSING"),
    ] {
        if let Some(mutation) = mutation {
            staff.moves(&order, &[mutation]).await;
            live.app.work().await;
        }
        let event = socket.event().await;
        assert_eq!(event["order"], json!({ "id": order, "status": status }), "{kind}");
        if mutation.is_none() || mutation == Some("orderConfirm") {
            assert_eq!(event["kind"], kind);
        }
    }
}

#[tokio::test]
async fn the_timeline_of_an_order_has_the_cursors_of_the_subscription() {
    let live = Live::new().await;
    let store = live.app.store("pouches").await;
    let goods = live.app.goods(store, "P-1", 999, 10).await;
    let (buyer, _) = live.app.buyer("ada").await;
    let order = buyer.places(&goods, 1).await;
    let selection = "events { nodes { cursor order { id } } }";
    let unplaced = buyer.order(&order, selection).await;
    assert_eq!(unplaced["events"]["nodes"], json!([{ "cursor": null, "order": { "id": order } }]));
    let now = live.now().await;
    assert_eq!(buyer.order(&order, selection).await["events"]["nodes"][0]["cursor"], json!(now));
}

/// The numbers within their orders and the orders of what comes with a filter, until an event of `last`.
async fn filtered(live: &Live, filter: Value, last: &str) -> Vec<(String, i64)> {
    let staff = live.app.user(&format!("{}@shop.test", live.app.rows("users").await), entity::stored::Role::Staff, &[]).await.0;
    let mut socket = live.begun(&staff).await;
    socket.subscribe("events", EVENTS, json!({ "after": live::cursor(0), "filter": filter })).await;
    let mut seen = Vec::new();
    loop {
        let event = socket.event().await;
        let order = event["order"]["id"].as_str().unwrap().to_owned();
        let is_last = order == last;
        seen.push((order, event["sequence"].as_i64().unwrap()));
        if is_last {
            return seen;
        }
    }
}

#[tokio::test]
async fn filters_choose_by_order_store_customer_kind_and_status() {
    let live = Live::new().await;
    let (store, other) = (live.app.store("pouches").await, live.app.store("other").await);
    let goods = live.app.goods(store, "P-1", 999, 10).await;
    let others = live.app.goods(other, "O-1", 999, 10).await;
    let (ada, customer) = live.app.buyer("ada").await;
    let (bob, _) = live.app.buyer("bob").await;
    let staff = live.app.staff().await;
    let first = bob.places(&others, 1).await;
    let second = ada.places(&goods, 1).await;
    staff.moves(&first, &["orderConfirm"]).await;
    staff.moves(&second, &["orderConfirm", "orderProcess"]).await;
    live.app.work().await;
    let of = |order: &str, sequence: i64| (order.to_owned(), sequence);
    assert_eq!(filtered(&live, json!({ "order": second }), &second).await, [of(&second, 1)]);
    assert_eq!(filtered(&live, json!({ "store": store.to_string() }), &second).await, [of(&second, 1)]);
    assert_eq!(filtered(&live, json!({ "customer": customer.to_string() }), &second).await, [of(&second, 1)]);
    assert_eq!(filtered(&live, json!({ "kind": { "in": ["ORDER_CONFIRMED"] } }), &second).await, [of(&first, 2), of(&second, 2)]);
    assert_eq!(filtered(&live, json!({ "status": { "in": ["PROCESSING"] } }), &second).await, [of(&second, 3)]);
    let both = json!({ "status": { "in": ["CONFIRMED", "PROCESSING"] }, "customer": customer.to_string() });
    assert_eq!(filtered(&live, both, &second).await, [of(&second, 2)]);
}

#[tokio::test]
async fn a_filter_by_an_id_of_another_type_matches_nothing() {
    let live = Live::new().await;
    let store = live.app.store("pouches").await;
    let goods = live.app.goods(store, "P-1", 999, 10).await;
    let (buyer, customer) = live.app.buyer("ada").await;
    let order = buyer.places(&goods, 1).await;
    let start = live::cursor(0);
    live.app.work().await;
    let mut socket = live.begun(&buyer).await;
    let wrong = json!({ "after": start, "filter": { "order": customer.to_string() } });
    socket.subscribe("wrong", EVENTS, wrong).await;
    socket.subscribe("right", EVENTS, json!({ "after": start, "filter": { "order": order } })).await;
    assert_eq!(socket.message().await["id"], "right");
    buyer.change("orderCancel", json!({ "order": order, "reason": "no" })).await;
    live.app.work().await;
    assert_eq!(socket.message().await["id"], "right");
}

#[tokio::test]
async fn the_end_of_an_order_is_told_to_those_it_concerned() {
    let live = Live::new().await;
    let (store, other) = (live.app.store("pouches").await, live.app.store("other").await);
    let goods = live.app.goods(store, "P-1", 999, 10).await;
    let (ada, _) = live.app.buyer("ada").await;
    let (bob, _) = live.app.buyer("bob").await;
    let (seller, stranger) = (live.app.seller(store).await, live.app.seller(other).await);
    let order = ada.places(&goods, 1).await;
    let now = live.now().await;
    let mut concerned = [live.listening(&ada, &now).await, live.listening(&seller, &now).await];
    let others = live.app.goods(other, "O-1", 999, 10).await;
    let mut strangers = [live.listening(&bob, &now).await, live.listening(&stranger, &now).await];
    let payload =
        live.app.admin().await.mutate("orderDelete", json!({ "order": order }), "userErrors { code field message }").await;
    assert_eq!(payload["userErrors"], json!([]));
    let next = bob.places(&others, 1).await;
    live.app.work().await;
    for socket in &mut concerned {
        let event = socket.event().await;
        assert_eq!((&event["kind"], &event["order"]), (&json!("ORDER_DELETED"), &Value::Null));
    }
    for socket in &mut strangers {
        assert_eq!(socket.event().await["order"]["id"], json!(next), "the deletion was passed over");
    }
}
