//! Clover's Ecommerce API, as far as our client speaks with it: charges, refunds, customers with a card.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::HeaderMap,
    routing::{delete, get, post},
};
use ordergraph::{config::payment::PaymentConfig, payment::gateway::clover::Clover};
use serde_json::{Value, json};

use super::fake::{Edge, Said, http, ok, say, sign};

pub const WEBHOOK_SECRET: &str = "clover_whsec_fake";

/// The fake and its edge.
pub struct FakeClover {
    pub edge: Edge,
    pub base: String,
    shop: Shop,
}

#[derive(Clone, Default)]
struct Shop {
    charges: Arc<Mutex<BTreeMap<String, Value>>>,
    /// Customers and the card each has.
    customers: Arc<Mutex<BTreeMap<String, Vec<String>>>>,
}

impl FakeClover {
    pub async fn start() -> Self {
        let shop = Shop::default();
        let routes = Router::new()
            .route("/v1/charges", post(create))
            .route("/v1/charges/{id}", get(show))
            .route("/v1/charges/{id}/capture", post(capture))
            .route("/v1/refunds", post(refund))
            .route("/v1/customers", post(customer))
            .route("/v1/customers/{id}", get(show_customer))
            .route("/v1/customers/{id}/sources/{source}", delete(forget))
            .with_state(shop.clone());
        let (edge, base) = Edge::serve("idempotency-key", routes).await;
        Self { edge, base, shop }
    }

    /// Our settings for it.
    pub fn config(&self) -> PaymentConfig {
        PaymentConfig {
            clover_api_token: Some("clover_token".into()),
            clover_merchant_id: Some("MERCHANT1".into()),
            clover_webhook_secret: Some(WEBHOOK_SECRET.into()),
            clover_client_ip: Some([203, 0, 113, 7].into()),
            clover_api_base: self.base.clone(),
            gateway_timeout: 1,
            ..PaymentConfig::default()
        }
    }

    pub fn client(&self) -> Clover {
        Clover::configured(&self.config(), &http()).unwrap()
    }

    pub fn charges(&self) -> usize {
        self.shop.charges.lock().unwrap().len()
    }

    /// The cards that a customer has.
    pub fn cards_of(&self, customer: &str) -> Vec<String> {
        self.shop.customers.lock().unwrap()[customer].clone()
    }

    /// A webhook as hosted checkout sends it: the header of its signature and its body.
    pub fn webhook(&self, payment: &str, merchant: &str, seconds: i64) -> (String, String) {
        let body = json!({"createdTime": seconds, "message": "Approved for 2999", "status": "APPROVED", "type": "PAYMENT",
            "id": payment, "merchantId": merchant, "data": "checkout-session"})
        .to_string();
        (sign(WEBHOOK_SECRET, &body, seconds), body)
    }
}

fn refused(status: u16, code: &str, message: &str) -> Said {
    say(status, json!({"message": format!("{status} refused"), "error": {"code": code, "message": message}}))
}

fn knows(headers: &HeaderMap) -> Result<(), Said> {
    if headers.get("authorization").is_none_or(|token| token != "Bearer clover_token") {
        return Err(say(401, json!({"message": "401 Unauthorized"})));
    }
    // Clover takes no call that moves money without it.
    if headers.get("x-forwarded-for").is_none_or(|ip| ip != "203.0.113.7") {
        return Err(refused(400, "missing_header", "x-forwarded-for is required"));
    }
    Ok(())
}

async fn create(State(shop): State<Shop>, headers: HeaderMap, Json(wanted): Json<Value>) -> Said {
    if let Err(refusal) = knows(&headers) {
        return refusal;
    }
    assert!(wanted["external_reference_id"].as_str().unwrap().len() <= 12);
    let source = wanted["source"].as_str().unwrap();
    let known = source.starts_with("clv_") || shop.customers.lock().unwrap().get(source).is_some_and(|cards| !cards.is_empty());
    if !known {
        return refused(404, "resource_missing", "No such token");
    }
    if source == "clv_declined" {
        return say(
            402,
            json!({"message": "402 Payment Required", "error": {"type": "card_error", "code": "card_declined",
            "declineCode": "issuer_declined", "message": "DECLINED: Your card was declined."}}),
        );
    }
    let mut charges = shop.charges.lock().unwrap();
    let id = format!("CHARGE{}", charges.len() + 1);
    let charge = json!({"id": id, "object": "charge", "amount": wanted["amount"], "amount_refunded": 0, "currency": wanted["currency"],
        "captured": wanted["capture"], "paid": true, "status": "succeeded", "metadata": wanted["metadata"],
        "outcome": {"network_status": "approved_by_network", "type": "authorized"},
        "source": {"id": source, "brand": "VISA", "exp_month": "12", "exp_year": "2030", "first6": "401200", "last4": "0026"}});
    charges.insert(id, charge.clone());
    ok(charge)
}

