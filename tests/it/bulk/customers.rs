//! `customersBulkAction`.

use entity::stored::Role;
use serde_json::{Value, json};

use super::{ANSWER, accepted, by_three, operation, stands, to};
use crate::support::{TestApp, refusals};

#[tokio::test]
async fn many_are_blocked_and_signed_out_and_let_in_again() {
    let app = TestApp::new().await;
    let (ada, first) = app.buyer("ada").await;
    let (_, second) = app.buyer("bob").await;
    let (staff, own) = app.user("staff@shop.test", Role::Staff, &[]).await;
    let (_, colleague) = app.user("other@shop.test", Role::Staff, &[]).await;
    ada.ask("{ viewer { user { email } } }", json!({})).await;
    let ids = [first, own, second, colleague].map(|id| id.to_string());
    let input = json!({ "customers": ids, "action": to("BLOCKED"), "reason": "fraud", "idempotencyKey": "k" });
    let payload = staff.mutate("customersBulkAction", input.clone(), ANSWER).await;
    let outcomes: Vec<&Value> = payload["results"].as_array().unwrap().iter().map(|one| &one["outcome"]).collect();
    assert_eq!(outcomes, ["SUCCEEDED", "FAILED", "SUCCEEDED", "FAILED"], "nobody blocks themselves, staff not each other");
    assert_eq!(payload["results"][1]["code"], "FORBIDDEN");
    assert_eq!(ada.send("{ viewer { user { email } } }", json!({})).await.code(), "UNAUTHENTICATED");
    assert_eq!(staff.mutate("customersBulkAction", input, ANSWER).await["replayed"], true);
    let back = json!({ "selectAll": true, "filter": { "status": ["BLOCKED"] }, "action": to("ACTIVE") });
    assert_eq!(staff.mutate("customersBulkAction", back, ANSWER).await["processed"], 2);
    ada.ask("{ viewer { user { email } } }", json!({})).await;
    assert_eq!(app.sql_count("SELECT COUNT(*) FROM events WHERE kind = 'CUSTOMER_UPDATED' AND reason = 'fraud'").await, 2);
}

#[tokio::test]
async fn all_that_match_are_worked_off_in_the_background() {
    let app = TestApp::with(by_three).await;
    for number in 0..7 {
        app.customer(&format!("Spam {number}"), None, None).await;
    }
    let kept = app.customer("Spam Ltd", None, None).await.to_string();
    let staff = app.staff().await;
    let input = |dry: bool| {
        json!({ "selectAll": true, "filter": { "search": "spam" }, "excludeIds": [kept], "action": to("BLOCKED"), "dryRun": dry,
            "asJob": true })
    };
    for dry in [true, false] {
        let id = accepted(&staff, "customersBulkAction", input(dry)).await;
        app.work().await;
        assert_eq!(stands(&staff, &id).await, ("SUCCEEDED".to_owned(), [7, 7, 0, 0]));
        assert_eq!(operation(&staff, &id, "kind dryRun").await, json!({ "kind": "CUSTOMERS", "dryRun": dry }));
        let blocked = app.sql_count("SELECT COUNT(*) FROM customers WHERE status = 'BLOCKED'").await;
        assert_eq!(blocked, if dry { 0 } else { 7 });
    }
}

#[tokio::test]
async fn customers_and_sellers_block_nobody() {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let (ada, id) = app.buyer("ada").await;
    let input = json!({ "customers": [id.to_string()], "action": to("BLOCKED") });
    for client in [&ada, &app.seller(store).await] {
        assert_eq!(client.try_mutate("customersBulkAction", input.clone(), ANSWER).await.code(), "FORBIDDEN");
    }
    let staff = app.staff().await;
    let none = json!({ "customers": [], "action": to("BLOCKED") });
    assert_eq!(refusals(&staff.mutate("customersBulkAction", none, ANSWER).await), ["NOTHING_SELECTED at customers"]);
}
