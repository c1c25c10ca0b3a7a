//! The life of an export: written in the background, broken off, called off, deleted.

use axum::http::StatusCode;
use entity::id::ExportId;
use sea_orm::EntityTrait as _;
use serde_json::json;

use super::{ask, file, open, ready, seen};
use crate::support::{TestApp, refusals};

/// A shop with some orders, numbered from 1.
async fn shop(orders: usize) -> TestApp {
    let app = TestApp::new().await;
    let (_, ada) = app.buyer("ada").await;
    for index in 1..=orders {
        app.order_row(&format!("N-{index:05}"), ada, &[], |row| {
            row.note = Some("x".repeat(2_000));
            row.total_minor = 100;
        })
        .await;
    }
    app
}

#[tokio::test]
async fn an_export_waits_is_written_and_can_be_fetched() {
    let app = shop(3).await;
    let staff = app.staff().await;
    let payload = ask(&staff, json!({ "of": { "orders": {} } })).await;
    let export = &payload["export"];
    assert_eq!((&export["status"], &export["url"], &export["progress"]), (&json!("PENDING"), &json!(null), &json!(0)));
    assert_eq!(export["expiresAt"], "2026-01-22T12:00:00Z");
    assert_eq!(export["headers"][0], "Order ID");
    app.work().await;
    let export = seen(&staff, export["id"].as_str().unwrap()).await;
    assert_eq!((&export["status"], &export["rows"], &export["progress"]), (&json!("READY"), &json!(3), &json!(100)));
    assert_eq!(export["finishedAt"], "2026-01-15T12:00:00Z");
}

#[tokio::test]
async fn a_file_of_several_parts_is_whole_and_always_the_same() {
    let app = shop(600).await;
    let staff = app.staff().await;
    let of = json!({ "orders": { "columns": ["NUMBER", "NOTE"], "sort": [{ "field": "STATUS", "direction": "ASC" }] } });
    let first = file(&app, &staff, json!({ "of": of })).await;
    assert!(app.rows("export_parts").await > 1);
    assert_eq!(first.lines().count(), 601);
    let mut numbers: Vec<&str> = first.lines().skip(1).map(|line| &line[..7]).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 600);
    assert_eq!(file(&app, &staff, json!({ "of": of })).await, first);
}

#[tokio::test]
async fn an_attempt_that_was_broken_off_leaves_nothing_in_the_file() {
    let app = shop(3).await;
    let staff = app.staff().await;
    let id = ask(&staff, json!({ "of": { "orders": {} } })).await["export"]["id"].as_str().unwrap().to_owned();
    // What a process leaves that was killed after its first part.
    app.sql("UPDATE exports SET status = 'RUNNING', done = 1, rows = 1, bytes = 4, parts = 1").await;
    let export: ExportId = id.parse().unwrap();
    let part = entity::export_part::ActiveModel {
        export_id: sea_orm::ActiveValue::Set(export),
        position: sea_orm::ActiveValue::Set(0),
        bytes: sea_orm::ActiveValue::Set(b"half".to_vec()),
    };
    entity::export_part::Entity::insert(part).exec_without_returning(app.db().writer()).await.unwrap();
    app.work().await;
    let export = seen(&staff, &id).await;
    let found = open(&app, export["url"].as_str().unwrap()).await;
    assert_eq!(found.text.lines().count(), 4);
    assert!(found.text.starts_with("Order ID,"));
}

#[tokio::test]
async fn an_export_can_be_called_off_until_it_is_ready() {
    let app = shop(1).await;
    let staff = app.staff().await;
    let id = ask(&staff, json!({ "of": { "orders": {} } })).await["export"]["id"].clone();
    let cancel = |id: serde_json::Value| {
        let staff = staff.clone();
        async move {
            staff.mutate("exportCancel", json!({ "export": id }), "export { status url } userErrors { code field message }").await
        }
    };
    let payload = cancel(id.clone()).await;
    assert_eq!(payload["export"], json!({ "status": "CANCELLED", "url": null }));
    app.work().await;
    assert_eq!((app.rows("export_parts").await, app.rows("jobs WHERE kind = 'exports.write'").await), (0, 0));
    assert_eq!(refusals(&cancel(id).await), ["NOT_RUNNING at export"]);
    let done = ready(&app, &staff, json!({ "of": { "orders": {} } })).await;
    assert_eq!(refusals(&cancel(done["id"].clone()).await), ["NOT_RUNNING at export"]);
    assert_eq!(refusals(&cancel(json!("export_x")).await), ["NOT_FOUND at export"]);
}

#[tokio::test]
async fn an_export_is_deleted_with_its_file_by_hand_or_in_time() {
    let app = shop(1).await;
    let staff = app.staff().await;
    let one = ready(&app, &staff, json!({ "of": { "orders": {} } })).await;
    let two = ready(&app, &staff, json!({ "of": { "orders": {} } })).await;
    let delete = |id: serde_json::Value| {
        let staff = staff.clone();
        async move { staff.mutate("exportDelete", json!({ "export": id }), "deletedId userErrors { code field message }").await }
    };
    assert_eq!(delete(one["id"].clone()).await["deletedId"], one["id"]);
    assert_eq!(open(&app, one["url"].as_str().unwrap()).await.status, StatusCode::NOT_FOUND);
    assert_eq!(refusals(&delete(one["id"].clone()).await), ["NOT_FOUND at export"]);
    assert_eq!(open(&app, two["url"].as_str().unwrap()).await.status, StatusCode::OK);
    app.clock.advance_seconds(7 * 86_400);
    app.work().await;
    assert_eq!((app.rows("exports").await, app.rows("export_parts").await), (0, 0));
}

#[tokio::test]
async fn the_same_key_gives_the_same_export() {
    let app = shop(1).await;
    let staff = app.staff().await;
    let input = json!({ "of": { "orders": { "filter": { "overdue": true } } }, "idempotencyKey": "k" });
    let first = ask(&staff, input.clone()).await;
    app.clock.advance_seconds(5);
    let again = ask(&staff, input).await;
    assert_eq!((&again["export"]["id"], &again["replayed"]), (&first["export"]["id"], &json!(true)));
    let other = json!({ "of": { "orders": {} }, "idempotencyKey": "k" });
    assert_eq!(refusals(&ask(&staff, other).await), ["IDEMPOTENCY_KEY_REUSED at idempotencyKey"]);
    assert_eq!(app.rows("exports").await, 1);
}

#[tokio::test]
async fn not_more_than_twenty_wait() {
    let app = shop(0).await;
    let staff = app.staff().await;
    for _ in 0..20 {
        ask(&staff, json!({ "of": { "orders": {} } })).await;
    }
    assert_eq!(refusals(&ask(&staff, json!({ "of": { "orders": {} } })).await), ["LIMIT_REACHED at "]);
    app.work().await;
    assert_eq!(refusals(&ask(&staff, json!({ "of": { "orders": {} } })).await), Vec::<String>::new());
}

#[tokio::test]
async fn an_export_whose_filter_nobody_can_read_is_given_up() {
    let app = shop(1).await;
    let staff = app.staff().await;
    let id = ask(&staff, json!({ "of": { "orders": {} } })).await["export"]["id"].as_str().unwrap().to_owned();
    app.sql("UPDATE exports SET spec = REPLACE(spec, '\"status\":null', '\"mood\":null')").await;
    app.work().await;
    let status = staff.ask("query($id: ID!) { export(id: $id) { status failure url } }", json!({ "id": id })).await;
    assert_eq!(status["export"], json!({ "status": "FAILED", "failure": "it could not be written", "url": null }));
}
