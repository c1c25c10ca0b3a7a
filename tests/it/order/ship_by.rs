//! Until when an order must be shipped: `orderShipByUpdate`, filters and sorting, and what is told when it is missed.

use serde_json::{Value, json};

use crate::support::{Client, TestApp, refusals};

async fn shop(days: u16) -> (TestApp, Client, Client, Vec<String>) {
    let app = TestApp::with(|config| config.orders.ship_within_days = days).await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 2999, 10).await;
    let (buyer, _) = app.buyer("ada").await;
    let staff = app.staff().await;
    let mut orders = Vec::new();
    for _ in 0..3 {
        orders.push(buyer.places(&pouch, 1).await);
    }
    (app, buyer, staff, orders)
}

async fn overdue_events(client: &Client, order: &str) -> usize {
    let seen = client.order(order, "events(first: 100) { nodes { kind actorKind } }").await;
    let told = json!({ "kind": "ORDER_OVERDUE", "actorKind": "SYSTEM" });
    seen["events"]["nodes"].as_array().unwrap().iter().filter(|event| **event == told).count()
}

#[tokio::test]
async fn an_order_that_misses_its_time_is_told_of_once() {
    let (app, buyer, staff, orders) = shop(2).await;
    for order in &orders {
        assert_eq!(buyer.order(order, "shipBy").await["shipBy"], Value::Null, "nothing is promised before it is confirmed");
        staff.moves(order, &["orderConfirm"]).await;
        assert_eq!(buyer.order(order, "shipBy overdue").await, json!({ "shipBy": "2026-01-17T12:00:00Z", "overdue": false }));
    }
    // One is shipped in time, one is held.
    staff.moves(&orders[1], &["orderShip"]).await;
    staff.change("orderHold", json!({ "order": orders[2], "reason": "STOCK" })).await;
    app.work().await;
    app.clock.advance_seconds(2 * 86_400);
    app.work().await;
    let fresh = app.admin().await;
    assert_eq!(fresh.numbers("filter: { overdue: true }").await, Vec::<String>::new(), "the last moment is in time");
    app.clock.advance_seconds(61);
    for _ in 0..3 {
        app.work().await;
        app.clock.advance_seconds(61);
    }
    // Tokens do not live for days.
    let staff = app.user("late@shop.test", entity::stored::Role::Staff, &[]).await.0;
    let told = [
        overdue_events(&staff, &orders[0]).await,
        overdue_events(&staff, &orders[1]).await,
        overdue_events(&staff, &orders[2]).await,
    ];
    assert_eq!(told, [1, 0, 0]);
    assert_eq!(staff.order(&orders[0], "overdue").await["overdue"], true);
    assert_eq!(
        staff.numbers("filter: { overdue: true }, sort: [{ field: NUMBER, direction: ASC }]").await,
        ["ORD-20260115-0001", "ORD-20260115-0003"]
    );
    assert_eq!(staff.numbers("filter: { overdue: false }").await, ["ORD-20260115-0002"]);
    // What was held is told of when it is released.
    staff.change("orderHoldRelease", json!({ "order": orders[2] })).await;
    app.work().await;
    assert_eq!(overdue_events(&staff, &orders[2]).await, 1);
    assert_eq!(ordergraph::doctor::examine(app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn a_time_that_was_put_off_and_missed_again_is_told_of_again() {
    let (app, _, staff, orders) = shop(1).await;
    staff.moves(&orders[0], &["orderConfirm"]).await;
    let late = async |seconds: i64| {
        app.clock.advance_seconds(seconds);
        app.work().await;
        let fresh = format!("{}@shop.test", app.clock.now().0);
        let staff = app.user(&fresh, entity::stored::Role::Staff, &[]).await.0;
        (overdue_events(&staff, &orders[0]).await, staff)
    };
    let (told, staff) = late(86_400 + 1).await;
    assert_eq!(told, 1);
    let until = |time: &str| json!({ "order": orders[0], "shipBy": time });
    let never = staff.change("orderShipByUpdate", until("1969-01-01T00:00:00Z")).await;
    assert_eq!(refusals(&never), ["INVALID_INPUT at shipBy"]);
    assert_eq!(refusals(&staff.change("orderShipByUpdate", until("2026-01-18T12:00:00Z")).await), Vec::<String>::new());
    let (told, _) = late(3_600).await;
    assert_eq!(told, 1, "there is time again");
    let (told, staff) = late(2 * 86_400).await;
    assert_eq!((told, late(120).await.0), (2, 2));
    // A time that lies before what was told of already is none that was missed anew.
    assert_eq!(refusals(&staff.change("orderShipByUpdate", until("2026-01-17T12:00:00Z")).await), Vec::<String>::new());
    assert_eq!(late(120).await.0, 2);
    assert_eq!(ordergraph::doctor::examine(app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn two_workers_tell_of_it_once() {
    let (app, _, staff, orders) = shop(1).await;
    staff.moves(&orders[0], &["orderConfirm"]).await;
    app.clock.advance_seconds(86_400 + 1);
    let (one, other) = tokio::join!(ordergraph::order::overdue::run(&app.app), ordergraph::order::overdue::run(&app.app));
    assert!(one.is_ok() && other.is_ok());
    let late = app.user("late@shop.test", entity::stored::Role::Staff, &[]).await.0;
    assert_eq!(overdue_events(&late, &orders[0]).await, 1);
}

#[tokio::test]
async fn a_way_of_shipping_says_how_long_handing_over_takes() {
    let (app, buyer, staff, _) = shop(2).await;
    let method = app.shipping_method(500).await.to_string();
    let input = json!({ "shippingMethod": method, "handlingDays": 5 });
    let payload =
        staff.mutate("shippingMethodUpdate", input, "shippingMethod { handlingDays } userErrors { code field message }").await;
    assert_eq!(payload["shippingMethod"]["handlingDays"], 5);
    for days in [-1, 366] {
        let input = json!({ "shippingMethod": method, "handlingDays": days });
        let payload = staff.mutate("shippingMethodUpdate", input, "userErrors { code field message }").await;
        assert_eq!(refusals(&payload), ["INVALID_INPUT at handlingDays"]);
    }
    let store = app.store("mugs").await;
    let mug = app.goods(store, "MUG", 100, 5).await;
    let input = json!({ "items": [{ "variant": mug.variant.to_string(), "quantity": 1 }], "shippingMethod": method });
    let payload = buyer.mutate("orderCreate", input.clone(), "order { id }").await;
    let order = payload["order"]["id"].as_str().unwrap().to_owned();
    staff.moves(&order, &["orderProcess"]).await;
    assert_eq!(buyer.order(&order, "shipBy").await["shipBy"], "2026-01-20T12:00:00Z");
    // An order that is recorded as confirmed is promised at once.
    let mut recorded = input;
    recorded["status"] = json!("CONFIRMED");
    recorded["newCustomer"] = json!({ "name": "Bo" });
    let payload = staff.mutate("orderCreate", recorded, "order { shipBy } userErrors { code field message }").await;
    assert_eq!(payload["order"]["shipBy"], "2026-01-20T12:00:00Z", "{payload:#}");
}

#[tokio::test]
async fn staff_change_the_time_and_lists_are_sorted_by_it() {
    let (app, buyer, staff, orders) = shop(0).await;
    staff.moves(&orders[0], &["orderConfirm"]).await;
    assert_eq!(buyer.order(&orders[0], "shipBy").await["shipBy"], Value::Null, "without a rule there is no time");
    let at = |order: &str, time: Value| json!({ "order": order, "shipBy": time });
    for (order, time) in [(&orders[1], "2026-02-02T00:00:00Z"), (&orders[2], "2026-02-01T00:00:00Z")] {
        let payload = staff.change("orderShipByUpdate", at(order, json!(time))).await;
        assert_eq!(refusals(&payload), Vec::<String>::new());
    }
    let sorted = async |direction: &str| staff.numbers(&format!("sort: [{{ field: SHIP_BY, direction: {direction} }}]")).await;
    assert_eq!(sorted("ASC").await, ["ORD-20260115-0003", "ORD-20260115-0002", "ORD-20260115-0001"]);
    assert_eq!(sorted("DESC").await, ["ORD-20260115-0002", "ORD-20260115-0003", "ORD-20260115-0001"]);
    assert_eq!(staff.numbers("filter: { shipBy: { lt: \"2026-02-02T00:00:00Z\" } }").await, ["ORD-20260115-0003"]);
    // Cursors hold where there is no time too.
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let query = "query($after: String) { orders(first: 1, after: $after, sort: [{ field: SHIP_BY, direction: ASC }]) {
            nodes { number } pageInfo { hasNextPage endCursor } } }";
        let page = staff.ask(query, json!({ "after": after })).await["orders"].clone();
        seen.push(page["nodes"][0]["number"].as_str().unwrap().to_owned());
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(seen, sorted("ASC").await);

    let payload = staff.change("orderShipByUpdate", at(&orders[1], Value::Null)).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    assert_eq!(buyer.order(&orders[1], "shipBy").await["shipBy"], Value::Null);
    let before = app.state().await;
    let input = at(&orders[1], json!("2026-03-01T00:00:00Z"));
    assert_eq!(buyer.try_mutate("orderShipByUpdate", input.clone(), "replayed").await.code(), "FORBIDDEN");
    let mut stale = input.clone();
    stale["expectedVersion"] = json!(1);
    assert_eq!(refusals(&staff.change("orderShipByUpdate", stale).await), ["CONFLICT at expectedVersion"]);
    assert_eq!(app.state().await, before);
    staff.moves(&orders[1], &["orderProcess", "orderShip"]).await;
    assert_eq!(refusals(&staff.change("orderShipByUpdate", input).await), ["ORDER_NOT_EDITABLE at order"]);
}
