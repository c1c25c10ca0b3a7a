//! `shippingMethodCreate`.

use serde_json::{Value, json};

use crate::support::{TestApp, refusals};

const SELECTION: &str = "replayed userErrors { code field }
    shippingMethod { id name description price currency estimatedDays isActive deliveryDate }";

fn method(change: Value) -> Value {
    let mut input = json!({ "name": "Parcel", "price": "4.90", "currency": "EUR", "estimatedDays": 3 });
    for (name, value) in change.as_object().unwrap() {
        input[name] = value.clone();
    }
    input
}

#[tokio::test]
async fn staff_create_a_way_to_ship_once() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let input = method(json!({ "idempotencyKey": "k" }));
    let created = staff.mutate("shippingMethodCreate", input.clone(), SELECTION).await;
    let found = &created["shippingMethod"];
    assert_eq!(
        (&found["price"], &found["isActive"], &found["deliveryDate"]),
        (&json!("4.90"), &json!(true), &json!("2026-01-18"))
    );
    let again = staff.mutate("shippingMethodCreate", input, SELECTION).await;
    assert_eq!((&again["replayed"], &again["shippingMethod"]), (&json!(true), found));
    for (change, refusal) in [
        (json!({ "price": "0.001" }), "INVALID_AMOUNT at price"),
        (json!({ "price": "4.90", "currency": "JPY" }), "INVALID_AMOUNT at price"),
        (json!({ "price": "-1" }), "INVALID_AMOUNT at price"),
        (json!({ "estimatedDays": 9999999999_i64 }), "INVALID_INPUT at estimatedDays"),
        (json!({ "name": "" }), "INVALID_INPUT at name"),
        (json!({ "idempotencyKey": "k", "name": "Other" }), "IDEMPOTENCY_KEY_REUSED at idempotencyKey"),
    ] {
        assert_eq!(refusals(&staff.mutate("shippingMethodCreate", method(change), SELECTION).await), [refusal]);
    }
    let store = app.store("own").await;
    let seller = app.seller(store).await;
    assert_eq!(seller.try_mutate("shippingMethodCreate", method(json!({})), SELECTION).await.code(), "FORBIDDEN");
    assert_eq!(app.rows("shipping_methods").await, 1);
}
