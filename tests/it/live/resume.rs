//! Dropping the connection and coming back with `after`.

use std::collections::BTreeSet;

use entity::event;
use ordergraph::order::live;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde_json::json;

use super::{EVENTS, Live};
use crate::support::Client;

/// How often the subscriber drops its connection.
const DROPS: usize = 100;

/// How many orders change meanwhile; each has three events.
const ORDERS: usize = 60;

/// All events of orders, in the order of the log, as ids.
async fn logged(live: &Live) -> Vec<String> {
    let rows = event::Entity::find()
        .filter(event::Column::OrderId.is_not_null())
        .order_by_asc(event::Column::Position)
        .all(live.app.db().reader())
        .await
        .unwrap();
    rows.iter().map(|row| format!("event_{}", row.id)).collect()
}

/// Reads a few events on each of many connections, dropping each without a goodbye, until all have been seen.
async fn read_with_drops(live: &Live, client: &Client, all: usize) -> Vec<String> {
    let (mut seen, mut after, mut drops) = (Vec::new(), live::cursor(0), 0);
    while drops < DROPS || seen.len() < all {
        let mut socket = live.begun(client).await;
        socket.subscribe("events", EVENTS, json!({ "after": after })).await;
        // On some connections nothing is read at all; at the end, everything that is left.
        let wanted = if drops < DROPS { drops % 3 } else { all - seen.len() };
        for _ in 0..wanted.min(all - seen.len()) {
            let event = socket.event().await;
            seen.push(event["id"].as_str().unwrap().to_owned());
            after = event["cursor"].as_str().unwrap().to_owned();
        }
        drops += 1;
    }
    seen
}

#[tokio::test]
async fn a_subscriber_that_drops_its_connection_100_times_sees_every_event_once_in_order() {
    let live = Live::new().await;
    let store = live.app.store("pouches").await;
    let goods = live.app.goods(store, "P-1", 999, 10_000).await;
    let (buyer, _) = live.app.buyer("ada").await;
    let staff = live.app.staff().await;
    let change = async {
        for _ in 0..ORDERS {
            let order = buyer.places(&goods, 1).await;
            live.app.work().await;
            staff.moves(&order, &["orderConfirm", "orderProcess"]).await;
            live.app.work().await;
        }
    };
    let (seen, ()) = tokio::join!(read_with_drops(&live, &staff, 3 * ORDERS), change);
    assert_eq!(seen, logged(&live).await);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 3 * ORDERS);
}

#[tokio::test]
async fn what_happened_before_anybody_listened_is_replayed_from_the_log() {
    let live = Live::new().await;
    let store = live.app.store("pouches").await;
    let goods = live.app.goods(store, "P-1", 999, 10_000).await;
    let (buyer, _) = live.app.buyer("ada").await;
    for _ in 0..3 {
        buyer.places(&goods, 1).await;
    }
    let now = live.now().await;
    // The first subscriber makes the tail of the log begin where it stands.
    let mut first = live.listening(&buyer, &now).await;
    buyer.places(&goods, 1).await;
    live.now().await;
    let fourth = first.event().await;
    let mut second = live.listening(&buyer, &live::cursor(0)).await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(second.event().await["id"].clone());
    }
    assert_eq!(json!(seen), json!(logged(&live).await));
    assert_eq!(seen[3], fourth["id"]);
}

#[tokio::test]
async fn one_reading_of_the_log_serves_all_subscribers() {
    let live = Live::new().await;
    let store = live.app.store("pouches").await;
    let goods = live.app.goods(store, "P-1", 999, 10_000).await;
    let (buyer, _) = live.app.buyer("ada").await;
    // The readers of the log that write to the database read it too, whoever listens.
    let ((), alone) = live
        .app
        .statements_of(async {
            buyer.places(&goods, 1).await;
            live.now().await;
        })
        .await;
    let now = live.now().await;
    let mut sockets = Vec::new();
    for _ in 0..20 {
        sockets.push(live.listening(&buyer, &now).await);
    }
    let ((), statements) = live
        .app
        .statements_of(async {
            buyer.places(&goods, 1).await;
            live.now().await;
            for socket in &mut sockets {
                assert_eq!(socket.event().await["kind"], "ORDER_CREATED");
            }
        })
        .await;
    let readings = |statements: &[String]| statements.iter().filter(|sql| sql.contains(r#""events"."position" > "#)).count();
    assert_eq!(readings(&statements), readings(&alone) + 1, "{statements:#?}");
}

#[tokio::test]
async fn without_a_cursor_only_what_comes_is_told() {
    let live = Live::new().await;
    let store = live.app.store("pouches").await;
    let goods = live.app.goods(store, "P-1", 999, 10_000).await;
    let (buyer, _) = live.app.buyer("ada").await;
    let old = buyer.places(&goods, 1).await;
    live.now().await;
    let mut socket = live.begun(&buyer).await;
    socket.subscribe("events", EVENTS, json!({})).await;
    // Nothing tells when the subscription has begun, so orders are placed until one is heard of.
    let placing = async {
        loop {
            buyer.places(&goods, 1).await;
            live.app.work().await;
        }
    };
    let event = tokio::select! {
        event = socket.event() => event,
        () = placing => unreachable!("it never ends"),
    };
    assert_ne!(event["order"]["id"], json!(old));
}

#[tokio::test]
async fn a_cursor_of_nothing_is_refused() {
    let live = Live::new().await;
    let (buyer, _) = live.app.buyer("ada").await;
    let mut socket = live.begun(&buyer).await;
    for wrong in ["", "nonsense", "ZXZlbnQ6", &live::cursor(i64::MAX), &live::cursor(1)] {
        socket.subscribe("events", EVENTS, json!({ "after": wrong })).await;
        let message = socket.message().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("events")));
        assert_eq!(message["payload"][0]["extensions"], json!({ "code": "BAD_USER_INPUT", "field": ["after"] }), "{wrong}");
    }
}
