//! `customerCreate`.

use serde_json::json;

use crate::support::{TestApp, refusals};

const SELECTION: &str = "replayed userErrors { code field } customer { id name email phone status displayName }";

#[tokio::test]
async fn staff_create_a_customer_once() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let before = app.rows("customers").await;
    let input = json!({ "name": " Ann Other ", "email": "Ann@Example.com", "phone": "+49 30 123456", "idempotencyKey": "k" });
    let created = staff.mutate("customerCreate", input.clone(), SELECTION).await;
    let found = &created["customer"];
    assert_eq!((&found["displayName"], &found["status"]), (&json!("Ann Other (ann@example.com)"), &json!("ACTIVE")));
    let again = staff.mutate("customerCreate", input, SELECTION).await;
    assert_eq!((&again["replayed"], &again["customer"]), (&json!(true), found));
    for (input, refusal) in [
        (json!({ "name": "B", "email": "ann@EXAMPLE.com " }), "EMAIL_TAKEN at email"),
        (json!({ "name": "B", "email": "not an address" }), "INVALID_INPUT at email"),
        (json!({ "name": "B", "phone": "1".repeat(33) }), "INVALID_INPUT at phone"),
        (json!({ "name": "B".repeat(256) }), "INVALID_INPUT at name"),
    ] {
        assert_eq!(refusals(&staff.mutate("customerCreate", input, SELECTION).await), [refusal]);
    }
    assert_eq!(app.rows("customers").await, before + 1);
    for _ in 0..2 {
        // Missing addresses are not equal.
        assert_eq!(refusals(&staff.mutate("customerCreate", json!({ "name": "B" }), SELECTION).await), Vec::<String>::new());
    }
    let (buyer, _) = app.buyer("ada").await;
    assert_eq!(buyer.try_mutate("customerCreate", json!({ "name": "B" }), SELECTION).await.code(), "FORBIDDEN");
}
