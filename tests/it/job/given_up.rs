//! Background work that was given up: staff see it, try it again or discard it.

use entity::id::OrderId;
use ordergraph::job::{self, NewJob};
use serde_json::{Value, json};

use crate::support::{TestApp, refusals};

/// A job of a kind that nobody does, given up; its id.
async fn given_up(app: &TestApp, kind: &str) -> String {
    let now = app.clock.now();
    job::enqueue(app.db().writer(), NewJob::new(kind, &"secret payload", now).unwrap(), now).await.unwrap();
    app.work().await;
    app.clock.advance_seconds(1);
    let data = app.staff_again().await.ask("{ failedJobs(first: 1) { nodes { id } } }", json!({})).await;
    data["failedJobs"]["nodes"][0]["id"].as_str().unwrap().to_owned()
}

impl TestApp {
    /// Staff, another one each time.
    async fn staff_again(&self) -> crate::support::Client {
        let email = format!("{}@staff.test", self.rows("users").await);
        self.user(&email, entity::stored::Role::Staff, &[]).await.0
    }
}

#[tokio::test]
async fn staff_see_what_was_given_up_and_nobody_else() {
    let app = TestApp::new().await;
    let (first, second) = (given_up(&app, "first.kind").await, given_up(&app, "second.kind").await);
    let staff = app.staff().await;
    let query =
        "query($kind: String) { failedJobs(kind: $kind) { totalCount nodes { id kind error attempts createdAt failedAt } } }";
    let all = staff.ask(query, json!({})).await["failedJobs"].clone();
    assert_eq!((&all["totalCount"], &all["nodes"][0]["id"], &all["nodes"][1]["id"]), (&json!(2), &json!(second), &json!(first)));
    assert_eq!(
        all["nodes"][1],
        json!({ "id": first, "kind": "first.kind", "error": "no such kind of job: first.kind", "attempts": 1,
            "createdAt": "2026-01-15T12:00:00Z", "failedAt": "2026-01-15T12:00:00Z" })
    );
    assert!(!all.to_string().contains("secret"));
    let one = staff.ask(query, json!({ "kind": "first.kind" })).await;
    assert_eq!((&one["failedJobs"]["totalCount"], &one["failedJobs"]["nodes"][0]["id"]), (&json!(1), &json!(first)));
    let (buyer, _) = app.buyer("ada").await;
    assert_eq!(buyer.send(query, json!({})).await.code(), "FORBIDDEN");
    assert_eq!(app.anonymous().send(query, json!({})).await.code(), "UNAUTHENTICATED");
}

#[tokio::test]
async fn what_was_given_up_is_tried_again_or_discarded_and_the_log_says_who_did() {
    let app = TestApp::new().await;
    let id = given_up(&app, "first.kind").await;
    let staff = app.staff().await;
    let retried = staff.mutate("jobRetry", json!({ "job": id }), "retriedId userErrors { code field }").await;
    assert_eq!(retried["retriedId"], json!(id));
    assert_eq!(app.rows("jobs WHERE kind = 'first.kind' AND dead_at IS NULL AND attempts = 0").await, 1);
    // While it waits it is not among what was given up.
    let again = staff.mutate("jobRetry", json!({ "job": id }), "retriedId userErrors { code field }").await;
    assert_eq!((refusals(&again), &again["retriedId"]), (vec!["NOT_FOUND at job".to_owned()], &Value::Null));
    let early = staff.mutate("jobDiscard", json!({ "job": id }), "discardedId userErrors { code field }").await;
    assert_eq!(refusals(&early), ["NOT_FOUND at job"]);
    app.work().await;
    let discarded = staff.mutate("jobDiscard", json!({ "job": id }), "discardedId userErrors { code field }").await;
    assert_eq!(discarded["discardedId"], json!(id));
    assert_eq!(app.rows("jobs WHERE kind = 'first.kind'").await, 0);
    for kind in ["JOB_RETRIED", "JOB_DISCARDED"] {
        assert_eq!(app.rows(&format!("events WHERE kind = '{kind}' AND actor = 'STAFF' AND subject = 'JOB'")).await, 1);
    }
}

#[tokio::test]
async fn what_is_not_there_or_comes_back_by_itself_is_refused() {
    let app = TestApp::new().await;
    app.work().await;
    app.sql("UPDATE jobs SET dead_at = 1, key = NULL WHERE kind = 'idempotency.forget'").await;
    let staff = app.staff().await;
    let data = staff.ask("{ failedJobs { nodes { id } } }", json!({})).await;
    let recurring = data["failedJobs"]["nodes"][0]["id"].clone();
    let order = OrderId::at(app.clock.now(), [0; 10]).to_string();
    let before = app.rows("events").await;
    for (job, reason) in [
        (json!("x"), "NOT_FOUND at job"),
        (json!("job_99999"), "NOT_FOUND at job"),
        (json!("job_-1"), "NOT_FOUND at job"),
        (json!(order), "NOT_FOUND at job"),
        (recurring.clone(), "RECURS at job"),
    ] {
        let payload = staff.mutate("jobRetry", json!({ "job": job }), "retriedId userErrors { code field }").await;
        assert_eq!((refusals(&payload), &payload["retriedId"]), (vec![reason.to_owned()], &Value::Null));
    }
    assert_eq!((app.rows("events").await, app.rows("jobs WHERE dead_at IS NOT NULL").await), (before, 1));
    // It began anew when the worker did; what is left of the old one can go.
    app.work().await;
    let discarded = staff.mutate("jobDiscard", json!({ "job": recurring }), "discardedId userErrors { code field }").await;
    assert_eq!(refusals(&discarded), Vec::<String>::new());
    assert_eq!(app.rows("jobs WHERE kind = 'idempotency.forget'").await, 1);
}