async fn show(State(shop): State<Shop>, headers: HeaderMap, Path(id): Path<String>) -> Said {
    if let Err(refusal) = knows(&headers) {
        return refusal;
    }
    shop.charges.lock().unwrap().get(&id).cloned().map_or_else(|| refused(404, "resource_missing", "No such charge"), ok)
}

async fn capture(State(shop): State<Shop>, headers: HeaderMap, Path(id): Path<String>, Json(wanted): Json<Value>) -> Said {
    if let Err(refusal) = knows(&headers) {
        return refusal;
    }
    let mut charges = shop.charges.lock().unwrap();
    let Some(charge) = charges.get_mut(&id) else { return refused(404, "resource_missing", "No such charge") };
    if charge["captured"] == true || charge["refunded"] == true {
        return refused(400, "charge_already_captured", "The charge cannot be captured.");
    }
    if wanted["amount"].as_i64().unwrap() > charge["amount"].as_i64().unwrap() {
        return refused(400, "amount_too_large", "The amount is larger than what was authorised.");
    }
    charge["captured"] = true.into();
    charge["amount_captured"] = wanted["amount"].clone();
    ok(charge.clone())
}

async fn refund(State(shop): State<Shop>, headers: HeaderMap, Json(wanted): Json<Value>) -> Said {
    if let Err(refusal) = knows(&headers) {
        return refusal;
    }
    let mut charges = shop.charges.lock().unwrap();
    let Some(charge) = charges.get_mut(wanted["charge"].as_str().unwrap()) else {
        return refused(404, "resource_missing", "No such charge");
    };
    let taken = charge["amount_captured"].as_i64().or(charge["amount"].as_i64()).unwrap();
    let given = charge["amount_refunded"].as_i64().unwrap();
    let amount = wanted["amount"].as_i64().unwrap_or(taken - given);
    if given + amount > taken {
        return refused(400, "amount_too_large", "The refund is larger than what is left.");
    }
    charge["amount_refunded"] = (given + amount).into();
    charge["refunded"] = (given + amount == taken).into();
    ok(json!({"id": format!("REFUND{}", given + amount), "object": "refund", "amount": amount, "charge": wanted["charge"],
        "status": "succeeded", "reason": wanted["reason"]}))
}

async fn customer(State(shop): State<Shop>, headers: HeaderMap, Json(wanted): Json<Value>) -> Said {
    if let Err(refusal) = knows(&headers) {
        return refusal;
    }
    assert!(wanted["email"].as_str().unwrap().contains('@'));
    let mut customers = shop.customers.lock().unwrap();
    let id = format!("CUSTOMER{}", customers.len() + 1);
    customers.insert(id.clone(), vec![id.replace("CUSTOMER", "CARD")]);
    ok(json!({"id": id, "object": "customer", "sources": {"object": "list", "data": customers[&id]}}))
}

async fn show_customer(State(shop): State<Shop>, Path(id): Path<String>) -> Said {
    match shop.customers.lock().unwrap().get(&id) {
        Some(cards) => ok(json!({"id": id, "object": "customer", "sources": {"object": "list", "data": cards}})),
        None => refused(404, "resource_missing", "No such customer"),
    }
}

async fn forget(State(shop): State<Shop>, Path((id, source)): Path<(String, String)>) -> Said {
    shop.customers.lock().unwrap().get_mut(&id).unwrap().retain(|card| *card != source);
    ok(json!({"id": source, "deleted": true}))
}
