//! `fulfillmentTrackingUpdate` and `trackingEventAdd`.

use entity::{
    id::FulfillmentId,
    stored::{OrderStatus, ShippingProvider},
};
use ordergraph::{
    doctor::examine,
    fulfillment::news::{News, hear},
};
use serde_json::{Value, json};

use super::{refused, shop};
use crate::support::{Client, NOW, TestApp, refusals};

const ADDED: &str = "replayed trackingEvent { id status location description source occurredAt fulfillmentId }
    order { status fulfillmentStatus } userErrors { code field message }";

async fn not_added(app: &TestApp, client: &Client, input: Value, reason: &str) {
    let before = app.state().await;
    let payload = client.mutate("trackingEventAdd", input, ADDED).await;
    assert_eq!(refusals(&payload), [reason], "{payload:#}");
    assert_eq!(payload["trackingEvent"], Value::Null);
    assert_eq!(app.state().await, before);
}

#[tokio::test]
async fn what_is_known_of_a_parcel_can_be_changed_and_taken_away() {
    let shop = shop().await;
    let parcel =
        shop.left.sent("fulfillmentCreate", json!({ "order": shop.order, "carrier": "DHL", "trackingNumber": "L1" })).await;
    let update = |fields: Value| {
        let mut input = json!({ "fulfillment": parcel["id"] });
        input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        input
    };
    let changed =
        update(json!({ "trackingNumber": " L2 ", "trackingUrl": "https://dhl.example/L2", "estimatedDelivery": "2026-02-01" }));
    let payload = shop.left.sends("fulfillmentTrackingUpdate", changed.clone()).await;
    let seen = &payload["fulfillment"];
    assert_eq!((&seen["carrier"], &seen["trackingNumber"]), (&json!("DHL"), &json!("L2")));
    assert_eq!(
        (&payload["order"]["trackingNumber"], &payload["order"]["estimatedDelivery"]),
        (&json!("L2"), &json!("2026-02-01"))
    );
    assert_eq!(shop.staff.numbers("filter: { search: \"l1\" }").await.len(), 0);
    // What is as it was is no change.
    let before = shop.app.state().await;
    let payload = shop.left.sends("fulfillmentTrackingUpdate", changed).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    assert_eq!(shop.app.state().await, before);
    let payload = shop.left.sends("fulfillmentTrackingUpdate", update(json!({ "trackingNumber": "", "carrier": " " }))).await;
    assert_eq!((&payload["fulfillment"]["trackingNumber"], &payload["fulfillment"]["carrier"]), (&Value::Null, &Value::Null));
    assert_eq!(payload["order"]["trackingNumber"], Value::Null);
    let kinds = shop.buyer.kinds(&shop.order).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "TRACKING_UPDATED").count(), 2);
    for (field, value) in [("trackingNumber", "a\nb"), ("carrier", &"x".repeat(101)), ("trackingUrl", "javascript:1")] {
        let reason = format!("INVALID_INPUT at {field}");
        refused(&shop.app, &shop.left, "fulfillmentTrackingUpdate", update(json!({ field: value })), &reason).await;
    }
}

