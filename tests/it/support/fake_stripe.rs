//! Stripe, as far as our client speaks with it: payment intents, refunds, customers. Fields it does not know are refused.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::{Path, State},
    http::HeaderMap,
    routing::{get, post},
};
use ordergraph::{config::payment::PaymentConfig, payment::gateway::stripe::Stripe};
use serde_json::{Value, json};

use super::fake::{Edge, Said, http, ok, say, sign};

pub const WEBHOOK_SECRET: &str = "whsec_fake";
const KEY: &str = "Bearer sk_test_fake";

/// The fake and its edge.
pub struct FakeStripe {
    pub edge: Edge,
    pub base: String,
    shop: Shop,
}

#[derive(Clone, Default)]
struct Shop {
    intents: Arc<Mutex<BTreeMap<String, Value>>>,
    count: Arc<Mutex<u64>>,
}

type Fields = BTreeMap<String, String>;

impl FakeStripe {
    pub async fn start() -> Self {
        let shop = Shop::default();
        let routes = Router::new()
            .route("/v1/payment_intents", post(create))
            .route("/v1/payment_intents/{id}", get(show))
            .route("/v1/payment_intents/{id}/{act}", post(act))
            .route("/v1/refunds", post(refund))
            .route("/v1/customers", post(customer))
            .route("/v1/payment_methods/{id}/detach", post(detach))
            .with_state(shop.clone());
        let (edge, base) = Edge::serve("idempotency-key", routes).await;
        Self { edge, base, shop }
    }

    /// Our settings for it.
    pub fn config(&self) -> PaymentConfig {
        PaymentConfig {
            stripe_secret_key: Some("sk_test_fake".into()),
            stripe_webhook_secret: Some(WEBHOOK_SECRET.into()),
            stripe_api_base: self.base.clone(),
            gateway_timeout: 1,
            ..PaymentConfig::default()
        }
    }

    pub fn client(&self) -> Stripe {
        Stripe::configured(&self.config(), &http()).unwrap()
    }

    /// How many payment intents were made.
    pub fn intents(&self) -> usize {
        self.shop.intents.lock().unwrap().len()
    }

    /// What the buyer's browser does: gives a card and confirms with the client secret.
    pub fn pay_in_browser(&self, id: &str, method: &str) {
        let mut intents = self.shop.intents.lock().unwrap();
        let _ = self.shop.try_card(intents.get_mut(id).unwrap(), method);
    }

    /// A webhook about a payment: the header of its signature and its body.
    pub fn webhook(&self, event: &str, kind: &str, object: Value, seconds: i64) -> (String, String) {
        let body = json!({"id": event, "object": "event", "type": kind, "data": {"object": object}}).to_string();
        (sign(WEBHOOK_SECRET, &body, seconds), body)
    }
}

impl Shop {
    fn id(&self, prefix: &str) -> String {
        let mut count = self.count.lock().unwrap();
        *count += 1;
        format!("{prefix}_{count}")
    }

    /// Tries a card on a payment intent.
    fn try_card(&self, intent: &mut Value, method: &str) -> Result<(), Value> {
        intent["payment_method"] =
            json!({"id": method, "card": {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2030}});
        let declined = match method {
            "pm_card_chargeDeclined" => Some("generic_decline"),
            "pm_card_chargeDeclinedInsufficientFunds" => Some("insufficient_funds"),
            _ => None,
        };
        if let Some(reason) = declined {
            let error = json!({"type": "card_error", "code": "card_declined", "decline_code": reason, "message": "Your card was declined."});
            intent["status"] = "requires_payment_method".into();
            intent["last_payment_error"] = error.clone();
            return Err(error);
        }
        intent["last_payment_error"] = Value::Null;
        if method == "pm_card_authenticationRequired" {
            intent["status"] = "requires_action".into();
            intent["next_action"] =
                json!({"type": "redirect_to_url", "redirect_to_url": {"url": "https://hooks.stripe.com/3ds"}});
            return Ok(());
        }
        let manual = intent["capture_method"] == "manual";
        intent["status"] = if manual { "requires_capture" } else { "succeeded" }.into();
        intent["amount_received"] = if manual { json!(0) } else { intent["amount"].clone() };
        intent["latest_charge"] = json!({"id": self.id("ch"), "refunds": {"object": "list", "data": []},
            "payment_method_details": {"card": {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2030}}});
        Ok(())
    }
}

fn refused(status: u16, code: &str, message: &str) -> Said {
    say(status, json!({"error": {"type": "invalid_request_error", "code": code, "message": message}}))
}

/// The fields of a form, all of them known; the version must be the one we were written for.
fn fields(headers: &HeaderMap, body: &str, known: &[&str]) -> Result<Fields, Said> {
    if headers.get("authorization").is_none_or(|key| key != KEY) {
        return Err(refused(401, "invalid_api_key", "Invalid API Key provided: sk_test_****fake"));
    }
    assert_eq!(headers["stripe-version"], "2024-06-20");
    let all: Vec<(String, String)> = serde_urlencoded::from_str(body).unwrap();
    for (name, _) in &all {
        if name != "expand[]" && !known.contains(&name.as_str()) {
            return Err(refused(400, "parameter_unknown", &format!("Received unknown parameter: {name}")));
        }
    }
    Ok(all.into_iter().collect())
}

fn number(fields: &Fields, name: &str) -> Option<i64> {
    fields.get(name)?.parse().ok()
}

