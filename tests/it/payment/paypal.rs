//! A payment through PayPal from beginning to end: the service with PayPal's client before a fake that keeps state, and
//! webhooks as PayPal sends them, repeated and in any order.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use entity::stored::PaymentGateway;
use ordergraph::{doctor::examine, payment::gateway::Gateways};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::support::{Client, TestApp, fake_paypal::FakePaypal, refusals};

struct Shop {
    app: TestApp,
    fake: FakePaypal,
    buyer: Client,
    staff: Client,
    order: String,
}

/// An order of 60.00 of which nothing is paid.
async fn shop() -> Shop {
    let fake = FakePaypal::start().await;
    let gateways = Gateways::default().with(PaymentGateway::Paypal, Arc::new(fake.client()));
    let app = TestApp::with_gateways(|_| {}, gateways).await;
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 2_000, 100).await;
    let (buyer, _) = app.buyer("ada").await;
    let staff = app.staff().await;
    let order = buyer.places(&pen, 3).await;
    Shop { app, fake, buyer, staff, order }
}

impl Shop {
    /// The buyer is sent to PayPal; the payment and PayPal's id of it.
    async fn begins(&self) -> (String, String) {
        let input = json!({ "order": self.order, "gateway": "PAYPAL", "type": "OTHER" });
        let created = self.buyer.pays("paymentCreate", input).await;
        assert_eq!(refusals(&created), Vec::<String>::new(), "{created:#}");
        let id = created["payment"]["id"].as_str().unwrap().to_owned();
        let input = json!({ "payment": id, "returnUrl": "https://shop.test/back" });
        let begun = self.buyer.pays("paymentProcess", input).await;
        assert_eq!(refusals(&begun), Vec::<String>::new(), "{begun:#}");
        let reference = begun["payment"]["reference"].as_str().unwrap().to_owned();
        assert_eq!(begun["redirectUrl"], format!("https://paypal.example/{reference}"));
        (id, reference)
    }

    async fn payment(&self, id: &str) -> Value {
        let query = "query($id: ID!) { payment(id: $id) { status captured refunded refunds { amount status } order { status paymentStatus } } }";
        self.staff.ask(query, json!({ "id": id })).await["payment"].clone()
    }

    /// PayPal delivers a webhook.
    async fn hears(&self, event: &str, kind: &str, resource: &Value) -> StatusCode {
        self.hears_signed("genuine", event, kind, resource).await
    }

    async fn hears_signed(&self, signature: &str, event: &str, kind: &str, resource: &Value) -> StatusCode {
        let body = json!({ "id": event, "event_type": kind, "resource": resource }).to_string();
        let request = Request::post("/webhooks/payments/paypal")
            .header("paypal-auth-algo", "SHA256withRSA")
            .header("paypal-cert-url", "https://api.paypal.com/cert.pem")
            .header("paypal-transmission-id", event)
            .header("paypal-transmission-sig", signature)
            .header("paypal-transmission-time", "2026-01-15T12:00:00Z");
        self.app.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap().status()
    }

    /// The events that the order tells of.
    async fn told(&self) -> Vec<String> {
        self.staff.kinds(&self.order).await
    }

    /// What PayPal tells of an order that was approved, captured and given back in part.
    fn news(&self, reference: &str) -> Vec<(&'static str, &'static str, Value)> {
        let order = self.fake.order(reference);
        let payments = &order["purchase_units"][0]["payments"];
        let (capture, refund) = (&payments["captures"][0]["id"], &payments["refunds"][0]["id"]);
        let up = format!("https://api-m.paypal.com/v2/payments/captures/{}", capture.as_str().unwrap_or_default());
        let captured = json!({ "id": capture, "supplementary_data": { "related_ids": { "order_id": reference } } });
        vec![
            ("WH-1", "CHECKOUT.ORDER.APPROVED", json!({ "id": reference })),
            ("WH-2", "PAYMENT.CAPTURE.COMPLETED", captured),
            ("WH-3", "PAYMENT.CAPTURE.REFUNDED", json!({ "id": refund, "links": [{ "rel": "up", "href": up }] })),
        ]
    }
}

