//! `shippingMethodUpdate`, and who sees what was put away.

use serde_json::json;

use crate::support::{TestApp, refusals};

const SELECTION: &str = "userErrors { code field } shippingMethod { name price currency estimatedDays isActive }";

#[tokio::test]
async fn what_is_put_away_is_shown_to_staff_only() {
    let app = TestApp::new().await;
    let id = app.shipping_method(490).await.to_string();
    let staff = app.staff().await;
    let query =
        "query($id: ID!) { shippingMethod(id: $id) { id } node(id: $id) { id } shippingMethods(currency: \"EUR\") { id } }";
    let seen = json!({ "shippingMethod": { "id": id }, "node": { "id": id }, "shippingMethods": [{ "id": id }] });
    assert_eq!(app.anonymous().ask(query, json!({ "id": id })).await, seen);
    let changed = staff
        .mutate("shippingMethodUpdate", json!({ "shippingMethod": id, "isActive": false, "estimatedDays": 0 }), SELECTION)
        .await;
    let expected = json!({ "name": "Parcel", "price": "4.90", "currency": "EUR", "estimatedDays": 0, "isActive": false });
    assert_eq!(changed["shippingMethod"], expected);
    let unseen = json!({ "shippingMethod": null, "node": null, "shippingMethods": [] });
    assert_eq!(app.anonymous().ask(query, json!({ "id": id })).await, unseen);
    let all = "{ shippingMethods(includeInactive: true) { id } }";
    assert_eq!(staff.ask(all, json!({})).await["shippingMethods"], json!([{ "id": id }]));
    let (buyer, _) = app.buyer("ada").await;
    assert_eq!(buyer.send(all, json!({})).await.code(), "FORBIDDEN");
    assert_eq!(app.anonymous().send(all, json!({})).await.code(), "UNAUTHENTICATED");
}

#[tokio::test]
async fn another_currency_needs_another_price() {
    let app = TestApp::new().await;
    let id = app.shipping_method(490).await.to_string();
    let staff = app.staff().await;
    let refused = staff.mutate("shippingMethodUpdate", json!({ "shippingMethod": id, "currency": "JPY" }), SELECTION).await;
    assert_eq!(refusals(&refused), ["INVALID_AMOUNT at price"]);
    let changed =
        staff.mutate("shippingMethodUpdate", json!({ "shippingMethod": id, "currency": "JPY", "price": "500" }), SELECTION).await;
    assert_eq!(changed["shippingMethod"]["price"], "500");
    let other =
        staff.mutate("shippingMethodUpdate", json!({ "shippingMethod": "order_01h455vb4pex5vsknk084sn02q" }), SELECTION).await;
    assert_eq!(refusals(&other), ["NOT_FOUND at shippingMethod"]);
}