async fn create(State(shop): State<Shop>, headers: HeaderMap, body: String) -> Said {
    const KNOWN: &[&str] = &[
        "amount",
        "currency",
        "capture_method",
        "metadata[payment]",
        "metadata[order]",
        "customer",
        "return_url",
        "setup_future_usage",
        "payment_method",
        "confirm",
        "payment_method_types[]",
    ];
    let fields = match fields(&headers, &body, KNOWN) {
        Ok(fields) => fields,
        Err(refusal) => return refusal,
    };
    if fields.contains_key("setup_future_usage") && !fields.contains_key("customer") {
        return refused(400, "parameter_missing", "A method is kept with a customer.");
    }
    let id = shop.id("pi");
    let mut intent = json!({
        "id": id, "object": "payment_intent", "status": "requires_payment_method", "amount": number(&fields, "amount"), "amount_received": 0,
        "currency": fields["currency"], "capture_method": fields["capture_method"], "client_secret": format!("{id}_secret"),
        "customer": fields.get("customer"), "setup_future_usage": fields.get("setup_future_usage"), "payment_method": null,
        "metadata": {"payment": fields["metadata[payment]"], "order": fields["metadata[order]"]},
        "latest_charge": null, "last_payment_error": null, "next_action": null,
    });
    let tried = fields.get("payment_method").map_or(Ok(()), |method| shop.try_card(&mut intent, method));
    shop.intents.lock().unwrap().insert(id, intent.clone());
    match tried {
        Ok(()) => ok(intent),
        Err(error) => say(402, json!({"error": error})),
    }
}

async fn show(State(shop): State<Shop>, Path(id): Path<String>, headers: HeaderMap) -> Said {
    if let Err(refusal) = fields(&headers, "", &[]) {
        return refusal;
    }
    match shop.intents.lock().unwrap().get(&id) {
        Some(intent) => ok(intent.clone()),
        None => refused(404, "resource_missing", &format!("No such payment_intent: '{id}'")),
    }
}

async fn act(State(shop): State<Shop>, Path((id, act)): Path<(String, String)>, headers: HeaderMap, body: String) -> Said {
    let fields = match fields(&headers, &body, &["amount_to_capture", "payment_method"]) {
        Ok(fields) => fields,
        Err(refusal) => return refusal,
    };
    let mut intents = shop.intents.lock().unwrap();
    let Some(intent) = intents.get_mut(&id) else { return refused(404, "resource_missing", "No such payment_intent") };
    let status = intent["status"].as_str().unwrap().to_owned();
    match (act.as_str(), status.as_str()) {
        ("confirm", "requires_payment_method" | "requires_confirmation") => {
            let Some(method) = fields.get("payment_method") else { return refused(400, "parameter_missing", "No method.") };
            if let Err(error) = shop.try_card(intent, method) {
                return say(402, json!({"error": error}));
            }
        }
        ("capture", "requires_capture") => {
            let (amount, taken) = (intent["amount"].as_i64().unwrap(), number(&fields, "amount_to_capture"));
            let taken = taken.unwrap_or(amount);
            if taken > amount {
                return refused(400, "amount_too_large", "The amount to capture is too large.");
            }
            intent["amount_received"] = taken.into();
            intent["status"] = "succeeded".into();
        }
        ("cancel", "requires_payment_method" | "requires_capture" | "requires_confirmation" | "requires_action") => {
            intent["status"] = "canceled".into();
        }
        _ => return refused(400, "payment_intent_unexpected_state", &format!("This PaymentIntent's status is {status}.")),
    }
    ok(intent.clone())
}

async fn refund(State(shop): State<Shop>, headers: HeaderMap, body: String) -> Said {
    let fields = match fields(&headers, &body, &["payment_intent", "amount", "metadata[key]", "metadata[reason]", "reason"]) {
        Ok(fields) => fields,
        Err(refusal) => return refusal,
    };
    let id = shop.id("re");
    let mut intents = shop.intents.lock().unwrap();
    let Some(intent) = intents.get_mut(&fields["payment_intent"]) else {
        return refused(404, "resource_missing", "No such payment");
    };
    let received = intent["amount_received"].as_i64().unwrap();
    let currency = intent["currency"].clone();
    let Some(refunds) = intent.pointer_mut("/latest_charge/refunds/data").and_then(Value::as_array_mut) else {
        return refused(400, "charge_not_found", "This payment has no successful charge.");
    };
    let given: i64 = refunds.iter().map(|refund| refund["amount"].as_i64().unwrap()).sum();
    let amount = number(&fields, "amount").unwrap();
    if given + amount > received {
        return refused(400, "amount_too_large", "Refund amount is greater than unrefunded amount on charge.");
    }
    let refund = json!({"id": id, "object": "refund", "amount": amount, "currency": currency, "status": "succeeded",
        "reason": fields.get("reason"), "metadata": {"key": fields.get("metadata[key]"), "reason": fields.get("metadata[reason]")}});
    refunds.push(refund.clone());
    ok(refund)
}

async fn customer(State(shop): State<Shop>, headers: HeaderMap, body: String) -> Said {
    match fields(&headers, &body, &["email", "metadata[payment]"]) {
        Ok(fields) => ok(json!({"id": shop.id("cus"), "object": "customer", "email": fields.get("email")})),
        Err(refusal) => refusal,
    }
}

async fn detach(Path(id): Path<String>, headers: HeaderMap) -> Said {
    match fields(&headers, "", &[]) {
        Ok(_) if id == "pm_unknown" => refused(404, "resource_missing", "No such PaymentMethod"),
        Ok(_) => ok(json!({"id": id, "customer": null})),
        Err(refusal) => refusal,
    }
}
