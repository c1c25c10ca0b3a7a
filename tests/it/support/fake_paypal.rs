//! PayPal, as far as our client speaks with it: access tokens, orders, authorizations, captures, refunds, checks of webhooks.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::{delete, get, post},
};
use ordergraph::{config::payment::PaymentConfig, payment::gateway::paypal::Paypal};
use serde_json::{Value, json};

use super::fake::{Edge, Said, http, ok, say};

/// The fake and its edge.
pub struct FakePaypal {
    pub edge: Edge,
    pub base: String,
    shop: Shop,
}

#[derive(Clone, Default)]
struct Shop {
    orders: Arc<Mutex<BTreeMap<String, Value>>>,
    count: Arc<Mutex<u64>>,
    /// How many tokens were given; only the last is good.
    tokens: Arc<Mutex<u64>>,
}

impl FakePaypal {
    pub async fn start() -> Self {
        let shop = Shop::default();
        let routes = Router::new()
            .route("/v1/oauth2/token", post(token))
            .route("/v2/checkout/orders", post(create))
            .route("/v2/checkout/orders/{id}", get(show))
            .route("/v2/checkout/orders/{id}/{act}", post(take))
            .route("/v2/payments/authorizations/{id}/{act}", post(authorization))
            .route("/v2/payments/captures/{id}", get(capture))
            .route("/v2/payments/captures/{id}/refund", post(refund))
            .route("/v3/vault/payment-tokens/{id}", delete(forget))
            .route("/v1/notifications/verify-webhook-signature", post(verify))
            .with_state(shop.clone());
        let (edge, base) = Edge::serve("paypal-request-id", routes).await;
        Self { edge, base, shop }
    }

    /// Our settings for it.
    pub fn config(&self) -> PaymentConfig {
        PaymentConfig {
            paypal_client_id: Some("client".into()),
            paypal_client_secret: Some("secret".into()),
            paypal_webhook_id: Some("WH-1".into()),
            paypal_api_base: self.base.clone(),
            gateway_timeout: 1,
            ..PaymentConfig::default()
        }
    }

    pub fn client(&self) -> Paypal {
        Paypal::configured(&self.config(), &http()).unwrap()
    }

    pub fn orders(&self) -> usize {
        self.shop.orders.lock().unwrap().len()
    }

    pub fn tokens(&self) -> u64 {
        *self.shop.tokens.lock().unwrap()
    }

    /// The tokens given so far end.
    pub fn end_tokens(&self) {
        *self.shop.tokens.lock().unwrap() += 1;
    }

    /// The buyer approves, with money or without.
    pub fn approve(&self, order: &str, has_money: bool) {
        let mut orders = self.shop.orders.lock().unwrap();
        let order = orders.get_mut(order).unwrap();
        order["status"] = "APPROVED".into();
        order["declines"] = json!(!has_money);
    }

    /// What PayPal has of an order.
    pub fn order(&self, order: &str) -> Value {
        self.shop.orders.lock().unwrap()[order].clone()
    }
}

impl Shop {
    fn id(&self, prefix: &str) -> String {
        let mut count = self.count.lock().unwrap();
        *count += 1;
        format!("{prefix}{count}")
    }

    fn knows(&self, headers: &HeaderMap) -> Result<(), Said> {
        let good = format!("Bearer token{}", self.tokens.lock().unwrap());
        if headers.get("authorization").is_some_and(|token| *token == good) {
            return Ok(());
        }
        Err(say(401, json!({"error": "invalid_token", "error_description": "Token signature verification failed"})))
    }

    /// Captures or authorises an order.
    fn take(&self, order: &mut Value, act: &str) -> Result<(), Said> {
        if order["declines"] == true {
            return Err(issue("INSTRUMENT_DECLINED", "The instrument presented was declined by the processor."));
        }
        let amount = order["purchase_units"][0]["amount"].clone();
        let (list, id) = if act == "capture" { ("captures", self.id("CAP")) } else { ("authorizations", self.id("AUTH")) };
        let status = if act == "capture" { "COMPLETED" } else { "CREATED" };
        order["purchase_units"][0]["payments"][list] = json!([{"id": id, "status": status, "amount": amount}]);
        order["status"] = "COMPLETED".into();
        if order.pointer("/payment_source/paypal/attributes/vault").is_some() {
            order["payment_source"]["paypal"]["attributes"]["vault"] =
                json!({"id": "vault1", "status": "VAULTED", "customer": {"id": "payer1"}});
        }
        Ok(())
    }

