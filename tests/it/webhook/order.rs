//! Every event arrives, in order per order, none of what was taken back; whoever works, however the receiver behaves.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use ordergraph::{app::App, worker};
use serde_json::json;

use super::{deliveries, endpoint, service};
use crate::support::{Received, Receiver, Reply, TestApp};

fn order_of(message: &Received) -> String {
    message.body["data"]["order"]["id"].as_str().unwrap().to_owned()
}

/// What a receiver that keeps ids ends with: the sequences of each order, as they first came.
fn kept(received: &[Received]) -> BTreeMap<String, Vec<i64>> {
    let (mut known, mut orders) = (BTreeSet::new(), BTreeMap::<String, Vec<i64>>::new());
    for message in received {
        if known.insert(message.id().to_owned()) {
            orders.entry(order_of(message)).or_default().push(message.body["data"]["sequence"].as_i64().unwrap());
        }
    }
    orders
}

#[tokio::test]
async fn a_failing_event_holds_up_its_order_and_no_other() {
    let app = service().await;
    let (staff, receiver) = (app.staff().await, Receiver::start().await);
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 100, 100).await;
    let (stuck, free) = (staff.places(&pen, 1).await, staff.places(&pen, 1).await);
    endpoint(&app, &staff, &receiver, json!({})).await;
    let broken = stuck.clone();
    receiver.answers(move |message| Reply::status(if order_of(message) == broken { 500 } else { 200 }));
    for order in [&stuck, &free] {
        staff.moves(order, &["orderConfirm", "orderProcess"]).await;
    }
    app.work().await;
    let of = |order: &str| -> Vec<String> {
        receiver.received().iter().filter(|message| order_of(message) == order).map(Received::kind).collect()
    };
    assert_eq!(of(&free), ["order.confirmed", "order.processing"]);
    assert_eq!(of(&stuck), ["order.confirmed"]);
    receiver.answers(|_| Reply::status(200));
    app.clock.advance_seconds(5);
    app.work().await;
    assert_eq!(of(&stuck), ["order.confirmed", "order.confirmed", "order.processing"]);
}

#[tokio::test]
async fn an_event_that_was_given_up_lets_the_later_ones_go() {
    let app = TestApp::with(|config| {
        config.webhooks.allow_private = true;
        config.webhooks.retries = vec![60];
    })
    .await;
    let (staff, receiver) = (app.staff().await, Receiver::start().await);
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 100, 100).await;
    let (id, _) = endpoint(&app, &staff, &receiver, json!({})).await;
    receiver.answers(|message| Reply::status(if message.kind() == "order.created" { 500 } else { 200 }));
    let order = staff.places(&pen, 1).await;
    staff.moves(&order, &["orderConfirm"]).await;
    app.work().await;
    assert_eq!(receiver.types(), ["order.created"]);
    app.clock.advance_seconds(60);
    app.work().await;
    assert_eq!(receiver.types(), ["order.created", "order.created", "order.confirmed"]);
    let states: Vec<_> = deliveries(&staff, &id, "").await.iter().map(|delivery| delivery["state"].clone()).collect();
    assert_eq!(states, ["FAILED", "SUCCEEDED"]);
}

#[tokio::test]
async fn nothing_is_told_of_what_was_rolled_back() {
    let app = service().await;
    let (staff, receiver) = (app.staff().await, Receiver::start().await);
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 100, 1).await;
    let order = staff.places(&pen, 1).await;
    endpoint(&app, &staff, &receiver, json!({})).await;
    staff.change("orderConfirm", json!({ "order": order, "dryRun": true })).await;
    staff.change("orderDeliver", json!({ "order": order })).await;
    let more = json!({ "items": [{ "variant": pen.variant.to_string(), "quantity": 5 }] });
    staff.mutate("orderCreate", more, "userErrors { code }").await;
    app.work().await;
    assert_eq!(receiver.received().len(), 0);
    assert_eq!(app.rows("webhook_deliveries").await, 0);
    staff.moves(&order, &["orderConfirm"]).await;
    app.work().await;
    assert_eq!(receiver.types(), ["order.confirmed"]);
}

