//! `fulfillmentShip`, `fulfillmentOutForDelivery`, `fulfillmentDeliver`, `fulfillmentCancel`.

use ordergraph::doctor::examine;
use serde_json::{Value, json};

use super::{places, refused, shop};
use crate::support::refusals;

#[tokio::test]
async fn the_order_is_delivered_when_its_last_parcel_is() {
    let shop = shop().await;
    let mut parcels = Vec::new();
    for seller in [&shop.left, &shop.right] {
        let parcel = seller.sent("fulfillmentCreate", json!({ "order": shop.order, "ship": true })).await;
        parcels.push(json!({ "fulfillment": parcel["id"] }));
    }
    let mut stands = Vec::new();
    let steps = [
        (&shop.left, "fulfillmentOutForDelivery", 0),
        (&shop.left, "fulfillmentDeliver", 0),
        (&shop.right, "fulfillmentOutForDelivery", 1),
        (&shop.staff, "fulfillmentDeliver", 1),
    ];
    for (client, mutation, parcel) in steps {
        let payload = client.sends(mutation, parcels[parcel].clone()).await;
        assert_eq!(refusals(&payload), Vec::<String>::new(), "{mutation}");
        stands.push(format!(
            "{} {}",
            payload["order"]["status"].as_str().unwrap(),
            payload["order"]["fulfillmentStatus"].as_str().unwrap()
        ));
    }
    assert_eq!(stands, ["SHIPPED SHIPPED", "SHIPPED SHIPPED", "OUT_FOR_DELIVERY OUT_FOR_DELIVERY", "DELIVERED DELIVERED"]);
    let seen = shop.buyer.order(&shop.order, "fulfillments { status deliveredAt shippedAt }").await;
    let delivered = json!({ "status": "DELIVERED", "deliveredAt": "2026-01-15T12:00:00Z", "shippedAt": "2026-01-15T12:00:00Z" });
    assert_eq!(seen["fulfillments"], json!([delivered, delivered]));
    assert_eq!(examine(shop.app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn an_event_tells_the_parcel_its_store_and_its_lines() {
    let shop = shop().await;
    let parcel = shop.left.sent("fulfillmentCreate", json!({ "order": shop.order })).await;
    let input = json!({ "fulfillment": parcel["id"], "trackingNumber": "L1", "reason": "picked up" });
    shop.left.sent("fulfillmentShip", input).await;
    let seen =
        shop.buyer.order(&shop.order, "events(last: 1) { nodes { kind reason actorKind changes { field old new } } }").await;
    let event = &seen["events"]["nodes"][0];
    assert_eq!(
        (&event["kind"], &event["reason"], &event["actorKind"]),
        (&json!("FULFILLMENT_SHIPPED"), &json!("picked up"), &json!("SELLER"))
    );
    let change = |field: &str| -> Value {
        let changes = event["changes"].as_array().unwrap();
        changes.iter().find(|change| change["field"] == field).unwrap_or_else(|| panic!("{field} in {changes:?}")).clone()
    };
    let (old, new) = (change("fulfillment")["old"].clone(), change("fulfillment")["new"].clone());
    assert_eq!((&old["status"], &new["status"], &new["id"]), (&json!("PENDING"), &json!("SHIPPED"), &parcel["id"]));
    assert_eq!((&new["store"], &new["trackingNumber"]), (&json!(shop.pouch.store.to_string()), &json!("L1")));
    assert_eq!(new["lines"][0]["quantity"], 3);
    assert_eq!(change("fulfillmentStatus")["new"], "PARTIALLY_SHIPPED");
    assert_eq!(change("trackingNumber")["new"], "L1");
}

#[tokio::test]
async fn a_parcel_is_called_off_only_before_it_is_shipped() {
    let shop = shop().await;
    let parcel = shop.left.sent("fulfillmentCreate", json!({ "order": shop.order })).await;
    let input = json!({ "fulfillment": parcel["id"] });
    for mutation in ["fulfillmentOutForDelivery", "fulfillmentDeliver"] {
        refused(&shop.app, &shop.left, mutation, input.clone(), "INVALID_TRANSITION at fulfillment").await;
    }
    shop.left.sent("fulfillmentCancel", input.clone()).await;
    for mutation in ["fulfillmentShip", "fulfillmentCancel", "fulfillmentDeliver"] {
        refused(&shop.app, &shop.left, mutation, input.clone(), "INVALID_TRANSITION at fulfillment").await;
    }
    let tracking = json!({ "fulfillment": parcel["id"], "carrier": "DHL" });
    refused(&shop.app, &shop.left, "fulfillmentTrackingUpdate", tracking, "INVALID_TRANSITION at fulfillment").await;
    let next = shop.left.sent("fulfillmentCreate", json!({ "order": shop.order, "ship": true })).await;
    let input = json!({ "fulfillment": next["id"] });
    for mutation in ["fulfillmentShip", "fulfillmentCancel"] {
        refused(&shop.app, &shop.left, mutation, input.clone(), "INVALID_TRANSITION at fulfillment").await;
    }
    assert_eq!(examine(shop.app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn someone_elses_parcel_is_not_found() {
    let shop = shop().await;
    let parcel = shop.left.sent("fulfillmentCreate", json!({ "order": shop.order })).await;
    let input = json!({ "fulfillment": parcel["id"] });
    let (stranger, _) = shop.app.buyer("eve").await;
    for mutation in
        ["fulfillmentShip", "fulfillmentOutForDelivery", "fulfillmentDeliver", "fulfillmentCancel", "fulfillmentTrackingUpdate"]
    {
        refused(&shop.app, &shop.right, mutation, input.clone(), "NOT_FOUND at fulfillment").await;
        for client in [&shop.buyer, &stranger] {
            assert_eq!(client.try_mutate(mutation, input.clone(), "replayed").await.code(), "FORBIDDEN");
        }
        for id in ["", "x", &shop.order, "fulfillment_01h455vb4pex5vsknk084sn02q"] {
            refused(&shop.app, &shop.staff, mutation, json!({ "fulfillment": id }), "NOT_FOUND at fulfillment").await;
        }
    }
}

#[tokio::test]
async fn a_parcel_should_come_when_its_way_of_shipping_says() {
    let shop = shop().await;
    let method = shop.app.shipping_method(500).await;
    let more = json!({ "shippingMethod": method.to_string() });
    let order = places(&shop.buyer, &[(&shop.pouch, 1), (&shop.mug, 1)], more).await;
    shop.staff.moves(&order, &["orderConfirm"]).await;
    assert_eq!(shop.buyer.order(&order, "estimatedDelivery").await["estimatedDelivery"], "2026-01-18");
    shop.app.clock.advance_seconds(2 * 86_400);
    // Tokens do not live for days.
    let admin = shop.app.admin().await;
    let of = |store: entity::id::StoreId, day: Option<&str>| json!({ "order": order, "ship": true, "store": store.to_string(), "estimatedDelivery": day });
    let payload = admin.sends("fulfillmentCreate", of(shop.pouch.store, None)).await;
    assert_eq!(payload["fulfillment"]["estimatedDelivery"], "2026-01-20");
    assert_eq!(payload["order"]["estimatedDelivery"], "2026-01-20", "the order comes with its last parcel");
    let payload = admin.sends("fulfillmentCreate", of(shop.mug.store, Some("2026-01-19"))).await;
    assert_eq!(payload["fulfillment"]["estimatedDelivery"], "2026-01-19");
    assert_eq!(payload["order"]["estimatedDelivery"], "2026-01-20");
}