    /// Finds the order that holds a part, and the part's list and place.
    fn with_part<T>(&self, list: &str, id: &str, change: impl FnOnce(&mut Value, usize) -> T) -> Option<T> {
        let mut orders = self.orders.lock().unwrap();
        orders
            .values_mut()
            .find_map(|order| {
                let parts = order["purchase_units"][0]["payments"][list].as_array()?;
                let place = parts.iter().position(|part| part["id"] == id)?;
                Some((order, place))
            })
            .map(|(order, place)| change(order, place))
    }
}

fn issue(issue: &str, description: &str) -> Said {
    say(
        422,
        json!({"name": "UNPROCESSABLE_ENTITY", "message": "The requested action could not be performed.",
        "details": [{"issue": issue, "description": description}]}),
    )
}

fn not_found() -> Said {
    say(
        404,
        json!({"name": "RESOURCE_NOT_FOUND", "message": "The specified resource does not exist.", "details": [{"issue": "INVALID_RESOURCE_ID"}]}),
    )
}

/// Hundredths, whatever the currency.
fn hundredths(amount: &Value) -> i64 {
    let value = amount["value"].as_str().unwrap();
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "00"));
    whole.parse::<i64>().unwrap() * 100 + fraction.parse::<i64>().unwrap()
}

async fn token(State(shop): State<Shop>, headers: HeaderMap, body: String) -> Said {
    // client:secret
    if headers["authorization"] != "Basic Y2xpZW50OnNlY3JldA==" || body != "grant_type=client_credentials" {
        return say(401, json!({"error": "invalid_client", "error_description": "Client Authentication failed"}));
    }
    let mut tokens = shop.tokens.lock().unwrap();
    *tokens += 1;
    ok(json!({"access_token": format!("token{tokens}"), "token_type": "Bearer", "expires_in": 32_400}))
}

async fn create(State(shop): State<Shop>, headers: HeaderMap, Json(wanted): Json<Value>) -> Said {
    if let Err(refusal) = shop.knows(&headers) {
        return refusal;
    }
    let id = shop.id("ORDER");
    let mut order = wanted;
    let kept = order.pointer("/payment_source/paypal/vault_id").cloned();
    order["id"] = id.clone().into();
    order["status"] = "PAYER_ACTION_REQUIRED".into();
    order["links"] = json!([{"rel": "self", "href": "https://api.example"}, {"rel": "payer-action", "href": format!("https://paypal.example/{id}")}]);
    if let Some(kept) = kept {
        order["declines"] = json!(kept == "vault_empty");
        let act = if order["intent"] == "AUTHORIZE" { "authorize" } else { "capture" };
        if let Err(refusal) = shop.take(&mut order, act) {
            return refusal;
        }
    }
    shop.orders.lock().unwrap().insert(id, order.clone());
    say(201, order)
}

async fn show(State(shop): State<Shop>, headers: HeaderMap, Path(id): Path<String>) -> Said {
    if let Err(refusal) = shop.knows(&headers) {
        return refusal;
    }
    shop.orders.lock().unwrap().get(&id).cloned().map_or_else(not_found, ok)
}

async fn take(State(shop): State<Shop>, headers: HeaderMap, Path((id, act)): Path<(String, String)>) -> Said {
    if let Err(refusal) = shop.knows(&headers) {
        return refusal;
    }
    let mut orders = shop.orders.lock().unwrap();
    let Some(order) = orders.get_mut(&id) else { return not_found() };
    if order["status"] != "APPROVED" {
        return issue("ORDER_NOT_APPROVED", "Payer has not yet approved the Order for payment.");
    }
    match shop.take(order, &act) {
        Ok(()) => say(201, order.clone()),
        Err(refusal) => refusal,
    }
}