#[tokio::test]
async fn what_happened_before_the_service_had_webhooks_and_what_is_imported_is_not_told() {
    let app = service().await;
    let (staff, receiver) = (app.staff().await, Receiver::start().await);
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 100, 100).await;
    let order = staff.places(&pen, 1).await;
    endpoint(&app, &staff, &receiver, json!({})).await;
    staff.moves(&order, &["orderConfirm"]).await;
    app.sql("UPDATE events SET actor = 'IMPORT' WHERE kind = 'ORDER_CONFIRMED'").await;
    app.work().await;
    assert_eq!(receiver.received().len(), 0);
}

#[tokio::test]
async fn two_workers_deliver_everything_in_order_to_a_receiver_that_fails_and_answers_twice() {
    let app = TestApp::with(|config| {
        config.webhooks.allow_private = true;
        config.webhooks.retries = vec![1; 40];
    })
    .await;
    let (staff, receiver) = (app.staff().await, Receiver::start().await);
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 100, 1_000).await;
    endpoint(&app, &staff, &receiver, json!({})).await;
    // Takes every third message but says that it did not, refuses every fourth.
    let calls = AtomicUsize::new(0);
    receiver.answers(move |_| {
        let call = calls.fetch_add(1, Ordering::SeqCst);
        Reply::status(if call % 3 == 2 || call % 4 == 3 { 500 } else { 200 })
    });
    let mut orders = Vec::new();
    for _ in 0..8 {
        let order = staff.places(&pen, 1).await;
        staff.moves(&order, &["orderConfirm", "orderProcess", "orderShip"]).await;
        orders.push(order);
    }
    let mut other: App = app.app.clone();
    other.db = app.second_connection().await;
    for _ in 0..60 {
        let (one, two) = tokio::join!(worker::drain(&app.app), worker::drain(&other));
        one.unwrap();
        two.unwrap();
        if app.sql_count("SELECT COUNT(*) FROM webhook_deliveries WHERE state = 'PENDING'").await == 0 {
            break;
        }
        app.clock.advance_seconds(20);
    }
    let wanted: BTreeMap<String, Vec<i64>> = orders.into_iter().map(|order| (order, vec![1, 2, 3, 4, 5, 6])).collect();
    assert_eq!(kept(&receiver.received()), wanted);
    assert_eq!(app.sql_count("SELECT COUNT(*) FROM webhook_deliveries WHERE state = 'SUCCEEDED'").await, 48);
    assert_eq!(app.sql_count("SELECT COUNT(*) FROM jobs WHERE kind = 'webhook.deliver'").await, 0);
    assert!(receiver.received().len() > 48, "some came more than once");
}

#[tokio::test]
async fn a_worker_that_dies_after_sending_sends_again() {
    let app = service().await;
    let (staff, receiver) = (app.staff().await, Receiver::start().await);
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 100, 100).await;
    endpoint(&app, &staff, &receiver, json!({})).await;
    let order = staff.places(&pen, 1).await;
    staff.moves(&order, &["orderConfirm"]).await;
    // The answer never reaches the worker: it is dropped while it waits.
    let seen = Arc::new(Mutex::new(None::<tokio::sync::oneshot::Sender<()>>));
    let (tell, told) = tokio::sync::oneshot::channel();
    *seen.lock().unwrap() = Some(tell);
    receiver.answers(move |_| {
        if let Some(tell) = seen.lock().unwrap().take() {
            let _ = tell.send(());
            return Reply { delay: std::time::Duration::from_secs(30), ..Reply::status(200) };
        }
        Reply::status(200)
    });
    tokio::select! {
        _ = worker::drain(&app.app) => panic!("the receiver does not answer"),
        _ = told => {}
    }
    assert_eq!(receiver.types(), ["order.created"]);
    app.work().await;
    assert_eq!(receiver.types(), ["order.created"], "somebody is at it");
    app.clock.advance_seconds(31);
    app.work().await;
    assert_eq!(receiver.types(), ["order.created", "order.created", "order.confirmed"]);
    assert_eq!(kept(&receiver.received())[&order], [1, 2]);
}

#[tokio::test]
async fn a_shop_without_endpoints_pays_one_statement_a_batch() {
    let app = service().await;
    let staff = app.staff().await;
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 100, 100).await;
    app.work().await;
    for _ in 0..5 {
        staff.places(&pen, 1).await;
    }
    let ((), statements) = app.statements_of(app.work()).await;
    let ours = statements.iter().filter(|sql| sql.contains("webhook_")).count();
    assert_eq!(ours, 1, "{statements:#?}");
    assert_eq!(app.rows("webhook_deliveries").await, 0);
}
