//! Notifications in the product: who is told of what, once; and whose they are.

use entity::id::NotificationId;
use ordergraph::{clock::random_bytes, event::Change};
use serde_json::{Value, json};

use super::{kinds, told, unread};
use crate::support::{Client, Goods, NOW, TestApp, refusals};

/// A shop, and a buyer with an order of it that was told of.
async fn shop() -> (TestApp, Goods, Client, String) {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 2999, 10).await;
    let (buyer, _) = app.buyer("ada").await;
    let order = buyer.places(&pouch, 1).await;
    app.work().await;
    (app, pouch, buyer, order)
}

/// Moves an order step by step, working after each.
async fn moves(app: &TestApp, staff: &Client, order: &str, mutations: &[&str]) {
    for mutation in mutations {
        app.clock.advance_seconds(1);
        staff.moves(order, &[mutation]).await;
        app.work().await;
    }
}

/// The ids of somebody's notifications, newest first.
async fn ids(client: &Client) -> Vec<String> {
    let data = client.ask("{ notifications(first: 100) { nodes { id } } }", json!({})).await;
    let nodes = data["notifications"]["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_buyer_is_told_of_each_step_once() {
    let (app, _, buyer, order) = shop().await;
    let staff = app.staff().await;
    assert_eq!(told(&buyer).await, Vec::<String>::new(), "placing it the buyer did");
    moves(&app, &staff, &order, &["orderConfirm", "orderProcess", "orderShip", "orderOutForDelivery", "orderDeliver"]).await;
    app.clock.advance_seconds(1);
    staff.change("orderStatusUpdate", json!({ "order": order, "status": "REFUNDED" })).await;
    app.work().await;
    let lines = told(&buyer).await;
    assert_eq!(unread(&buyer).await, 4);
    insta::assert_snapshot!(lines.join("\n"), @r"
    ORDER_REFUNDED: Order ORD-20260115-0001 was refunded
    ORDER_DELIVERED: Order ORD-20260115-0001 was delivered
    ORDER_SHIPPED: Order ORD-20260115-0001 is on its way
    ORDER_CONFIRMED: Order ORD-20260115-0001 confirmed
    ");
    // A reader that begins the log anew finds that all was told.
    app.sql("UPDATE cursors SET position = 0 WHERE name = 'notifications'").await;
    app.work().await;
    assert_eq!(told(&buyer).await, lines);
    assert_eq!(told(&staff).await, Vec::<String>::new());
}

#[tokio::test]
async fn two_workers_at_once_tell_once() {
    let (app, _, buyer, order) = shop().await;
    app.staff().await.moves(&order, &["orderConfirm", "orderProcess", "orderShip"]).await;
    tokio::join!(app.work(), app.work());
    assert_eq!(kinds(&buyer).await.len(), 2);
}

#[tokio::test]
async fn sellers_are_told_of_orders_with_their_goods() {
    let app = TestApp::new().await;
    let (here, there) = (app.store("here").await, app.store("there").await);
    let pouch = app.goods(here, "POUCH", 2999, 10).await;
    let (seller, other, staff) = (app.seller(here).await, app.seller(there).await, app.staff().await);
    let (buyer, _) = app.buyer("ada").await;
    let order = buyer.places(&pouch, 1).await;
    app.work().await;
    app.clock.advance_seconds(1);
    buyer.change("orderCancel", json!({ "order": order })).await;
    app.work().await;
    assert_eq!(kinds(&seller).await, ["ORDER_CREATED", "ORDER_CANCELLED"]);
    let message = |data: &Value| data["notifications"]["nodes"][0]["message"].as_str().unwrap().to_owned();
    let query = "{ notifications(first: 1) { nodes { message order { number } } } }";
    let (to_seller, to_buyer) = (seller.ask(query, json!({})).await, buyer.ask(query, json!({})).await);
    assert_eq!(message(&to_seller), "Order ORD-20260115-0001 has been cancelled.");
    assert_eq!(message(&to_buyer), "Your order ORD-20260115-0001 has been cancelled.");
    assert_eq!(to_seller["notifications"]["nodes"][0]["order"]["number"], "ORD-20260115-0001");
    assert_eq!((told(&other).await.len(), told(&staff).await.len()), (0, 0));
    // Who leaves the store keeps what was told and no longer sees the order.
    app.sql("DELETE FROM store_members").await;
    app.app.standings.invalidate_all();
    let left = seller.ask(query, json!({})).await;
    assert_eq!((message(&left), &left["notifications"]["nodes"][0]["order"]), (message(&to_seller), &Value::Null));
}

#[tokio::test]
async fn money_and_delays_are_told_to_those_they_concern() {
    let (app, pouch, buyer, order) = shop().await;
    let (seller, staff) = (app.seller(pouch.store).await, app.staff().await);
    app.happens(&order, &["PAYMENT_FAILED"], &[Change::new("amount", Value::Null, "29.99")]).await;
    app.happens(&order, &["PAYMENT_CAPTURED"], &[Change::new("paid", "0.00", "29.99")]).await;
    app.happens(&order, &["REFUND_SUCCEEDED"], &[Change::new("refunded", "0.00", "9.99")]).await;
    app.happens(&order, &["ORDER_OVERDUE", "ORDER_SOMETHING_ELSE"], &[]).await;
    app.work().await;
    assert_eq!(kinds(&buyer).await.len(), 3);
    assert_eq!(kinds(&seller).await, ["ORDER_OVERDUE"]);
    assert_eq!(kinds(&staff).await, ["ORDER_OVERDUE"]);
    let data = buyer.ask("{ notifications { nodes { kind message } } }", json!({})).await;
    let messages: Vec<&str> =
        data["notifications"]["nodes"].as_array().unwrap().iter().map(|node| node["message"].as_str().unwrap()).collect();
    for amount in ["29.99 EUR", "9.99 EUR"] {
        assert!(messages.iter().any(|message| message.contains(amount)), "{messages:?}");
    }
}

#[tokio::test]
async fn what_ships_in_one_go_is_told_once_and_what_ships_in_parts_by_part() {
    let (app, pouch, buyer, order) = shop().await;
    let tracking = [Change::new("trackingNumber", Value::Null, "T7")];
    app.happens(&order, &["FULFILLMENT_SHIPPED", "ORDER_SHIPPED"], &tracking).await;
    app.work().await;
    assert_eq!(kinds(&buyer).await, ["ORDER_SHIPPED"]);
    let data = buyer.ask("{ notifications { nodes { message } } }", json!({})).await;
    assert_eq!(
        data["notifications"]["nodes"][0]["message"],
        "Your order ORD-20260115-0001 has been shipped. Tracking number: T7."
    );
    let second = buyer.places(&pouch, 2).await;
    app.happens(&second, &["FULFILLMENT_SHIPPED"], &[]).await;
    app.work().await;
    app.happens(&second, &["FULFILLMENT_SHIPPED", "ORDER_SHIPPED"], &[]).await;
    // Read together with what follows, or before: it comes to the same.
    app.happens(&second, &["FULFILLMENT_DELIVERED"], &[]).await;
    app.happens(&second, &["FULFILLMENT_DELIVERED", "ORDER_DELIVERED"], &[]).await;
    app.work().await;
    let mut of_second = kinds(&buyer).await;
    of_second.sort();
    assert_eq!(
        of_second,
        ["FULFILLMENT_DELIVERED", "FULFILLMENT_DELIVERED", "FULFILLMENT_SHIPPED", "FULFILLMENT_SHIPPED", "ORDER_SHIPPED"]
    );
}

#[tokio::test]
async fn imported_history_and_what_was_before_the_reader_are_not_told() {
    let (app, pouch, buyer, order) = shop().await;
    app.happens(&order, &["ORDER_DELIVERED"], &[]).await;
    app.sql("UPDATE events SET actor = 'IMPORT' WHERE kind = 'ORDER_DELIVERED'").await;
    app.work().await;
    assert_eq!((app.events_of_kind("ORDER_DELIVERED").await, told(&buyer).await.len()), (1, 0));
    // A release that brings the reader finds a log that is there.
    app.sql("DELETE FROM cursors").await;
    app.happens(&buyer.places(&pouch, 1).await, &["ORDER_CONFIRMED"], &[]).await;
    app.work().await;
    assert_eq!(told(&buyer).await.len(), 1);
    app.sql("DELETE FROM notifications").await;
    app.sql("DELETE FROM cursors").await;
    app.work().await;
    assert_eq!(told(&buyer).await.len(), 0);
}

#[tokio::test]
async fn notifications_are_read_by_id_and_all_together() {
    let (app, _, buyer, order) = shop().await;
    moves(&app, &app.staff().await, &order, &["orderConfirm", "orderProcess", "orderShip", "orderDeliver"]).await;
    let selection = "marked unreadNotifications userErrors { code field }";
    let [delivered, shipped, confirmed]: [String; 3] = ids(&buyer).await.try_into().unwrap();
    let input = json!({ "notifications": [confirmed, shipped, confirmed] });
    let marked = buyer.mutate("notificationMarkRead", input.clone(), selection).await;
    assert_eq!(marked, json!({ "marked": 2, "unreadNotifications": 1, "userErrors": [] }));
    let query = "query($read: Boolean) { notifications(filter: { isRead: $read }) { totalCount nodes { id isRead readAt } } }";
    let read_at = buyer.ask(query, json!({ "read": true })).await;
    assert_eq!(read_at["notifications"]["totalCount"], 2);
    let of_unread = buyer.ask(query, json!({ "read": false })).await;
    assert_eq!(of_unread["notifications"]["nodes"], json!([{ "id": delivered, "isRead": false, "readAt": null }]));
    // Reading again keeps the time.
    app.clock.advance_seconds(60);
    assert_eq!(buyer.mutate("notificationMarkRead", input, selection).await["marked"], 0);
    assert_eq!(buyer.ask(query, json!({ "read": true })).await, read_at);
    let all = buyer.mutate("notificationMarkRead", json!({ "all": true }), selection).await;
    assert_eq!((&all["marked"], unread(&buyer).await), (&json!(1), 0));
    let kind = "{ notifications(filter: { kind: [ORDER_SHIPPED, ORDER_CANCELLED] }) { nodes { id } } }";
    assert_eq!(buyer.ask(kind, json!({})).await["notifications"]["nodes"], json!([{ "id": shipped }]));
    let of_order = "query($order: ID) { notifications(filter: { order: $order }) { totalCount } }";
    for (order, count) in [(json!(order), 3), (json!("order_x"), 0)] {
        assert_eq!(buyer.ask(of_order, json!({ "order": order })).await["notifications"]["totalCount"], count);
    }
}

#[tokio::test]
async fn wrong_input_marks_nothing() {
    let (app, _, buyer, order) = shop().await;
    moves(&app, &app.staff().await, &order, &["orderConfirm"]).await;
    let id = ids(&buyer).await.remove(0);
    let unknown = NotificationId::at(NOW, random_bytes()).to_string();
    for (input, reasons) in [
        (json!({}), vec!["INVALID_INPUT at notifications"]),
        (json!({ "all": false }), vec!["INVALID_INPUT at notifications"]),
        (json!({ "notifications": [] }), vec!["INVALID_INPUT at notifications"]),
        (json!({ "notifications": vec![id.clone(); 101] }), vec!["INVALID_INPUT at notifications"]),
        (json!({ "notifications": [id], "all": true }), vec!["INVALID_INPUT at all"]),
        (json!({ "notifications": [id, "x", order] }), vec!["NOT_FOUND at notifications.1", "NOT_FOUND at notifications.2"]),
        (json!({ "notifications": [unknown, id] }), vec!["NOT_FOUND at notifications.0"]),
    ] {
        let payload = buyer.mutate("notificationMarkRead", input, "marked userErrors { code field }").await;
        assert_eq!((refusals(&payload), &payload["marked"]), (reasons.into_iter().map(str::to_owned).collect(), &Value::Null));
        assert_eq!(unread(&buyer).await, 1);
    }
}

#[tokio::test]
async fn someone_elses_notifications_are_not_found() {
    let (app, _, buyer, order) = shop().await;
    let staff = app.staff().await;
    moves(&app, &staff, &order, &["orderConfirm"]).await;
    let id = ids(&buyer).await.remove(0);
    let (eve, _) = app.buyer("eve").await;
    let node = "query($id: ID!) { node(id: $id) { ... on Notification { title isRead } } }";
    for client in [&eve, &staff, &app.admin().await] {
        assert_eq!(told(client).await.len(), 0);
        assert_eq!(client.ask(node, json!({ "id": id })).await["node"], Value::Null);
        let marked = client.mutate("notificationMarkRead", json!({ "notifications": [id] }), "userErrors { code field }").await;
        assert_eq!(refusals(&marked), ["NOT_FOUND at notifications.0"]);
        client.mutate("notificationMarkRead", json!({ "all": true }), "marked").await;
        let deleted = client.mutate("notificationDelete", json!({ "notification": id }), "userErrors { code field }").await;
        assert_eq!(refusals(&deleted), ["NOT_FOUND at notification"]);
    }
    assert_eq!(app.anonymous().ask(node, json!({ "id": id })).await["node"], Value::Null);
    assert_eq!(app.anonymous().send("{ notifications { totalCount } }", json!({})).await.code(), "UNAUTHENTICATED");
    assert_eq!(unread(&buyer).await, 1);
    assert_eq!(buyer.ask(node, json!({ "id": id })).await["node"]["isRead"], false);
    let deleted = buyer.mutate("notificationDelete", json!({ "notification": id }), "deletedId userErrors { code field }").await;
    assert_eq!((deleted["deletedId"].as_str(), told(&buyer).await.len()), (Some(id.as_str()), 0));
}

#[tokio::test]
async fn pages_hold_twelve_and_go_on() {
    let (app, _, buyer, order) = shop().await;
    for _ in 0..14 {
        app.happens(&order, &["PAYMENT_FAILED"], &[]).await;
        app.work().await;
    }
    let query =
        "query($after: String) { notifications(after: $after) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }";
    let first = buyer.ask(query, json!({})).await["notifications"].clone();
    assert_eq!((&first["totalCount"], first["nodes"].as_array().unwrap().len()), (&json!(14), 12));
    let rest = buyer.ask(query, json!({ "after": first["pageInfo"]["endCursor"] })).await["notifications"].clone();
    assert_eq!((rest["nodes"].as_array().unwrap().len(), &rest["pageInfo"]["hasNextPage"]), (2, &json!(false)));
    let (_, statements) = app
        .statements_of(buyer.ask("{ notifications { nodes { title order { number items { nodes { name } } } } } }", json!({})))
        .await;
    assert_eq!(statements.len(), 3, "{statements:#?}");
}

#[tokio::test]
async fn a_notification_outlives_its_order() {
    let (app, _, buyer, order) = shop().await;
    let admin = app.admin().await;
    moves(&app, &admin, &order, &["orderConfirm"]).await;
    admin.moves(&order, &["orderProcess", "orderShip"]).await;
    admin.mutate("orderDelete", json!({ "order": order }), "userErrors { code field }").await;
    // The order is gone before it was told that it shipped.
    app.work().await;
    let data = buyer.ask("{ notifications { nodes { kind order { id } } } }", json!({})).await;
    assert_eq!(data["notifications"]["nodes"], json!([{ "kind": "ORDER_CONFIRMED", "order": null }]));
}
