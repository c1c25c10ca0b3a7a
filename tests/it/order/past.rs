//! `Order.asOf` and `Order.difference`.

use entity::{stored::PaymentGateway, time::Timestamp};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};

use crate::{
    statistics::orders::place,
    support::{Client, NOW, TestApp, refusals},
};

/// What both the order and its past show.
const STATE: &str = "version status paymentStatus fulfillmentStatus currency trackingNumber note estimatedDelivery
    totals { subtotal shipping tax discount total paid refunded } shippingAddress { formatted email city } billingAddress { formatted }";

fn text(at: Timestamp) -> String {
    at.datetime().to_rfc3339()
}

/// The order as it is.
async fn now(client: &Client, order: &str) -> Value {
    let mut seen = client.order(order, &format!("{STATE} items {{ nodes {{ id name sku quantity unitPrice total }} }}")).await;
    seen["items"] = seen["items"]["nodes"].take();
    seen
}

/// The order as it was.
async fn then(client: &Client, order: &str, at: Timestamp) -> Value {
    let items = "items { id name sku quantity unitPrice total }";
    let seen = client.order(order, &format!("asOf(time: \"{}\") {{ {STATE} {items} }}", text(at))).await;
    seen["asOf"].clone()
}

/// One change that somebody may try; most are allowed now and then.
async fn live(clients: [&Client; 2], order: &str, random: &mut StdRng) {
    let [buyer, staff] = clients;
    let n: u32 = random.random_range(0..1_000);
    let id = json!({ "order": order });
    let with = |more: Value| {
        let mut input = id.clone();
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let address = json!({ "structured": { "streetAddress": format!("{n} Harbour Lane"), "city": "Bergen", "country": "NO" } });
    match random.random_range(0..10) {
        0 => staff.change("orderConfirm", id).await,
        1 => staff.change("orderProcess", id).await,
        2 => staff.change("orderShip", with(json!({ "trackingNumber": format!("T{n}") }))).await,
        3 => staff.change("orderOutForDelivery", id).await,
        4 => staff.change("orderDeliver", id).await,
        5 if n < 300 => staff.change("orderCancel", id).await,
        5 => staff.change("orderStatusUpdate", with(json!({ "status": "RETURNED" }))).await,
        6 => {
            buyer.change("orderUpdate", with(json!({ "note": if n < 200 { String::new() } else { format!("note {n}") } }))).await
        }
        7 => staff.change("orderUpdate", with(json!({ "shippingAddress": address, "note": format!("both {n}") }))).await,
        8 => staff.change("orderUpdate", with(json!({ "billingAddress": { "freeText": format!("Box {n}") } }))).await,
        _ => {
            staff
                .change("orderUpdate", with(json!({ "trackingNumber": format!("U{n}"), "estimatedDelivery": "2026-02-03" })))
                .await
        }
    };
}

#[tokio::test]
async fn an_order_is_told_as_it_was_after_each_step_of_any_life() {
    let app = TestApp::new().await;
    let (pens, inks) = (app.store("pens").await, app.store("inks").await);
    let (pen, ink) = (app.goods(pens, "PEN", 1_000, 1_000).await, app.goods(inks, "INK", 333, 1_000).await);
    let (ada, _) = app.buyer("ada").await;
    let (staff, seller) = (app.staff().await, app.seller(pens).await);
    let mut changed = 0;
    for seed in 0..12 {
        let mut random = StdRng::seed_from_u64(seed);
        let order = place(&ada, &[(&pen, 2), (&ink, 1)], json!({ "shippingAddress": { "freeText": "Quay 1" } })).await;
        if seed % 2 == 0 {
            app.paid(order.parse().unwrap(), PaymentGateway::Manual, 2_333).await;
        }
        let mut lives = Vec::new();
        for _ in 0..12 {
            let at = app.app.clock.now();
            lives.push((at, now(&ada, &order).await, now(&seller, &order).await));
            app.clock.advance_seconds(5);
            live([&ada, &staff], &order, &mut random).await;
        }
        let versions: Vec<i64> = lives.iter().map(|(_, seen, _)| seen["version"].as_i64().unwrap()).collect();
        changed += versions.last().unwrap() - versions[0];
        for (at, whole, part) in &lives {
            assert_eq!(then(&ada, &order, *at).await, *whole, "seed {seed} at {}", text(*at));
            assert_eq!(then(&staff, &order, Timestamp(at.0 + 4_999_999)).await, *whole, "seed {seed}, until the next step");
            assert_eq!(then(&seller, &order, *at).await, *part, "seed {seed}, by a seller");
        }
        let before = Timestamp(lives[0].0.0 - 1);
        assert_eq!(then(&ada, &order, before).await, Value::Null);
    }
    assert!(changed > 40, "lives in which something happens: {changed} changes");
}

#[tokio::test]
async fn the_difference_of_two_moments_is_what_changed_between_them() {
    let app = TestApp::new().await;
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 1_000, 1_000).await;
    let (ada, _) = app.buyer("ada").await;
    let (staff, seller) = (app.staff().await, app.seller(store).await);
    let order = place(&ada, &[(&pen, 2)], json!({ "note": "one" })).await;
    for (note, mutation) in [("two", "orderConfirm"), ("three", "orderProcess")] {
        app.clock.advance_seconds(60);
        let payload = staff.change("orderUpdate", json!({ "order": order, "note": note })).await;
        assert_eq!(refusals(&payload), Vec::<String>::new());
        staff.moves(&order, &[mutation]).await;
    }
    let difference = async |client: &Client, from: i64, to: i64| {
        let (from, to) = (text(NOW.plus_seconds(from)), text(NOW.plus_seconds(to)));
        let field = format!("difference(from: \"{from}\", to: \"{to}\") {{ field old new }}");
        client.order(&order, &field).await["difference"].clone()
    };
    let change = |field: &str, old: &str, new: &str| json!({ "field": field, "old": old, "new": new });
    assert_eq!(
        difference(&ada, 0, 120).await,
        json!([
            change("fulfillmentStatus", "UNFULFILLED", "PROCESSING"),
            change("note", "one", "three"),
            change("status", "PENDING", "PROCESSING")
        ])
    );
    assert_eq!(difference(&ada, 60, 61).await, json!([]));
    assert_eq!(difference(&ada, 0, 60).await, json!([change("note", "one", "two"), change("status", "PENDING", "CONFIRMED")]));
    assert_eq!(difference(&seller, 0, 60).await, json!([change("status", "PENDING", "CONFIRMED")]));
    let new = difference(&ada, -1, 0).await;
    let fields: Vec<&str> = new.as_array().unwrap().iter().map(|change| change["field"].as_str().unwrap()).collect();
    assert!(
        fields.contains(&"note") && fields.iter().any(|field| field.starts_with("items.item_") && field.ends_with(".quantity"))
    );
    assert!(new.as_array().unwrap().iter().all(|change| change["old"].is_null()));
    let query = format!(
        "{{ order(id: \"{order}\") {{ difference(from: \"{}\", to: \"{}\") {{ field }} }} }}",
        text(NOW.plus_seconds(1)),
        text(NOW)
    );
    assert_eq!(ada.send(&query, json!({})).await.code(), "BAD_USER_INPUT");
}
