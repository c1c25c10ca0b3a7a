//! `webhookReplay`.

use serde_json::json;

use super::{deliveries, endpoint, later, service};
use crate::support::{Receiver, Reply, refusals};

const REPLAYED: &str = "afterPosition toPosition userErrors { code field message }";

#[tokio::test]
async fn everything_from_a_place_on_comes_once_more_with_the_same_ids() {
    let app = service().await;
    let (staff, receiver) = (app.staff().await, Receiver::start().await);
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 100, 100).await;
    let (id, _) = endpoint(&app, &staff, &receiver, json!({ "events": ["order.*"] })).await;
    let order = staff.places(&pen, 1).await;
    staff.moves(&order, &["orderConfirm", "orderProcess"]).await;
    app.work().await;
    let first = receiver.take();
    let ids = |messages: &[crate::support::Received]| messages.iter().map(|one| one.id().to_owned()).collect::<Vec<_>>();
    let position = first[0].body["data"]["position"].to_string();
    let input = json!({ "endpoint": id, "afterPosition": position });
    let payload = staff.mutate("webhookReplay", input, REPLAYED).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    assert_eq!(payload["afterPosition"], position.as_str());
    app.work().await;
    let again = receiver.take();
    assert_eq!(ids(&again), ids(&first)[1..]);
    assert_eq!(again[0].text, first[1].text, "the same body too");
    let states: Vec<_> = deliveries(&staff, &id, "").await.iter().map(|one| one["state"].clone()).collect();
    assert_eq!(states, ["SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]);
}

#[tokio::test]
async fn what_an_endpoint_missed_can_be_had() {
    let app = service().await;
    let (staff, receiver) = (app.staff().await, Receiver::start().await);
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 100, 100).await;
    staff.places(&pen, 1).await;
    let staff = later(&app, 3_600).await;
    receiver.answers(|_| Reply::status(410));
    let (id, _) = endpoint(&app, &staff, &receiver, json!({ "events": ["order.created"] })).await;
    let missed = [staff.places(&pen, 1).await, staff.places(&pen, 1).await];
    app.work().await;
    staff.places(&pen, 1).await;
    app.work().await;
    receiver.answers(|_| Reply::status(200));
    receiver.take();
    let refused = staff.mutate("webhookReplay", json!({ "endpoint": id, "afterPosition": "0" }), REPLAYED).await;
    assert_eq!(refusals(&refused), ["ENDPOINT_DISABLED at endpoint"]);
    staff.mutate("webhookEndpointUpdate", json!({ "endpoint": id, "status": "ACTIVE" }), "userErrors { code }").await;
    staff.mutate("webhookReplay", json!({ "endpoint": id, "since": "2026-01-15T13:00:00Z" }), REPLAYED).await;
    app.work().await;
    let orders: Vec<String> =
        receiver.take().iter().map(|one| one.body["data"]["order"]["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(orders.len(), 3);
    assert!(missed.iter().all(|order| orders.contains(order)));
    staff.mutate("webhookReplay", json!({ "endpoint": id, "afterPosition": "0" }), REPLAYED).await;
    app.work().await;
    assert_eq!(receiver.take().len(), 4);
    staff.mutate("webhookReplay", json!({ "endpoint": id, "since": "2027-01-01T00:00:00Z" }), REPLAYED).await;
    app.work().await;
    assert_eq!(receiver.take().len(), 0);
}

#[tokio::test]
async fn a_replay_says_where_it_begins() {
    let app = service().await;
    let (staff, receiver) = (app.staff().await, Receiver::start().await);
    let (id, _) = endpoint(&app, &staff, &receiver, json!({})).await;
    for (more, refusal) in [
        (json!({}), "INVALID_INPUT at afterPosition"),
        (json!({ "afterPosition": "1", "since": "2026-01-15T13:00:00Z" }), "INVALID_INPUT at afterPosition"),
        (json!({ "afterPosition": "-1" }), "INVALID_INPUT at afterPosition"),
        (json!({ "afterPosition": "first" }), "INVALID_INPUT at afterPosition"),
        (json!({ "afterPosition": "0", "endpoint": "x" }), "NOT_FOUND at endpoint"),
    ] {
        let mut input = json!({ "endpoint": id });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let payload = staff.mutate("webhookReplay", input, REPLAYED).await;
        assert_eq!(refusals(&payload), [refusal]);
    }
    assert_eq!(app.sql_count("SELECT COUNT(*) FROM jobs WHERE kind = 'webhook.replay'").await, 0);
}
