//! Receivers that fail, are slow, answer oddly, or are gone.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use serde_json::json;

use super::{deliveries, endpoint, later, service, shown};
use crate::support::{Receiver, Reply, refusals};

/// The pauses of the Standard Webhooks specification.
const PAUSES: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

#[tokio::test]
async fn a_failing_receiver_is_tried_by_the_schedule_and_then_it_is_a_dead_letter() {
    let app = service().await;
    let (staff, receiver) = (app.staff().await, Receiver::start().await);
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 100, 100).await;
    receiver.answers(|_| Reply { body: "no\0t now ".repeat(1_000), ..Reply::status(503) });
    let (id, _) = endpoint(&app, &staff, &receiver, json!({})).await;
    staff.places(&pen, 1).await;
    app.work().await;
    for (index, pause) in PAUSES.into_iter().enumerate() {
        assert_eq!(receiver.received().len(), index + 1);
        app.clock.advance_seconds(pause - 1);
        app.work().await;
        assert_eq!(receiver.received().len(), index + 1, "too early after {pause}");
        app.clock.advance_seconds(1);
        app.work().await;
    }
    let staff = later(&app, 0).await;
    let dead = deliveries(&staff, &id, "(state: FAILED)").await;
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0]["attemptCount"], 10);
    assert!(dead[0]["nextAttemptAt"].is_null());
    let attempts = dead[0]["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 10);
    assert_eq!((&attempts[9]["statusCode"], &attempts[9]["error"]), (&json!(503), &json!("503 Service Unavailable")));
    assert_eq!(attempts[9]["answer"].as_str().unwrap().chars().count(), 1_024);
    let ids: std::collections::BTreeSet<String> = receiver.received().iter().map(|message| message.id().to_owned()).collect();
    assert_eq!(ids.len(), 1, "every attempt has the same id");
    let staff = later(&app, 1_000_000).await;
    app.work().await;
    assert_eq!(receiver.take().len(), 10);
    // It is not lost: one call delivers it.
    receiver.answers(|_| Reply::status(200));
    let again = json!({ "delivery": dead[0]["id"] });
    let payload =
        staff.mutate("webhookRedeliver", again, "delivery { state attemptCount } userErrors { code field message }").await;
    assert_eq!(payload["delivery"], json!({ "state": "PENDING", "attemptCount": 0 }));
    app.work().await;
    assert_eq!(receiver.received()[0].id(), dead[0]["messageId"]);
    assert_eq!(deliveries(&staff, &id, "").await[0]["state"], "SUCCEEDED");
}

#[tokio::test]
async fn a_slow_receiver_is_cut_off_and_tried_again() {
    let app = service().await;
    let (staff, receiver) = (app.staff().await, Receiver::start().await);
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 100, 100).await;
    receiver.answers(|_| Reply { delay: Duration::from_secs(30), ..Reply::status(200) });
    let (id, _) = endpoint(&app, &staff, &receiver, json!({})).await;
    staff.places(&pen, 1).await;
    app.work().await;
    let waiting = &deliveries(&staff, &id, "(state: PENDING)").await[0];
    assert!(waiting["lastError"].as_str().unwrap().contains("timed out"), "{waiting}");
    assert!(waiting["attempts"][0]["statusCode"].is_null());
    assert!(waiting["attempts"][0]["durationMs"].as_i64().unwrap() >= 1_000);
    receiver.answers(|_| Reply::status(200));
    app.clock.advance_seconds(5);
    app.work().await;
    assert_eq!(deliveries(&staff, &id, "").await[0]["state"], "SUCCEEDED");
}

