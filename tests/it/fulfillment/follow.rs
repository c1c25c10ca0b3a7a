//! Fulfillments of orders that are moved as a whole.

use ordergraph::doctor::examine;
use serde_json::{Value, json};

use super::{places, shop};
use crate::support::refusals;

const PARCELS: &str =
    "status fulfillmentStatus trackingNumber fulfillments { status trackingNumber store { slug } lines { quantity } }";

fn statuses(seen: &Value) -> Vec<&str> {
    seen["fulfillments"].as_array().unwrap().iter().map(|parcel| parcel["status"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn shipping_an_order_sends_what_is_left_of_each_store() {
    let shop = shop().await;
    let pouch = shop.staff.line(&shop.order, "POUCH").await;
    let lines = json!([{ "item": pouch, "quantity": 1 }]);
    shop.left.sent("fulfillmentCreate", json!({ "order": shop.order, "lines": lines, "trackingNumber": "FIRST" })).await;
    let payload = shop.staff.change("orderShip", json!({ "order": shop.order, "trackingNumber": "REST" })).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    let seen = shop.buyer.order(&shop.order, PARCELS).await;
    assert_eq!((&seen["status"], &seen["fulfillmentStatus"]), (&json!("SHIPPED"), &json!("SHIPPED")));
    assert_eq!(statuses(&seen), ["SHIPPED", "SHIPPED", "SHIPPED"]);
    let parcels: Vec<(String, i64)> = seen["fulfillments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|parcel| (parcel["trackingNumber"].as_str().unwrap().to_owned(), parcel["lines"][0]["quantity"].as_i64().unwrap()))
        .collect();
    assert_eq!(parcels[0], ("FIRST".to_owned(), 1));
    assert!(parcels[1..].iter().all(|(number, quantity)| number == "REST" && *quantity == 2), "{parcels:?}");
    for (mutation, status) in [("orderOutForDelivery", "OUT_FOR_DELIVERY"), ("orderDeliver", "DELIVERED")] {
        shop.staff.moves(&shop.order, &[mutation]).await;
        let seen = shop.buyer.order(&shop.order, PARCELS).await;
        assert_eq!((&seen["status"], statuses(&seen)), (&json!(status), vec![status; 3]));
    }
    assert_eq!(examine(shop.app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn bulk_changes_take_the_parcels_along() {
    let shop = shop().await;
    let other = places(&shop.buyer, &[(&shop.mug, 1)], json!({})).await;
    shop.staff.moves(&other, &["orderConfirm"]).await;
    for status in ["SHIPPED", "DELIVERED"] {
        let input = json!({ "orders": [shop.order, other], "action": { "updateStatus": { "status": status } } });
        let done = shop.staff.mutate("ordersBulkAction", input, "processed userErrors { code field message }").await;
        assert_eq!(done["processed"], 2, "{done:#}");
    }
    assert_eq!(statuses(&shop.buyer.order(&shop.order, PARCELS).await), ["DELIVERED", "DELIVERED"]);
    assert_eq!(statuses(&shop.buyer.order(&other, PARCELS).await), ["DELIVERED"]);
    assert_eq!(examine(shop.app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn cancelling_an_order_calls_off_the_parcels_that_have_not_left() {
    let shop = shop().await;
    shop.left.sent("fulfillmentCreate", json!({ "order": shop.order, "ship": true })).await;
    shop.right.sent("fulfillmentCreate", json!({ "order": shop.order })).await;
    let payload = shop.staff.change("orderCancel", json!({ "order": shop.order })).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    let seen = shop.buyer.order(&shop.order, PARCELS).await;
    assert_eq!((&seen["status"], statuses(&seen)), (&json!("CANCELLED"), vec!["SHIPPED", "CANCELLED"]));
    let kinds = shop.buyer.kinds(&shop.order).await;
    assert_eq!(kinds[kinds.len() - 2..], ["FULFILLMENT_CANCELLED", "ORDER_CANCELLED"]);
    assert_eq!(examine(shop.app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn orders_that_left_without_parcels_get_none_made_up() {
    let shop = shop().await;
    shop.app.sql("UPDATE orders SET status = 'SHIPPED', fulfillment_status = 'SHIPPED'").await;
    shop.staff.moves(&shop.order, &["orderOutForDelivery", "orderDeliver"]).await;
    let seen = shop.buyer.order(&shop.order, PARCELS).await;
    assert_eq!((&seen["status"], &seen["fulfillments"]), (&json!("DELIVERED"), &json!([])));
    let forced = places(&shop.buyer, &[(&shop.mug, 1)], json!({})).await;
    let force = json!({ "order": forced, "status": "DELIVERED", "force": true, "reason": "fetched in the shop" });
    let payload = shop.app.admin().await.change("orderStatusUpdate", force).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    assert_eq!(shop.buyer.order(&forced, PARCELS).await["fulfillments"], json!([]));
}

#[tokio::test]
async fn deleting_an_order_takes_its_parcels_with_it() {
    let shop = shop().await;
    shop.left.sent("fulfillmentCreate", json!({ "order": shop.order, "ship": true })).await;
    let input = json!({ "order": shop.order, "status": "SHIPPED" });
    shop.staff.mutate("trackingEventAdd", input, "replayed").await;
    let admin = shop.app.admin().await;
    let gone = admin.mutate("orderDelete", json!({ "order": shop.order }), "number userErrors { code field message }").await;
    assert_eq!(refusals(&gone), Vec::<String>::new());
    for table in ["fulfillments", "fulfillment_lines", "tracking_events"] {
        assert_eq!(shop.app.rows(table).await, 0, "{table}");
    }
}