async fn authorization(
    State(shop): State<Shop>,
    headers: HeaderMap,
    Path((id, act)): Path<(String, String)>,
    Json(wanted): Json<Value>,
) -> Said {
    if let Err(refusal) = shop.knows(&headers) {
        return refusal;
    }
    let capture_id = shop.id("CAP");
    let done = shop.with_part("authorizations", &id, |order, place| {
        let payments = &mut order["purchase_units"][0]["payments"];
        let authorization = &mut payments["authorizations"][place];
        if authorization["status"] != "CREATED" {
            return issue("AUTHORIZATION_ALREADY_CAPTURED", "Authorization has already been captured.");
        }
        if act == "void" {
            authorization["status"] = "VOIDED".into();
            return (StatusCode::OK, Json(authorization.clone()));
        }
        if hundredths(&wanted["amount"]) > hundredths(&authorization["amount"]) {
            return issue("MAX_CAPTURE_AMOUNT_EXCEEDED", "Capture amount exceeds allowable limit.");
        }
        authorization["status"] = "CAPTURED".into();
        let capture = json!({"id": capture_id, "status": "COMPLETED", "amount": wanted["amount"]});
        payments["captures"] = json!([capture]);
        say(201, capture)
    });
    done.unwrap_or_else(not_found)
}

async fn capture(State(shop): State<Shop>, headers: HeaderMap, Path(id): Path<String>) -> Said {
    if let Err(refusal) = shop.knows(&headers) {
        return refusal;
    }
    let found = shop.with_part(
        "captures",
        &id,
        |order, _| json!({"id": id, "supplementary_data": {"related_ids": {"order_id": order["id"]}}}),
    );
    found.map_or_else(not_found, ok)
}

async fn refund(State(shop): State<Shop>, headers: HeaderMap, Path(id): Path<String>, Json(wanted): Json<Value>) -> Said {
    if let Err(refusal) = shop.knows(&headers) {
        return refusal;
    }
    let refund_id = shop.id("REF");
    let done = shop.with_part("captures", &id, |order, place| {
        let payments = &mut order["purchase_units"][0]["payments"];
        let given: i64 = payments["refunds"].as_array().into_iter().flatten().map(|refund| hundredths(&refund["amount"])).sum();
        let left = hundredths(&payments["captures"][place]["amount"]) - given - hundredths(&wanted["amount"]);
        if left < 0 {
            return issue("REFUND_AMOUNT_EXCEEDED", "The refund amount must be less than or equal to the capture amount.");
        }
        payments["captures"][place]["status"] = if left == 0 { "REFUNDED" } else { "PARTIALLY_REFUNDED" }.into();
        let refund = json!({"id": refund_id, "status": "COMPLETED", "amount": wanted["amount"], "custom_id": wanted["custom_id"],
            "note_to_payer": wanted["note_to_payer"]});
        match payments["refunds"].as_array_mut() {
            Some(refunds) => refunds.push(refund.clone()),
            None => payments["refunds"] = json!([refund]),
        }
        say(201, refund)
    });
    done.unwrap_or_else(not_found)
}

async fn forget(Path(id): Path<String>) -> Said {
    if id == "vault1" { (StatusCode::NO_CONTENT, Json(Value::Null)) } else { not_found() }
}

/// Genuine is what was signed `genuine`.
async fn verify(State(shop): State<Shop>, headers: HeaderMap, Json(question): Json<Value>) -> Said {
    if let Err(refusal) = shop.knows(&headers) {
        return refusal;
    }
    for field in ["auth_algo", "cert_url", "transmission_id", "transmission_sig", "transmission_time", "webhook_event"] {
        assert!(!question[field].is_null(), "{field}");
    }
    let genuine = question["transmission_sig"] == "genuine" && question["webhook_id"] == "WH-1";
    ok(json!({"verification_status": if genuine { "SUCCESS" } else { "FAILURE" }}))
}