#[tokio::test]
async fn a_buyer_who_approves_and_closes_the_page_has_paid() {
    let shop = shop().await;
    let (id, reference) = shop.begins().await;
    let approved = json!({ "id": reference });
    // Told before the buyer approved, it changes nothing.
    assert_eq!(shop.hears("WH-0", "CHECKOUT.ORDER.APPROVED", &approved).await, StatusCode::OK);
    shop.app.work().await;
    assert_eq!(shop.payment(&id).await["status"], "PENDING");
    shop.fake.approve(&reference, true);
    for _ in 0..3 {
        assert_eq!(shop.hears("WH-1", "CHECKOUT.ORDER.APPROVED", &approved).await, StatusCode::OK);
    }
    shop.app.work().await;
    let paid = shop.payment(&id).await;
    assert_eq!((&paid["status"], &paid["captured"]), (&json!("PAID"), &json!("60.00")));
    assert_eq!(paid["order"], json!({ "status": "CONFIRMED", "paymentStatus": "PAID" }));
    let told = shop.told().await;
    for (event, kind, resource) in shop.news(&reference).iter().take(2) {
        assert_eq!(shop.hears(event, kind, resource).await, StatusCode::OK);
        shop.app.work().await;
    }
    assert_eq!(shop.told().await, told, "nothing new");
    assert_eq!(shop.fake.order(&reference)["purchase_units"][0]["payments"]["captures"].as_array().unwrap().len(), 1);
    assert_eq!(examine(shop.app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn a_webhook_that_is_not_paypals_changes_nothing() {
    let shop = shop().await;
    let (id, reference) = shop.begins().await;
    shop.fake.approve(&reference, true);
    let resource = json!({ "id": reference });
    assert_eq!(shop.hears_signed("forged", "WH-1", "CHECKOUT.ORDER.APPROVED", &resource).await, StatusCode::BAD_REQUEST);
    shop.app.work().await;
    assert_eq!((shop.payment(&id).await["status"].clone(), shop.app.rows("gateway_webhooks").await), (json!("PENDING"), 0));
}

#[tokio::test]
async fn news_repeated_and_in_any_order_end_the_same() {
    let mut ends = Vec::new();
    for seed in 0..6_usize {
        let shop = shop().await;
        let (id, reference) = shop.begins().await;
        shop.fake.approve(&reference, true);
        shop.hears("WH-1", "CHECKOUT.ORDER.APPROVED", &json!({ "id": reference })).await;
        shop.app.work().await;
        shop.staff.pays("paymentRefund", json!({ "payment": id, "amount": "15.00" })).await;
        let mut news = shop.news(&reference);
        news.extend(news.clone());
        for step in 0..news.len() {
            let (event, kind, resource) = &news[(step * 5 + seed) % news.len()];
            assert_eq!(shop.hears(event, kind, resource).await, StatusCode::OK);
            if (step + seed).is_multiple_of(2) {
                shop.app.work().await;
            }
        }
        shop.app.work().await;
        assert_eq!(shop.app.rows("gateway_webhooks").await, 3);
        ends.push((shop.payment(&id).await, shop.told().await));
        assert_eq!(examine(shop.app.db()).await.unwrap(), []);
    }
    let (payment, told) = &ends[0];
    assert_eq!((&payment["status"], &payment["refunded"]), (&json!("PARTIALLY_REFUNDED"), &json!("15.00")));
    assert_eq!(payment["refunds"], json!([{ "amount": "15.00", "status": "SUCCEEDED" }]));
    assert_eq!(told.iter().filter(|kind| *kind == "PAYMENT_CAPTURED").count(), 1);
    ends.dedup();
    assert_eq!(ends.len(), 1, "{ends:#?}");
}
