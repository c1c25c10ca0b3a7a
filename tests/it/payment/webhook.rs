//! Webhooks of payment providers.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use ordergraph::payment::gateway::{RefundSnapshot, RefundState};
use serde_json::json;
use tower::ServiceExt as _;

use super::{Shop, shop};
use crate::support::{NOW, gateway::Script};

/// Delivers a webhook about a payment.
async fn deliver(shop: &Shop, event: &str, reference: &str) -> StatusCode {
    let body = json!({ "event": event, "kind": "payment.updated", "reference": reference });
    send(shop, "stripe", "good", body.to_string()).await
}

async fn send(shop: &Shop, gateway: &str, signature: &str, body: String) -> StatusCode {
    let request = Request::post(format!("/webhooks/payments/{gateway}")).header("x-signature", signature);
    shop.app.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap().status()
}

#[tokio::test]
async fn a_webhook_is_answered_at_once_and_worked_off_by_a_job() {
    let shop = shop().await;
    let id = shop.begins().await;
    shop.buyer.pays("paymentProcess", json!({ "payment": id })).await;
    shop.provider.buyer_pays("pay_1", 6_000);
    for _ in 0..3 {
        assert_eq!(deliver(&shop, "evt_1", "pay_1").await, StatusCode::OK);
    }
    assert_eq!(shop.payment(&id).await["status"], "PENDING");
    assert_eq!(shop.app.rows("gateway_webhooks").await, 1);
    shop.app.work().await;
    let payment = shop.payment(&id).await;
    assert_eq!((&payment["status"], &payment["order"]["status"]), (&json!("PAID"), &json!("CONFIRMED")));
    let told = shop.told().await;
    // Old news, and news again, change nothing.
    for event in ["evt_1", "evt_0", "evt_2"] {
        deliver(&shop, event, "pay_1").await;
        shop.app.work().await;
    }
    assert_eq!(shop.told().await, told);
    shop.is_well().await;
}

#[tokio::test]
async fn what_is_not_from_the_provider_is_refused_and_not_kept() {
    let shop = shop().await;
    let body = json!({ "event": "e", "reference": "pay_1" }).to_string();
    let old = json!({ "event": "e", "reference": "pay_1", "sent": NOW.0 / 1_000_000 - 3_600 }).to_string();
    for (gateway, signature, body, status) in [
        ("stripe", "bad", body.clone(), StatusCode::BAD_REQUEST),
        ("stripe", "good", old, StatusCode::BAD_REQUEST),
        ("stripe", "good", "{".to_owned(), StatusCode::BAD_REQUEST),
        ("stripe", "good", "{}".to_owned(), StatusCode::BAD_REQUEST),
        ("paypal", "good", body.clone(), StatusCode::NOT_FOUND),
        ("manual", "good", body.clone(), StatusCode::NOT_FOUND),
        ("nobody", "good", body, StatusCode::NOT_FOUND),
        ("stripe", "good", "x".repeat(300 << 10), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        assert_eq!(send(&shop, gateway, signature, body.clone()).await, status, "{gateway} {signature} {}", body.len());
    }
    assert_eq!((shop.app.rows("gateway_webhooks").await, shop.app.rows("jobs").await), (0, 0));
}

#[tokio::test]
async fn news_that_come_before_our_own_answer_are_not_lost_and_not_doubled() {
    let shop = shop().await;
    let id = shop.begins().await;
    shop.provider.script(&[Script::LoseAnswer]);
    shop.buyer.pays("paymentProcess", json!({ "payment": id, "method": "tok_visa" })).await;
    deliver(&shop, "evt_1", "pay_1").await;
    shop.app.work().await;
    assert_eq!(shop.payment(&id).await["status"], "PAID", "the provider says which payment of ours it is");
    shop.later().await;
    assert_eq!(shop.provider.calls().len(), 1);
    // Refunds whose answers are lost: the webhook tells of them first, without our key and with it.
    for (event, together) in [("evt_2", "20.00"), ("evt_3", "40.00")] {
        shop.provider.script(&[Script::LoseAnswer]);
        shop.staff.pays("paymentRefund", json!({ "payment": id, "amount": "20.00" })).await;
        deliver(&shop, event, "pay_1").await;
        shop.app.work().await;
        assert_eq!(shop.payment(&id).await["refunded"], together);
        shop.later().await;
        assert_eq!(shop.payment(&id).await["refunded"], together);
        shop.provider.tell_keys();
    }
    assert_eq!(shop.app.rows("refunds").await, 2);
    shop.is_well().await;
}

#[tokio::test]
async fn what_happens_in_the_dashboard_is_found() {
    let shop = shop().await;
    let id = shop.paid().await;
    shop.provider.happens("pay_1", |payment| {
        payment.refunded_minor = 1_500;
        payment.refunds.push(RefundSnapshot {
            reference: "re_dashboard".into(),
            key: None,
            amount_minor: 1_500,
            state: RefundState::Succeeded,
            decline: None,
        });
    });
    deliver(&shop, "evt_9", "pay_1").await;
    shop.app.work().await;
    let payment = shop.payment(&id).await;
    assert_eq!((&payment["refunded"], &payment["status"]), (&json!("15.00"), &json!("PARTIALLY_REFUNDED")));
    // The bank sends it back.
    shop.provider.happens("pay_1", |payment| {
        payment.refunded_minor = 0;
        payment.refunds[0].state = RefundState::Failed;
    });
    deliver(&shop, "evt_10", "pay_1").await;
    shop.app.work().await;
    let payment = shop.payment(&id).await;
    assert_eq!(
        (&payment["refunded"], &payment["status"], &payment["refundable"]),
        (&json!("0.00"), &json!("PAID"), &json!("60.00"))
    );
    shop.is_well().await;
}

#[tokio::test]
async fn webhooks_in_any_order_end_the_same() {
    let mut ends = Vec::new();
    for seed in 0..6_usize {
        let shop = shop().await;
        let id = shop.paid().await;
        shop.staff.pays("paymentRefund", json!({ "payment": id, "amount": "10.00" })).await;
        shop.staff.pays("paymentRefund", json!({ "payment": id, "amount": "5.00" })).await;
        for step in 0..12_usize {
            let event = (step * 5 + seed * 7) % 12;
            assert_eq!(deliver(&shop, &format!("evt_{event}"), "pay_1").await, StatusCode::OK);
            if (step + seed).is_multiple_of(3) {
                shop.app.work().await;
            }
        }
        shop.app.work().await;
        let payment = shop.payment(&id).await;
        ends.push((payment["refunded"].clone(), payment["status"].clone(), shop.told().await));
    }
    ends.dedup();
    assert_eq!(ends.len(), 1, "{ends:#?}");
}
