//! Stripe: one payment intent a payment.

mod amount;
mod read;

use async_trait::async_trait;
use reqwest::Method;
use serde_json::Value;

use super::{
    Gateway, GatewayError, Headers, Intent, Notice, NoticeRefused, RefundSnapshot, Snapshot, State,
    http::{ask, signed_body, text, unreadable},
};
use crate::{
    call::{Body, Call, Caller, segment},
    config::{
        payment::PaymentConfig,
        secret::{Secret, set},
    },
    money::Currency,
};

const SERVICE: &str = "Stripe";
/// The version that this client was written for: Stripe goes on answering as it did then.
const VERSION: &str = "2024-06-20";
/// What Stripe writes out instead of naming it.
const EXPAND: [&str; 2] = ["latest_charge.refunds", "payment_method"];

/// Stripe's client.
pub struct Stripe {
    caller: Caller,
    key: Secret,
    webhook_secrets: Option<Secret>,
}

type Fields = Vec<(String, String)>;

fn field(name: &str, value: impl ToString) -> (String, String) {
    (name.to_owned(), value.to_string())
}

impl Stripe {
    /// The client, when there is a key.
    pub fn configured(config: &PaymentConfig, http: &reqwest::Client) -> Option<Self> {
        Some(Self {
            caller: Caller::new(SERVICE, &config.stripe_api_base, http, config.timeout()),
            key: set(config.stripe_secret_key.as_ref())?.clone(),
            webhook_secrets: set(config.stripe_webhook_secret.as_ref()).cloned(),
        })
    }

    async fn call(&self, method: Method, path: String, key: Option<&str>, body: Body) -> Result<Value, GatewayError> {
        let mut headers =
            vec![("authorization", format!("Bearer {}", self.key.expose())), ("stripe-version", VERSION.to_owned())];
        headers.extend(key.map(|key| ("idempotency-key", key.to_owned())));
        ask(&self.caller, &Call { method, path, headers, body }, read::refusal).await
    }

    /// Does something with a payment intent.
    async fn intent(&self, key: &str, path: String, mut fields: Fields) -> Result<Snapshot, GatewayError> {
        fields.extend(EXPAND.map(|expanded| field("expand[]", expanded)));
        let object = self.call(Method::POST, path, Some(key), Body::Form(fields)).await?;
        read::intent(&object)
    }

    /// The customer that a method is kept with: Stripe keeps none without.
    async fn customer(&self, key: &str, intent: &Intent<'_>) -> Result<String, GatewayError> {
        let mut fields = vec![field("metadata[payment]", intent.payment)];
        fields.extend(intent.email.map(|email| field("email", email)));
        let object =
            self.call(Method::POST, "/v1/customers".into(), Some(&format!("{key}:customer")), Body::Form(fields)).await?;
        text(&object, "/id").map(str::to_owned).ok_or_else(|| unreadable(SERVICE, "id"))
    }

    /// After a refusal: the payment, when it already stands where it was to be brought.
    async fn unless_there(&self, error: GatewayError, reference: &str, there: &[State]) -> Result<Snapshot, GatewayError> {
        if !matches!(error, GatewayError::Rejected(_)) {
            return Err(error);
        }
        let snapshot = self.look(reference).await?;
        if there.contains(&snapshot.state) { Ok(snapshot) } else { Err(error) }
    }
}

#[async_trait]
impl Gateway for Stripe {
    async fn begin(&self, key: &str, intent: &Intent<'_>) -> Result<Snapshot, GatewayError> {
        let mut fields = vec![
            field("amount", amount::to_stripe(intent.amount_minor, intent.currency)?),
            field("currency", intent.currency.code().to_lowercase()),
            field("capture_method", if intent.capture { "automatic" } else { "manual" }),
            field("metadata[payment]", intent.payment),
            field("metadata[order]", intent.order_number),
        ];
        let customer = match intent.customer {
            Some(customer) => Some(customer.to_owned()),
            None if intent.save_method => Some(self.customer(key, intent).await?),
            None => None,
        };
        fields.extend(customer.map(|customer| field("customer", customer)));
        if intent.save_method {
            fields.push(field("setup_future_usage", "off_session"));
        }
        if let Some(method) = intent.method {
            fields.extend([field("payment_method", method), field("confirm", true)]);
        }
        match intent.return_url.filter(|_| intent.method.is_some()) {
            Some(url) => fields.push(field("return_url", url)),
            // Methods that send the buyer elsewhere need an address to come back to.
            None => fields.push(field("payment_method_types[]", "card")),
        }
        self.intent(key, "/v1/payment_intents".into(), fields).await
    }

