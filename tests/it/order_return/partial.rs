//! Goods of an order that come back while other goods of it are still being prepared.

use ordergraph::doctor::examine;
use serde_json::{Value, json};

use super::life::RETURNED;
use crate::{
    fulfillment::{Shop, shop},
    support::refusals,
};

/// An order of three pouches and two mugs of which two pouches have left.
async fn partly_shipped() -> (Shop, String, String) {
    let shop = shop().await;
    let (pouch, mug) = (shop.buyer.line(&shop.order, "POUCH").await, shop.buyer.line(&shop.order, "MUG").await);
    let lines = json!([{ "item": pouch, "quantity": 2 }]);
    shop.left.sent("fulfillmentCreate", json!({ "order": shop.order, "lines": lines, "ship": true })).await;
    // Packed is not gone.
    shop.right.sent("fulfillmentCreate", json!({ "order": shop.order, "lines": [{ "item": mug, "quantity": 1 }] })).await;
    (shop, pouch, mug)
}

async fn refused(shop: &Shop, mutation: &str, input: Value, reason: &str) {
    let before = shop.app.state().await;
    let payload = shop.staff.mutate(mutation, input, RETURNED).await;
    assert_eq!(refusals(&payload), [reason], "{payload:#}");
    assert_eq!(shop.app.state().await, before);
}

#[tokio::test]
async fn only_what_left_in_a_parcel_can_come_back() {
    let (shop, pouch, mug) = partly_shipped().await;
    let order = &shop.order;
    let pieces = |item: &str, quantity: i64| json!({ "order": order, "lines": [{ "item": item, "quantity": quantity }] });
    refused(&shop, "returnCreate", pieces(&pouch, 3), "QUANTITY_EXCEEDED at lines.0.quantity").await;
    refused(&shop, "returnCreate", pieces(&mug, 1), "QUANTITY_EXCEEDED at lines.0.quantity").await;
    let asked = shop.buyer.mutate("returnCreate", pieces(&pouch, 1), RETURNED).await;
    assert_eq!((refusals(&asked), &asked["return"]["status"]), (Vec::new(), &json!("REQUESTED")));
    refused(&shop, "orderReturn", pieces(&pouch, 2), "QUANTITY_EXCEEDED at lines.0.quantity").await;
    // Without lines: all that has left and is not spoken for.
    let rest = shop.staff.mutate("returnCreate", json!({ "order": order }), RETURNED).await;
    assert_eq!(rest["return"]["lines"][0]["quantity"], 1, "{rest:#}");
    assert_eq!(rest["return"]["lines"].as_array().unwrap().len(), 1);
    refused(&shop, "returnCreate", json!({ "order": order }), "QUANTITY_EXCEEDED at order").await;
}

#[tokio::test]
async fn an_order_of_which_nothing_has_left_waits() {
    let shop = shop().await;
    shop.staff.moves(&shop.order, &["orderProcess"]).await;
    refused(&shop, "returnCreate", json!({ "order": shop.order }), "ORDER_NOT_RETURNABLE at order").await;
    let parcel = shop.left.sent("fulfillmentCreate", json!({ "order": shop.order })).await;
    refused(&shop, "orderReturn", json!({ "order": shop.order }), "ORDER_NOT_RETURNABLE at order").await;
    shop.left.sent("fulfillmentShip", json!({ "fulfillment": parcel["id"] })).await;
    let back = shop.staff.mutate("orderReturn", json!({ "order": shop.order, "refund": false }), RETURNED).await;
    assert_eq!((refusals(&back), &back["return"]["lines"][0]["received"]), (Vec::new(), &json!(3)), "{back:#}");
    assert_eq!(back["order"]["status"], "PROCESSING");
}

