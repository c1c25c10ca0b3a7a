//! Places of events in the whole log.

use std::collections::HashMap;

use entity::{event, id::OrderId, time::Timestamp};
use ordergraph::event::{feed, lease};
use sea_orm::{EntityTrait as _, QueryOrder as _};
use serde_json::json;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::{NOW, TestApp};

/// Positions are 1, 2, 3 … over the whole log, and grow with the sequence within each order.
async fn assert_in_order(app: &TestApp) {
    let events = event::Entity::find().order_by_asc(event::Column::Position).all(app.db().reader()).await.unwrap();
    let positions: Vec<Option<i64>> = events.iter().map(|event| event.position).collect();
    assert_eq!(positions, (1..=events.len() as i64).map(Some).collect::<Vec<_>>());
    let mut last: HashMap<OrderId, i32> = HashMap::new();
    for event in &events {
        let Some(order) = event.order_id else { continue };
        let before = last.insert(order, event.seq).unwrap_or(0);
        assert_eq!(event.seq, before + 1, "{}", event.kind);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_get_their_places_in_order_while_orders_change_and_three_dispatchers_run() {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 100, 1_000).await;
    let staff = app.staff().await;
    let mut buyers = JoinSet::new();
    for index in 0..6 {
        let (buyer, _) = app.buyer(&format!("buyer{index}")).await;
        let (staff, variant) = (staff.clone(), pouch.variant);
        buyers.spawn(async move {
            for _ in 0..4 {
                let input = json!({ "items": [{ "variant": variant.to_string(), "quantity": 1 }] });
                let payload = buyer.mutate("orderCreate", input, "order { id }").await;
                let order = payload["order"]["id"].as_str().unwrap().to_owned();
                staff.moves(&order, &["orderConfirm", "orderProcess", "orderShip"]).await;
            }
        });
    }
    let mut dispatchers = JoinSet::new();
    let (stop, stopped) = tokio::sync::watch::channel(());
    for _ in 0..3 {
        let (db, stopped) = (app.app.db.clone(), stopped.clone());
        dispatchers.spawn(async move {
            while stopped.has_changed().is_ok() {
                feed::place(&db).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
    }
    buyers.join_all().await;
    drop(stop);
    dispatchers.join_all().await;
    while feed::place(app.db()).await.unwrap() > 0 {}
    // Created, confirmed, prepared, a parcel made and sent, shipped.
    assert_eq!(app.rows("events").await, 6 * 4 * 6);
    assert_in_order(&app).await;
}

#[tokio::test]
async fn an_order_s_events_stand_by_their_sequence_whatever_the_clocks_and_ids_say() {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 100, 10).await;
    let (buyer, _) = app.buyer("ada").await;
    let order = buyer.places(&pouch, 1).await;
    let staff = app.staff().await;
    staff.moves(&order, &["orderConfirm"]).await;
    // Another copy of the service has a clock an hour behind.
    app.clock.advance_seconds(-3_600);
    staff.moves(&order, &["orderProcess"]).await;
    feed::place(app.db()).await.unwrap();
    assert_in_order(&app).await;
}

#[tokio::test]
async fn a_log_longer_than_a_batch_gets_its_places_batch_by_batch() {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 100, 1_000).await;
    let staff = app.staff().await;
    let mut orders = Vec::new();
    for _ in 0..3 {
        orders.push(staff.places(&pouch, 1).await);
    }
    // Each order is changed often, in turn, so that a batch ends in the middle of all.
    for round in 0..250 {
        for order in &orders {
            let input = json!({ "order": order, "note": format!("note {round}") });
            let payload = staff.mutate("orderUpdate", input, "order { version } userErrors { code }").await;
            assert_eq!(payload["userErrors"], json!([]), "{payload}");
        }
    }
    let mut batches = Vec::new();
    loop {
        match feed::place(app.db()).await.unwrap() {
            0 => break,
            count => batches.push(count),
        }
    }
    assert_eq!(batches.iter().sum::<usize>(), 3 * 251);
    assert_in_order(&app).await;
    let tail = feed::after(app.db().reader(), 700, sea_orm::Condition::all()).await.unwrap();
    assert_eq!(tail.iter().map(|event| event.position.unwrap()).collect::<Vec<_>>(), (701..=753).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_was_taken_back_has_no_place() {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 100, 10).await;
    let (buyer, _) = app.buyer("ada").await;
    let order = buyer.places(&pouch, 1).await;
    app.staff().await.mutate("orderConfirm", json!({ "order": order, "dryRun": true }), "order { status }").await;
    assert_eq!(feed::place(app.db()).await.unwrap(), 1);
    assert_eq!((feed::place(app.db()).await.unwrap(), feed::head(app.db().reader()).await.unwrap()), (0, 1));
}

#[tokio::test]
async fn a_lease_is_one_holder_s_until_it_runs_out_or_is_given_back() {
    let app = TestApp::new().await;
    let db = app.db().writer();
    let (ada, bob) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let at = |seconds: i64| -> Timestamp { NOW.plus_seconds(seconds) };
    assert!(lease::take(db, "watch", ada, at(0)).await.unwrap());
    assert!(!lease::take(db, "watch", bob, at(1)).await.unwrap());
    assert!(lease::take(db, "watch", ada, at(8)).await.unwrap());
    assert!(!lease::take(db, "watch", bob, at(lease::SECONDS + 1)).await.unwrap());
    assert!(lease::take(db, "watch", bob, at(9 + lease::SECONDS)).await.unwrap());
    assert!(!lease::take(db, "watch", ada, at(9 + lease::SECONDS)).await.unwrap());
    lease::give_back(db, "watch", ada).await.unwrap();
    assert!(!lease::take(db, "watch", ada, at(10 + lease::SECONDS)).await.unwrap());
    lease::give_back(db, "watch", bob).await.unwrap();
    assert!(lease::take(db, "watch", ada, at(10 + lease::SECONDS)).await.unwrap());
}