    async fn confirm(&self, key: &str, reference: &str, method: Option<&str>, _capture: bool) -> Result<Snapshot, GatewayError> {
        let mut fields = Vec::new();
        match method {
            Some(method) => fields.push(field("payment_method", method)),
            None => {
                // The buyer's browser has usually confirmed it; then there is nothing to do but look.
                let object = self.fetch(reference).await?;
                if text(&object, "/status") != Some("requires_confirmation") {
                    return read::intent(&object);
                }
            }
        }
        let path = format!("/v1/payment_intents/{}/confirm", segment(reference));
        match self.intent(key, path, fields).await {
            Err(error) => self.unless_there(error, reference, &[State::Captured, State::Authorized, State::Processing]).await,
            done => done,
        }
    }

    async fn capture(&self, key: &str, reference: &str, minor: i64, currency: Currency) -> Result<Snapshot, GatewayError> {
        let path = format!("/v1/payment_intents/{}/capture", segment(reference));
        let fields = vec![field("amount_to_capture", amount::to_stripe(minor, currency)?)];
        match self.intent(key, path, fields).await {
            Err(error) => self.unless_there(error, reference, &[State::Captured]).await,
            done => done,
        }
    }

    async fn void(&self, key: &str, reference: &str) -> Result<Snapshot, GatewayError> {
        let path = format!("/v1/payment_intents/{}/cancel", segment(reference));
        match self.intent(key, path, Vec::new()).await {
            Err(error) => self.unless_there(error, reference, &[State::Cancelled]).await,
            done => done,
        }
    }

    async fn refund(
        &self,
        key: &str,
        reference: &str,
        minor: i64,
        currency: Currency,
        reason: Option<&str>,
    ) -> Result<RefundSnapshot, GatewayError> {
        let mut fields = vec![
            field("payment_intent", reference),
            field("amount", amount::to_stripe(minor, currency)?),
            field("metadata[key]", key),
        ];
        match reason {
            Some(reason @ ("duplicate" | "fraudulent" | "requested_by_customer")) => fields.push(field("reason", reason)),
            Some(reason) => fields.push(field("metadata[reason]", reason.chars().take(500).collect::<String>())),
            None => {}
        }
        let object = self.call(Method::POST, "/v1/refunds".into(), Some(key), Body::Form(fields)).await?;
        read::refund(&object)
    }

    async fn look(&self, reference: &str) -> Result<Snapshot, GatewayError> {
        read::intent(&self.fetch(reference).await?)
    }

    async fn forget_method(&self, token: &str) -> Result<(), GatewayError> {
        let path = format!("/v1/payment_methods/{}/detach", segment(token));
        self.call(Method::POST, path, None, Body::None).await.map(|_| ())
    }

    async fn notice(&self, headers: &Headers, body: &[u8], now_seconds: i64) -> Result<Notice, NoticeRefused> {
        let secrets = self.webhook_secrets.as_ref().ok_or(NoticeRefused::NotConfigured)?;
        let event = signed_body(headers.get("stripe-signature"), body, secrets.expose(), now_seconds)?;
        let object = event.pointer("/data/object").ok_or(NoticeRefused::Malformed)?;
        let reference = match text(object, "/object") {
            Some("payment_intent") => text(object, "/id"),
            // Charges, refunds and disputes name the payment that they belong to.
            _ => text(object, "/payment_intent"),
        };
        Ok(Notice {
            event: text(&event, "/id").ok_or(NoticeRefused::Malformed)?.to_owned(),
            kind: text(&event, "/type").ok_or(NoticeRefused::Malformed)?.to_owned(),
            reference: reference.map(str::to_owned),
        })
    }
}

impl Stripe {
    /// A payment intent with what this client reads of it.
    async fn fetch(&self, reference: &str) -> Result<Value, GatewayError> {
        let expand: Vec<String> = EXPAND.iter().map(|expanded| format!("expand[]={expanded}")).collect();
        let path = format!("/v1/payment_intents/{}?{}", segment(reference), expand.join("&"));
        self.call(Method::GET, path, None, Body::None).await
    }
}