#[tokio::test]
async fn the_rest_is_shipped_all_the_same_and_the_order_is_returned_when_all_came_back() {
    let (shop, pouch, mug) = partly_shipped().await;
    let order = shop.order.as_str();
    let id = order.parse().unwrap();
    shop.app.paid(id, entity::stored::PaymentGateway::Manual, 9_000).await;
    let input =
        json!({ "order": order, "lines": [{ "item": pouch, "quantity": 2, "reason": "DEFECTIVE" }], "idempotencyKey": "k" });
    let back = shop.staff.mutate("orderReturn", input.clone(), RETURNED).await;
    assert_eq!((refusals(&back), &back["return"]["status"]), (Vec::new(), &json!("RECEIVED")), "{back:#}");
    assert_eq!(back["return"]["refunded"], "40.00");
    // The order goes on: what is left of it is still to be sent.
    assert_eq!(
        (&back["order"]["status"], &back["order"]["fulfillmentStatus"]),
        (&json!("PROCESSING"), &json!("PARTIALLY_SHIPPED"))
    );
    assert_eq!(shop.app.stock(&shop.pouch).await, (49, 1, 0, 50));
    assert_eq!(shop.staff.mutate("orderReturn", input, RETURNED).await["replayed"], true);
    refused(&shop, "orderReturn", json!({ "order": order }), "QUANTITY_EXCEEDED at order").await;
    // Its lines are what the shares were counted by.
    let edit = json!({ "order": order, "update": [{ "item": mug, "quantity": 1 }] });
    let edited = shop.staff.mutate("orderEdit", edit, "userErrors { code field message }").await;
    assert_eq!(refusals(&edited), ["ORDER_NOT_EDITABLE at order"]);

    shop.staff.moves(order, &["orderShip"]).await;
    let seen = shop.buyer.order(order, "status fulfillmentStatus fulfillments { lines { quantity } }").await;
    assert_eq!((&seen["status"], &seen["fulfillmentStatus"]), (&json!("SHIPPED"), &json!("SHIPPED")));
    let sent: i64 = seen["fulfillments"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|parcel| parcel["lines"].as_array().unwrap())
        .map(|line| line["quantity"].as_i64().unwrap())
        .sum();
    assert_eq!(sent, 5, "the pouches that came back are not sent again");
    shop.staff.moves(order, &["orderDeliver"]).await;
    let rest = shop.staff.mutate("orderReturn", json!({ "order": order }), RETURNED).await;
    assert_eq!((refusals(&rest), &rest["return"]["refunded"]), (Vec::new(), &json!("50.00")), "{rest:#}");
    assert_eq!((&rest["order"]["status"], &rest["order"]["fulfillmentStatus"]), (&json!("REFUNDED"), &json!("RETURNED")));
    assert_eq!(shop.staff.kinds(order).await.iter().filter(|kind| *kind == "ORDER_RETURNED").count(), 1);
    assert_eq!((shop.app.stock(&shop.pouch).await, shop.app.stock(&shop.mug).await), ((50, 0, 0, 50), (50, 0, 0, 50)));
    let money = shop.buyer.order(order, "paymentStatus totals { total paid refunded }").await;
    assert_eq!(
        money,
        json!({ "paymentStatus": "REFUNDED", "totals": { "total": "90.00", "paid": "90.00", "refunded": "90.00" } })
    );
    assert_eq!(examine(shop.app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn an_order_that_is_cancelled_after_a_part_came_back_gives_back_the_rest_once() {
    let (shop, pouch, _) = partly_shipped().await;
    let order = shop.order.as_str();
    shop.app.paid(order.parse().unwrap(), entity::stored::PaymentGateway::Manual, 9_000).await;
    let input = json!({ "order": order, "lines": [{ "item": pouch, "quantity": 1 }] });
    let back = shop.staff.mutate("orderReturn", input, RETURNED).await;
    assert_eq!(back["return"]["refunded"], "20.00", "{back:#}");
    let asked = shop.staff.mutate("returnCreate", json!({ "order": order }), RETURNED).await;
    let cancelled = shop.staff.change("orderCancel", json!({ "order": order })).await;
    assert_eq!(refusals(&cancelled), Vec::<String>::new());
    assert_eq!(shop.app.stock(&shop.pouch).await, (50, 0, 0, 50));
    let received = shop.staff.mutate("returnReceive", json!({ "return": asked["return"]["id"] }), RETURNED).await;
    assert_eq!((refusals(&received), &received["return"]["refunded"]), (Vec::new(), &json!("0.00")), "{received:#}");
    assert_eq!(received["order"]["status"], "CANCELLED");
    assert_eq!(shop.app.stock(&shop.pouch).await, (50, 0, 0, 50));
    let money = shop.buyer.order(order, "totals { paid refunded }").await;
    assert_eq!(money["totals"], json!({ "paid": "90.00", "refunded": "90.00" }));
    assert_eq!(examine(shop.app.db()).await.unwrap(), []);
}
