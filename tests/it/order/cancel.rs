//! `orderCancel`.

use entity::stored::PaymentGateway;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Client, Goods, TestApp, refusals};

/// A shop with an order of three of ten pieces by a buyer, and staff.
async fn shop() -> (TestApp, Goods, Client, Client, String) {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 2999, 10).await;
    let (buyer, _) = app.buyer("ada").await;
    let staff = app.staff().await;
    let order = buyer.places(&pouch, 3).await;
    (app, pouch, buyer, staff, order)
}

/// The cancellation is refused for this reason, and nothing is there that was not before.
async fn refused(app: &TestApp, client: &Client, input: Value, reason: &str) {
    let before = app.state().await;
    let payload = client.change("orderCancel", input).await;
    assert_eq!(refusals(&payload), [reason], "{payload:#}");
    assert_eq!(app.state().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_eight_cancellations_at_once_one_succeeds() {
    let (app, pouch, buyer, staff, order) = shop().await;
    let calls: JoinSet<_> = (0..8)
        .map(|index| {
            let client = if index % 2 == 0 { buyer.clone() } else { staff.clone() };
            let input = json!({ "order": order });
            async move { client.change("orderCancel", input).await }
        })
        .collect();
    let mut outcomes = Vec::new();
    for payload in calls.join_all().await {
        outcomes.extend(refusals(&payload));
    }
    assert_eq!(outcomes, vec!["ORDER_NOT_CANCELLABLE at order"; 7]);
    assert_eq!(app.stock(&pouch).await, (10, 0, 0, 10));
    assert_eq!(app.rows("events").await, 2);
}

#[tokio::test]
async fn goods_go_back_to_stock_or_are_written_off() {
    let (app, pouch, buyer, staff, order) = shop().await;
    let lost = buyer.places(&pouch, 2).await;
    assert_eq!(app.stock(&pouch).await, (5, 5, 0, 10));
    let payload = staff.change("orderCancel", json!({ "order": lost, "restock": false, "reason": "broken" })).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    assert_eq!(app.stock(&pouch).await, (5, 3, 2, 10));
    let payload = buyer.change("orderCancel", json!({ "order": order, "reason": "changed my mind" })).await;
    assert_eq!((refusals(&payload).len(), &payload["order"]["status"]), (0, &json!("CANCELLED")));
    assert_eq!(app.stock(&pouch).await, (8, 0, 2, 10));
    let seen = staff.order(&order, "events(last: 1) { nodes { kind reason actorKind } }").await;
    assert_eq!(
        seen["events"]["nodes"],
        json!([{ "kind": "ORDER_CANCELLED", "reason": "changed my mind", "actorKind": "CUSTOMER" }])
    );
    for (client, order) in [(&buyer, &order), (&staff, &lost)] {
        refused(&app, client, json!({ "order": order }), "ORDER_NOT_CANCELLABLE at order").await;
    }
}

#[tokio::test]
async fn a_buyer_cancels_until_the_order_is_prepared_and_staff_until_it_arrives() {
    let (app, pouch, buyer, staff, order) = shop().await;
    staff.moves(&order, &["orderConfirm"]).await;
    assert_eq!(refusals(&buyer.change("orderCancel", json!({ "order": order })).await), Vec::<String>::new());
    let next = buyer.places(&pouch, 1).await;
    staff.moves(&next, &["orderProcess"]).await;
    refused(&app, &buyer, json!({ "order": next }), "ORDER_NOT_CANCELLABLE at order").await;
    staff.moves(&next, &["orderShip", "orderOutForDelivery"]).await;
    assert_eq!(refusals(&staff.change("orderCancel", json!({ "order": next })).await), Vec::<String>::new());
    let delivered = buyer.places(&pouch, 1).await;
    staff.moves(&delivered, &["orderProcess", "orderShip", "orderDeliver"]).await;
    refused(&app, &staff, json!({ "order": delivered }), "ORDER_NOT_CANCELLABLE at order").await;
    let admin = app.admin().await;
    refused(&app, &admin, json!({ "order": delivered, "force": true }), "REASON_REQUIRED at reason").await;
    let forced = json!({ "order": delivered, "force": true, "reason": "came back unopened" });
    assert_eq!(refusals(&admin.change("orderCancel", forced.clone()).await), Vec::<String>::new());
    refused(&app, &admin, forced, "ORDER_NOT_CANCELLABLE at order").await;
}

#[tokio::test]
async fn what_came_back_or_was_refunded_is_not_cancelled_by_anybody() {
    let (app, _, _, _, order) = shop().await;
    let admin = app.admin().await;
    for status in ["RETURNED", "REFUNDED", "CANCELLED"] {
        app.sql(&format!("UPDATE orders SET status = '{status}'")).await;
        let input = json!({ "order": order, "force": true, "reason": "please" });
        refused(&app, &admin, input, "ORDER_NOT_CANCELLABLE at order").await;
    }
}

#[tokio::test]
async fn nobody_cancels_what_is_not_theirs() {
    let (app, pouch, buyer, staff, order) = shop().await;
    let (other, _) = app.buyer("bob").await;
    refused(&app, &other, json!({ "order": order }), "NOT_FOUND at order").await;
    let store = app.store("mugs").await;
    refused(&app, &app.seller(store).await, json!({ "order": order }), "NOT_FOUND at order").await;
    let seller = app.seller(pouch.store).await;
    refused(&app, &seller, json!({ "order": order }), "FORBIDDEN at order").await;
    refused(&app, &buyer, json!({ "order": order, "force": true, "reason": "x" }), "FORCE_FORBIDDEN at force").await;
    refused(&app, &staff, json!({ "order": order, "force": true, "reason": "x" }), "FORCE_FORBIDDEN at force").await;
    refused(&app, &staff, json!({ "order": order, "reason": "x".repeat(2_001) }), "INVALID_INPUT at reason").await;
    let anonymous = app.anonymous().try_mutate("orderCancel", json!({ "order": order }), "order { id }").await;
    assert_eq!(anonymous.code(), "UNAUTHENTICATED");
    // A seller is a buyer of own purchases.
    let own = seller.places(&pouch, 1).await;
    assert_eq!(refusals(&seller.change("orderCancel", json!({ "order": own })).await), Vec::<String>::new());
}

#[tokio::test]
async fn what_was_paid_by_hand_is_recorded_as_given_back() {
    let (app, pouch, _, staff, _) = shop().await;
    let customer = app.customer("Eve", Some("eve@buyer.test"), None).await;
    let selection = "id status paymentStatus totals { paid refunded balance }
        payments { status refunded refunds { amount reason } }";
    let order = app.order_row("ORD-1", customer, &[(&pouch, 2, 1000)], |_| {}).await;
    app.paid(order, PaymentGateway::Manual, 1_500).await;
    app.paid(order, PaymentGateway::Manual, 500).await;
    let id = order.to_string();
    let payload = staff.change("orderCancel", json!({ "order": id, "reason": "sold out" })).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    assert_eq!(payload["order"]["paymentStatus"], "REFUNDED");
    let seen = staff.order(&id, selection).await;
    assert_eq!(seen["totals"], json!({ "paid": "20.00", "refunded": "20.00", "balance": "20.00" }));
    let refund = |amount: &str| json!({ "status": "REFUNDED", "refunded": amount, "refunds": [{ "amount": amount, "reason": "sold out" }] });
    assert_eq!(seen["payments"], json!([refund("15.00"), refund("5.00")]));
    let events = staff.order(&id, "events(last: 1) { nodes { changes { field old new } } }").await;
    assert_eq!(
        events["events"]["nodes"][0]["changes"],
        json!([
            { "field": "status", "old": "PENDING", "new": "CANCELLED" },
            { "field": "refunded", "old": "0.00", "new": "20.00" },
            { "field": "paymentStatus", "old": "PAID", "new": "REFUNDED" },
        ])
    );
}

#[tokio::test]
async fn money_that_a_provider_moved_is_given_back_by_the_provider() {
    let (app, pouch, _, staff, _) = shop().await;
    let customer = app.customer("Eve", Some("eve@buyer.test"), None).await;
    let kept = app.order_row("ORD-1", customer, &[(&pouch, 2, 1000)], |_| {}).await;
    app.paid(kept, PaymentGateway::Stripe, 1_500).await;
    app.paid(kept, PaymentGateway::Manual, 500).await;
    let payload = staff.change("orderCancel", json!({ "order": kept.to_string() })).await;
    assert_eq!(payload["order"]["paymentStatus"], "PARTIALLY_REFUNDED");
    assert_eq!(payload["order"]["totals"]["refunded"], "5.00");
    let asked = app.order_row("ORD-2", customer, &[(&pouch, 2, 1000)], |_| {}).await;
    app.paid(asked, PaymentGateway::Manual, 2_000).await;
    let payload = staff.change("orderCancel", json!({ "order": asked.to_string(), "refund": false })).await;
    assert_eq!((&payload["order"]["paymentStatus"], &payload["order"]["totals"]["refunded"]), (&json!("PAID"), &json!("0.00")));
    // What is asked of the provider is not given back yet.
    assert_eq!(app.rows("refunds").await, 2);
    assert_eq!(app.rows("payment_attempts").await, 1);
}

#[tokio::test]
async fn cancelling_twice_with_one_key_is_one_cancellation() {
    let (app, pouch, buyer, _, order) = shop().await;
    let input = json!({ "order": order, "idempotencyKey": "k" });
    buyer.change("orderCancel", input.clone()).await;
    let before = app.state().await;
    let again = buyer.change("orderCancel", input).await;
    assert_eq!((refusals(&again).len(), &again["replayed"]), (0, &json!(true)));
    assert_eq!((app.state().await, app.available(&pouch).await), (before, 10));
}

#[tokio::test]
async fn a_dry_run_gives_nothing_back() {
    let (app, _, buyer, _, order) = shop().await;
    let before = app.state().await;
    let payload = buyer.change("orderCancel", json!({ "order": order, "dryRun": true })).await;
    assert_eq!((refusals(&payload).len(), &payload["order"]["status"]), (0, &json!("CANCELLED")));
    assert_eq!(app.state().await, before);
}
