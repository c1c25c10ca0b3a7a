//! Payments by hand and through a provider that a test scripts; and the clients of the providers against fakes that keep state.

mod abandon;
mod by_hand;
mod cancel;
mod gateway_clover;
mod gateway_paypal;
mod gateway_stripe;
mod lost;
mod order_refund;
mod paypal;
mod provider;
mod refund;
mod webhook;

use std::sync::Arc;

use entity::{id::PaymentId, stored::PaymentGateway};
use ordergraph::{
    config::ServeConfig,
    doctor::examine,
    money::Currency,
    payment::gateway::{GatewayError, Gateways, Headers, Intent},
};
use serde_json::{Value, json};

use crate::support::{Client, NOW, TestApp, gateway::Provider, refusals};

/// What is asked of a payment.
pub const PAYMENT: &str = "id status type gateway amount authorized captured refunded refundable reference method captureMode
    cardBrand last4 note clientSecret redirectUrl failure { code message }
    refunds { amount status reason failureMessage } order { status paymentStatus totals { paid refunded balance } }";

/// A shop with one order of 60.00 by a buyer, and a provider that answers for Stripe.
pub struct Shop {
    pub app: TestApp,
    pub provider: Provider,
    pub buyer: Client,
    pub staff: Client,
    pub order: String,
}

pub async fn shop() -> Shop {
    shop_with(|_| {}).await
}

pub async fn shop_with(change: impl FnOnce(&mut ServeConfig)) -> Shop {
    let provider = Provider::default();
    let gateways = Gateways::default().with(PaymentGateway::Stripe, Arc::new(provider.clone()));
    let app = TestApp::with_gateways(change, gateways).await;
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 2_000, 100).await;
    let (buyer, _) = app.buyer("ada").await;
    let staff = app.staff().await;
    let order = buyer.places(&pen, 3).await;
    Shop { app, provider, buyer, staff, order }
}

impl Client {
    /// Runs a mutation of a payment; its payload.
    pub async fn pays(&self, mutation: &str, input: Value) -> Value {
        let more = match mutation {
            "paymentRefund" => "refund { id status amount failureMessage } refundable",
            "paymentProcess" => "clientSecret redirectUrl",
            _ => "",
        };
        self.mutate(mutation, input, &format!("payment {{ {PAYMENT} }} {more} replayed userErrors {{ code field message }}"))
            .await
    }
}

impl Shop {
    /// Begins a payment through the provider; its id.
    pub async fn begins(&self) -> String {
        let input = json!({ "order": self.order, "gateway": "STRIPE", "type": "CREDIT" });
        let payload = self.buyer.pays("paymentCreate", input).await;
        assert_eq!(refusals(&payload), Vec::<String>::new());
        payload["payment"]["id"].as_str().unwrap().to_owned()
    }

    /// Pays the whole order through the provider; the payment's id.
    pub async fn paid(&self) -> String {
        let id = self.begins().await;
        let payload = self.buyer.pays("paymentProcess", json!({ "payment": id, "method": "tok_visa" })).await;
        assert_eq!((refusals(&payload).len(), &payload["payment"]["status"]), (0, &json!("PAID")), "{payload:#}");
        id
    }

    /// A payment as staff see it.
    pub async fn payment(&self, id: &str) -> Value {
        let query = format!("query($id: ID!) {{ payment(id: $id) {{ {PAYMENT} }} }}");
        self.staff.ask(&query, json!({ "id": id })).await["payment"].clone()
    }

    /// The kinds of the order's events, oldest first.
    pub async fn told(&self) -> Vec<String> {
        let order = self.staff.order(&self.order, "events { nodes { kind } }").await;
        order["events"]["nodes"].as_array().unwrap().iter().map(|node| node["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// Everything holds that must.
    pub async fn is_well(&self) {
        assert_eq!(examine(self.app.db()).await.unwrap(), []);
    }

    /// Background work, half a minute later.
    pub async fn later(&self) {
        self.app.clock.advance_seconds(31);
        self.app.work().await;
    }

    /// The call is refused for this reason, and nothing is there that was not before.
    pub async fn refused(&self, client: &Client, mutation: &str, input: Value, reason: &str) {
        let before = (self.app.state().await, self.app.rows("payment_attempts").await);
        let payload = client.pays(mutation, input).await;
        assert_eq!(refusals(&payload), [reason], "{mutation} {payload:#}");
        assert_eq!((self.app.state().await, self.app.rows("payment_attempts").await), before, "{mutation}");
    }
}

/// A payment of 29.99 EUR with a card, captured at once.
fn intent(method: Option<&str>) -> Intent<'_> {
    Intent {
        payment: payment(),
        order_number: "ORD-2026-000123",
        amount_minor: 2999,
        currency: eur(),
        method,
        customer: None,
        save_method: false,
        capture: true,
        email: None,
        return_url: None,
    }
}

fn payment() -> PaymentId {
    PaymentId::at(NOW, [7; 10])
}

fn eur() -> Currency {
    Currency::from_code("EUR").unwrap()
}

fn headers(pairs: &[(&str, &str)]) -> Headers {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Whether the outcome is said to be unknown.
fn is_unknown<T>(answer: &Result<T, GatewayError>) -> bool {
    matches!(answer, Err(GatewayError::Unknown(_)))
}

/// Whether the call is said to be wrong.
fn is_rejected<T>(answer: &Result<T, GatewayError>) -> bool {
    matches!(answer, Err(GatewayError::Rejected(_)))
}

/// The code of a decline.
fn declined<T: std::fmt::Debug>(answer: Result<T, GatewayError>) -> String {
    match answer {
        Err(GatewayError::Declined(decline)) => decline.code,
        other => panic!("not declined: {other:?}"),
    }
}