#[tokio::test]
async fn tracking_events_may_say_any_status_and_are_seen_by_whom_they_concern() {
    let shop = shop().await;
    let left = shop.left.sent("fulfillmentCreate", json!({ "order": shop.order, "ship": true })).await;
    let right = shop.right.sent("fulfillmentCreate", json!({ "order": shop.order, "ship": true })).await;
    let mut moments = ["2026-01-15T12:00:00Z", "2026-01-15T12:01:00Z", "2026-01-15T12:02:00Z"].into_iter();
    for status in ["CONFIRMED", "DAMAGED", "RETURNED"] {
        let input = json!({ "order": shop.order, "status": status, "location": " Bergen ", "description": "seen" });
        let payload = shop.staff.mutate("trackingEventAdd", input, ADDED).await;
        let event = &payload["trackingEvent"];
        assert_eq!(
            (&event["status"], &event["location"], &event["source"]),
            (&json!(status), &json!("Bergen"), &json!("MANUAL"))
        );
        assert_eq!(event["occurredAt"], json!(moments.next()));
        assert_eq!(payload["order"]["status"], "SHIPPED", "a tracking event moves nothing by itself");
        shop.app.clock.advance_seconds(60);
    }
    for (seller, parcel) in [(&shop.left, &left), (&shop.right, &right)] {
        let input = json!({ "order": shop.order, "fulfillment": parcel["id"], "status": "SHIPPED", "location": "Depot" });
        assert_eq!(refusals(&seller.mutate("trackingEventAdd", input, ADDED).await), Vec::<String>::new());
    }
    for (client, count) in [(&shop.buyer, 5), (&shop.staff, 5), (&shop.left, 4), (&shop.right, 4)] {
        let seen = client.order(&shop.order, "trackingEvents { status } fulfillments { id trackingEvents { location } }").await;
        assert_eq!(seen["trackingEvents"].as_array().unwrap().len(), count);
        assert!(
            seen["fulfillments"]
                .as_array()
                .unwrap()
                .iter()
                .all(|parcel| parcel["trackingEvents"] == json!([{ "location": "Depot" }]))
        );
    }
    assert_eq!(examine(shop.app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn a_tracking_event_takes_its_parcel_along_when_it_is_told_to() {
    let shop = shop().await;
    let parcel = shop
        .staff
        .sent("fulfillmentCreate", json!({ "order": shop.order, "store": shop.pouch.store.to_string(), "ship": true }))
        .await;
    shop.staff.moves(&shop.order, &["orderShip"]).await;
    let tell = |status: &str, moves: bool| json!({ "order": shop.order, "fulfillment": parcel["id"], "status": status, "updateFulfillment": moves });
    let status = async || -> Value {
        let seen = shop.buyer.order(&shop.order, "fulfillments { id status }").await;
        seen["fulfillments"].as_array().unwrap().iter().find(|one| one["id"] == parcel["id"]).unwrap()["status"].clone()
    };
    for (said, moves, stands) in [
        ("OUT_FOR_DELIVERY", false, "SHIPPED"),
        ("OUT_FOR_DELIVERY", true, "OUT_FOR_DELIVERY"),
        ("DELIVERED", true, "DELIVERED"),
        ("OUT_FOR_DELIVERY", true, "DELIVERED"),
    ] {
        let payload = shop.left.mutate("trackingEventAdd", tell(said, moves), ADDED).await;
        assert_eq!(refusals(&payload), Vec::<String>::new());
        assert_eq!(status().await, stands, "{said} {moves}");
    }
    assert_eq!(examine(shop.app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn tracking_events_are_not_for_buyers_nor_of_others_parcels() {
    let shop = shop().await;
    let parcel = shop.left.sent("fulfillmentCreate", json!({ "order": shop.order })).await;
    let input = json!({ "order": shop.order, "fulfillment": parcel["id"], "status": "SHIPPED" });
    assert_eq!(shop.buyer.try_mutate("trackingEventAdd", input.clone(), "replayed").await.code(), "FORBIDDEN");
    not_added(&shop.app, &shop.right, input.clone(), "NOT_FOUND at fulfillment").await;
    not_added(&shop.app, &shop.left, json!({ "order": shop.order, "status": "SHIPPED" }), "FORBIDDEN at fulfillment").await;
    for (field, value, reason) in [
        ("order", json!("x"), "NOT_FOUND at order"),
        ("fulfillment", json!("x"), "NOT_FOUND at fulfillment"),
        ("location", json!("x".repeat(256)), "INVALID_INPUT at location"),
        ("description", json!("x".repeat(2_001)), "INVALID_INPUT at description"),
        ("expectedVersion", json!(1), "CONFLICT at expectedVersion"),
    ] {
        let mut input = input.clone();
        input[field] = value;
        not_added(&shop.app, &shop.staff, input, reason).await;
    }
}

#[tokio::test]
async fn the_same_key_is_the_same_tracking_event() {
    let shop = shop().await;
    let input = json!({ "order": shop.order, "status": "PROCESSING", "idempotencyKey": "k" });
    let first = shop.staff.mutate("trackingEventAdd", input.clone(), ADDED).await;
    let after = shop.app.state().await;
    let again = shop.staff.mutate("trackingEventAdd", input.clone(), ADDED).await;
    assert_eq!((&first["replayed"], &again["replayed"]), (&json!(false), &json!(true)));
    assert_eq!(first["trackingEvent"], again["trackingEvent"]);
    assert_eq!(shop.app.state().await, after);
    let mut other = input;
    other["status"] = json!("SHIPPED");
    not_added(&shop.app, &shop.staff, other, "IDEMPOTENCY_KEY_REUSED at idempotencyKey").await;
}

#[tokio::test]
async fn what_a_carrier_tells_twice_is_kept_once() {
    let shop = shop().await;
    let input = json!({ "order": shop.order, "status": "SHIPPED", "externalId": "e1", "location": "Depot" });
    let first = shop.staff.mutate("trackingEventAdd", input.clone(), ADDED).await;
    assert_eq!((refusals(&first).len(), &first["replayed"]), (0, &json!(false)));
    let before = shop.app.state().await;
    let mut again = input;
    again["location"] = json!("elsewhere");
    let second = shop.staff.mutate("trackingEventAdd", again, ADDED).await;
    assert_eq!((&second["replayed"], &second["trackingEvent"]), (&json!(true), &first["trackingEvent"]));
    assert_eq!(shop.app.state().await, before);
    let parcel = shop.left.sent("fulfillmentCreate", json!({ "order": shop.order })).await;
    let other = json!({ "order": shop.order, "fulfillment": parcel["id"], "status": "SHIPPED", "externalId": "e1" });
    not_added(&shop.app, &shop.left, other, "INVALID_INPUT at externalId").await;
    let long = json!({ "order": shop.order, "status": "SHIPPED", "externalId": "x".repeat(256) });
    not_added(&shop.app, &shop.staff, long, "INVALID_INPUT at externalId").await;
}

#[tokio::test]
async fn news_of_a_provider_move_its_parcel_once_whatever_their_order() {
    let shop = shop().await;
    let parcel = shop.left.sent("fulfillmentCreate", json!({ "order": shop.order, "ship": true })).await;
    let id: FulfillmentId = parcel["id"].as_str().unwrap().parse().unwrap();
    let news = |status: OrderStatus, key: &str, minutes: i64| News {
        status,
        location: Some("Chicago, IL\u{0}".to_owned()),
        description: Some("x".repeat(3_000)),
        at: NOW.plus_seconds(minutes * 60),
        external_id: key.to_owned(),
    };
    let heard = [
        news(OrderStatus::Delivered, "3", 30),
        news(OrderStatus::Shipped, "1", 10),
        news(OrderStatus::OutForDelivery, "2", 20),
        news(OrderStatus::Delivered, "3", 30),
    ];
    assert_eq!(hear(&shop.app.app, id, ShippingProvider::Shippo, &heard).await.unwrap(), 3);
    let before = shop.app.state().await;
    assert_eq!(hear(&shop.app.app, id, ShippingProvider::Shippo, &heard).await.unwrap(), 0);
    let gone = "fulfillment_01h455vb4pex5vsknk084sn02q".parse().unwrap();
    assert_eq!(hear(&shop.app.app, gone, ShippingProvider::Shippo, &heard).await.unwrap(), 0);
    assert_eq!(shop.app.state().await, before);
    let seen = shop.buyer.order(&shop.order, "fulfillments { status } trackingEvents { status source location }").await;
    assert_eq!(seen["fulfillments"], json!([{ "status": "DELIVERED" }]));
    let told: Vec<_> = seen["trackingEvents"].as_array().unwrap().iter().map(|event| event["status"].clone()).collect();
    assert_eq!(told, ["SHIPPED", "OUT_FOR_DELIVERY", "DELIVERED"]);
    assert_eq!(seen["trackingEvents"][0], json!({ "status": "SHIPPED", "source": "SHIPPO", "location": "Chicago, IL" }));
    assert_eq!(examine(shop.app.db()).await.unwrap(), []);
}