#[tokio::test]
async fn retry_after_is_respected() {
    let app = service().await;
    let (staff, receiver) = (app.staff().await, Receiver::start().await);
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 100, 100).await;
    receiver.answers(|_| Reply { headers: vec![("retry-after", "120".to_owned())], ..Reply::status(429) });
    let (id, _) = endpoint(&app, &staff, &receiver, json!({})).await;
    staff.places(&pen, 1).await;
    app.work().await;
    assert_eq!(deliveries(&staff, &id, "").await[0]["nextAttemptAt"], "2026-01-15T12:02:00Z");
    app.clock.advance_seconds(119);
    app.work().await;
    assert_eq!(receiver.received().len(), 1);
    app.clock.advance_seconds(1);
    app.work().await;
    assert_eq!(receiver.received().len(), 2);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let app = service().await;
    let (staff, receiver, other) = (app.staff().await, Receiver::start().await, Receiver::start().await);
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 100, 100).await;
    let elsewhere = other.url.clone();
    receiver.answers(move |_| Reply { headers: vec![("location", elsewhere.clone())], ..Reply::status(307) });
    let (id, _) = endpoint(&app, &staff, &receiver, json!({})).await;
    staff.places(&pen, 1).await;
    app.work().await;
    assert_eq!((receiver.received().len(), other.received().len()), (1, 0));
    assert_eq!(deliveries(&staff, &id, "").await[0]["attempts"][0]["statusCode"], 307);
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_left_alone() {
    let app = service().await;
    let (staff, receiver) = (app.staff().await, Receiver::start().await);
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 100, 100).await;
    receiver.answers(|_| Reply::status(410));
    let (id, _) = endpoint(&app, &staff, &receiver, json!({})).await;
    staff.places(&pen, 1).await;
    staff.places(&pen, 1).await;
    app.work().await;
    staff.places(&pen, 1).await;
    let staff = later(&app, 1_000_000).await;
    app.work().await;
    assert_eq!(receiver.received().len(), 1);
    let endpoint = shown(&staff, &id).await;
    assert_eq!(
        (&endpoint["status"], &endpoint["disabledReason"]),
        (&json!("DISABLED"), &json!("the receiver answered 410 Gone"))
    );
    assert_eq!(deliveries(&staff, &id, "(state: FAILED)").await.len(), 2);
    let told = app.sql_count("SELECT COUNT(*) FROM events WHERE kind = 'WEBHOOK_ENDPOINT_DISABLED'").await;
    assert_eq!(told, 1);
}

#[tokio::test]
async fn an_endpoint_that_fails_for_five_days_is_disabled() {
    let app = service().await;
    let (mut staff, receiver) = (app.staff().await, Receiver::start().await);
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 100, 100).await;
    receiver.answers(|_| Reply::status(500));
    let (id, _) = endpoint(&app, &staff, &receiver, json!({})).await;
    for _ in 0..5 {
        staff.places(&pen, 1).await;
        app.work().await;
        assert_eq!(shown(&staff, &id).await["status"], "ACTIVE");
        staff = later(&app, 86_400).await;
    }
    app.work().await;
    let endpoint = shown(&staff, &id).await;
    assert_eq!(endpoint["status"], "DISABLED");
    assert_eq!(endpoint["disabledReason"], "nothing was taken for 5 days");
    // Made active again it begins anew.
    receiver.answers(|_| Reply::status(200));
    let edit = json!({ "endpoint": id, "status": "ACTIVE" });
    staff.mutate("webhookEndpointUpdate", edit, "userErrors { code }").await;
    let endpoint = shown(&staff, &id).await;
    assert!(endpoint["failingSince"].is_null() && endpoint["disabledReason"].is_null());
    receiver.take();
    staff.places(&pen, 1).await;
    app.work().await;
    assert_eq!(receiver.types().last().map(String::as_str), Some("order.created"));
}

#[tokio::test]
async fn one_success_in_between_keeps_an_endpoint_alive() {
    let app = service().await;
    let (mut staff, receiver) = (app.staff().await, Receiver::start().await);
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 100, 100).await;
    let calls = AtomicUsize::new(0);
    receiver.answers(move |_| Reply::status(if calls.fetch_add(1, Ordering::SeqCst) % 4 == 3 { 200 } else { 500 }));
    let (id, _) = endpoint(&app, &staff, &receiver, json!({})).await;
    for _ in 0..20 {
        staff.places(&pen, 1).await;
        app.work().await;
        staff = later(&app, 43_200).await;
    }
    assert_eq!(shown(&staff, &id).await["status"], "ACTIVE");
}

#[tokio::test]
async fn what_waits_can_be_tried_now() {
    let app = service().await;
    let (staff, receiver) = (app.staff().await, Receiver::start().await);
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 100, 100).await;
    receiver.answers(|_| Reply::status(500));
    let (id, _) = endpoint(&app, &staff, &receiver, json!({})).await;
    staff.places(&pen, 1).await;
    app.work().await;
    receiver.answers(|_| Reply::status(200));
    let waiting = deliveries(&staff, &id, "").await;
    staff.mutate("webhookRedeliver", json!({ "delivery": waiting[0]["id"] }), "userErrors { code }").await;
    app.work().await;
    assert_eq!(receiver.received().len(), 2);
    assert_eq!(deliveries(&staff, &id, "").await[0]["state"], "SUCCEEDED");
    let nothing = staff.mutate("webhookRedeliver", json!({ "delivery": "x" }), "userErrors { code field message }").await;
    assert_eq!(refusals(&nothing), ["NOT_FOUND at delivery"]);
}
