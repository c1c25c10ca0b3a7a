//! `orderHold` and `orderHoldRelease`.

use ordergraph::doctor::examine;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, refusals};

async fn shop() -> (TestApp, Client, Client, String) {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 2999, 10).await;
    let (buyer, _) = app.buyer("ada").await;
    let staff = app.staff().await;
    let order = buyer.places(&pouch, 2).await;
    (app, buyer, staff, order)
}

async fn refused(app: &TestApp, client: &Client, mutation: &str, input: Value, reason: &str) {
    let before = app.state().await;
    let payload = client.mutate(mutation, input, "order { id } userErrors { code field message }").await;
    assert_eq!(refusals(&payload), [reason], "{mutation} {payload:#}");
    assert_eq!(app.state().await, before);
}

#[tokio::test]
async fn a_held_order_waits_until_it_is_released() {
    let (app, buyer, staff, order) = shop().await;
    let hold = json!({ "order": order, "reason": "FRAUD", "note": " card of another name " });
    let payload = staff.change("orderHold", hold.clone()).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    refused(&app, &staff, "orderHold", hold, "INVALID_TRANSITION at order").await;
    // It may be accepted, but neither prepared nor sent.
    staff.moves(&order, &["orderConfirm"]).await;
    for mutation in ["orderProcess", "orderShip", "fulfillmentCreate"] {
        refused(&app, &staff, mutation, json!({ "order": order }), "ORDER_ON_HOLD at order").await;
    }
    let force = json!({ "order": order, "status": "DELIVERED", "force": true, "reason": "please" });
    refused(&app, &app.admin().await, "orderStatusUpdate", force, "ORDER_ON_HOLD at order").await;
    let seen = staff
        .order(&order, "onHold holds { reason note heldBy { email } releasedAt } availableActions { action allowed reason }")
        .await;
    let held = json!([{ "reason": "FRAUD", "note": "card of another name", "heldBy": { "email": "staff@shop.test" }, "releasedAt": null }]);
    assert_eq!((&seen["onHold"], &seen["holds"]), (&json!(true), &held));
    let actions = seen["availableActions"].as_array().unwrap();
    assert!(actions.contains(&json!({ "action": "SHIP", "allowed": false, "reason": "the order is on hold" })), "{actions:?}");
    assert!(actions.contains(&json!({ "action": "CANCEL", "allowed": true, "reason": null })), "{actions:?}");
    // Why is not the buyer's to see.
    let seen = buyer.order(&order, "onHold holds { reason }").await;
    assert_eq!((&seen["onHold"], &seen["holds"]), (&json!(true), &json!([])));
    assert_eq!(staff.numbers("filter: { onHold: true }").await.len(), 1);
    assert_eq!(examine(app.db()).await.unwrap(), []);

    let payload = staff.change("orderHoldRelease", json!({ "order": order, "reason": "cleared" })).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    refused(&app, &staff, "orderHoldRelease", json!({ "order": order }), "INVALID_TRANSITION at order").await;
    let seen =
        staff.order(&order, "onHold holds { releasedAt releasedBy { email } } events(last: 1) { nodes { kind reason } }").await;
    assert_eq!(seen["holds"], json!([{ "releasedAt": "2026-01-15T12:00:00Z", "releasedBy": { "email": "staff@shop.test" } }]));
    assert_eq!(seen["events"]["nodes"], json!([{ "kind": "ORDER_RELEASED", "reason": "cleared" }]));
    assert_eq!(staff.numbers("filter: { onHold: true }").await.len(), 0);
    assert_eq!(staff.numbers("filter: { onHold: false }").await.len(), 1);
    staff.moves(&order, &["orderShip"]).await;
    refused(&app, &staff, "orderHold", json!({ "order": order, "reason": "OTHER" }), "INVALID_TRANSITION at order").await;
    assert_eq!(examine(app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn a_held_order_can_be_cancelled_which_ends_the_hold() {
    let (app, buyer, staff, order) = shop().await;
    staff.change("orderHold", json!({ "order": order, "reason": "PAYMENT" })).await;
    let payload = buyer.change("orderCancel", json!({ "order": order })).await;
    assert_eq!((refusals(&payload).len(), &payload["order"]["status"]), (0, &json!("CANCELLED")));
    let seen = staff.order(&order, "onHold holds { releasedAt }").await;
    assert_eq!((&seen["onHold"], &seen["holds"]), (&json!(false), &json!([{ "releasedAt": "2026-01-15T12:00:00Z" }])));
    assert_eq!(examine(app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn holding_is_for_staff_and_repeated_calls_are_one() {
    let (app, buyer, staff, order) = shop().await;
    let hold = json!({ "order": order, "reason": "STOCK", "idempotencyKey": "k" });
    for mutation in ["orderHold", "orderHoldRelease"] {
        let input = if mutation == "orderHold" { hold.clone() } else { json!({ "order": order }) };
        assert_eq!(buyer.try_mutate(mutation, input.clone(), "replayed").await.code(), "FORBIDDEN");
        assert_eq!(app.anonymous().try_mutate(mutation, input, "replayed").await.code(), "UNAUTHENTICATED");
    }
    refused(&app, &staff, "orderHold", json!({ "order": "x", "reason": "STOCK" }), "NOT_FOUND at order").await;
    let long = json!({ "order": order, "reason": "STOCK", "note": "x".repeat(2_001) });
    refused(&app, &staff, "orderHold", long, "INVALID_INPUT at note").await;
    let stale = json!({ "order": order, "reason": "STOCK", "expectedVersion": 7 });
    refused(&app, &staff, "orderHold", stale, "CONFLICT at expectedVersion").await;
    let mut dry = hold.clone();
    dry["dryRun"] = json!(true);
    let before = app.state().await;
    assert_eq!(refusals(&staff.change("orderHold", dry).await), Vec::<String>::new());
    assert_eq!(app.state().await, before);
    let first = staff.change("orderHold", hold.clone()).await;
    let again = staff.change("orderHold", hold).await;
    assert_eq!((&first["replayed"], &again["replayed"]), (&json!(false), &json!(true)));
    assert_eq!(app.rows("order_holds").await, 1);
}
