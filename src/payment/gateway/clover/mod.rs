//! Clover's Ecommerce API: one charge a payment. A charge needs the token of a card, so nothing can be begun without one.

mod read;

use async_trait::async_trait;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    Gateway, GatewayError, Headers, Intent, Notice, NoticeRefused, RefundSnapshot, SavedMethod, Snapshot, State,
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

const SERVICE: &str = "Clover";
/// Most characters of the reference that merchants see on their statements.
const REFERENCE_LENGTH: usize = 12;

/// Clover's client.
pub struct Clover {
    caller: Caller,
    token: Secret,
    merchant: Option<String>,
    webhook_secrets: Option<Secret>,
    client_ip: Option<String>,
}

impl Clover {
    /// The client, when there is a token.
    pub fn configured(config: &PaymentConfig, http: &reqwest::Client) -> Option<Self> {
        Some(Self {
            caller: Caller::new(SERVICE, &config.clover_api_base, http, config.timeout()),
            token: set(config.clover_api_token.as_ref())?.clone(),
            merchant: config.clover_merchant_id.clone().filter(|id| !id.trim().is_empty()),
            webhook_secrets: set(config.clover_webhook_secret.as_ref()).cloned(),
            client_ip: config.clover_client_ip.map(|ip| ip.to_string()),
        })
    }

    async fn call(&self, method: Method, path: String, key: Option<&str>, body: Body) -> Result<Value, GatewayError> {
        let mut headers = vec![("authorization", format!("Bearer {}", self.token.expose()))];
        headers.extend(self.client_ip.clone().map(|ip| ("x-forwarded-for", ip)));
        headers.extend(key.map(|key| ("idempotency-key", key.to_owned())));
        ask(&self.caller, &Call { method, path, headers, body }, read::refusal).await
    }

    /// Keeps the card with a customer; afterwards the customer is what is charged.
    async fn keep(&self, key: &str, intent: &Intent<'_>, method: &str) -> Result<String, GatewayError> {
        let Some(email) = intent.email else {
            return Err(GatewayError::Rejected("Clover keeps a card only with the buyer's e-mail address".into()));
        };
        let customer = json!({"ecomind": "ecom", "email": email, "source": method});
        let customer = self.call(Method::POST, "/v1/customers".into(), Some(&format!("{key}:customer")), customer.into()).await?;
        text(&customer, "/id").map(str::to_owned).ok_or_else(|| unreadable(SERVICE, "id"))
    }
}

#[async_trait]
impl Gateway for Clover {
    async fn begin(&self, key: &str, intent: &Intent<'_>) -> Result<Snapshot, GatewayError> {
        let Some(method) = intent.method else {
            return Err(GatewayError::Rejected("Clover takes a payment only with the token of a card".into()));
        };
        let kept = if intent.save_method { Some(self.keep(key, intent, method).await?) } else { None };
        let mut number = intent.order_number.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>();
        number = number.split_off(number.len().saturating_sub(REFERENCE_LENGTH));
        let mut charge = json!({
            "ecomind": "ecom",
            "amount": intent.amount_minor,
            "currency": intent.currency.code().to_lowercase(),
            "source": kept.as_deref().unwrap_or(method),
            "capture": intent.capture,
            "external_reference_id": number,
            "description": format!("Order {}", intent.order_number),
            "metadata": {"payment": intent.payment.to_string(), "order": intent.order_number},
        });
        if kept.is_some() {
            charge["stored_credentials"] = json!({"sequence": "FIRST", "is_scheduled": false, "initiator": "CARDHOLDER"});
        }
        let charge = self.call(Method::POST, "/v1/charges".into(), Some(key), charge.into()).await?;
        let mut snapshot = read::charge(&charge)?;
        snapshot.saved =
            kept.map(|customer| SavedMethod { token: customer.clone(), customer: Some(customer), card: snapshot.card.clone() });
        Ok(snapshot)
    }

    /// A charge is done or refused at once: there is nothing to confirm but what it has become.
    async fn confirm(&self, _key: &str, reference: &str, method: Option<&str>, _capture: bool) -> Result<Snapshot, GatewayError> {
        match method {
            Some(_) => Err(GatewayError::Rejected("a Clover charge keeps its card; another one begins a new payment".into())),
            None => self.look(reference).await,
        }
    }

    async fn capture(&self, key: &str, reference: &str, minor: i64, _currency: Currency) -> Result<Snapshot, GatewayError> {
        let path = format!("/v1/charges/{}/capture", segment(reference));
        match self.call(Method::POST, path, Some(key), json!({"amount": minor}).into()).await {
            Ok(charge) => read::charge(&charge),
            Err(error @ GatewayError::Rejected(_)) => {
                let snapshot = self.look(reference).await?;
                if snapshot.state == State::Captured { Ok(snapshot) } else { Err(error) }
            }
            Err(error) => Err(error),
        }
    }

    /// Clover voids an uncaptured charge by refunding it. What was captured meanwhile must not be given back by that.
    async fn void(&self, key: &str, reference: &str) -> Result<Snapshot, GatewayError> {
        match self.look(reference).await? {
            snapshot if matches!(snapshot.state, State::Cancelled | State::Failed) => Ok(snapshot),
            snapshot if snapshot.state == State::Authorized => {
                self.call(Method::POST, "/v1/refunds".into(), Some(key), json!({"charge": reference}).into()).await?;
                self.look(reference).await
            }
            _ => Err(GatewayError::Rejected("the charge at Clover cannot be called off any more".into())),
        }
    }

    async fn refund(
        &self,
        key: &str,
        reference: &str,
        minor: i64,
        _currency: Currency,
        reason: Option<&str>,
    ) -> Result<RefundSnapshot, GatewayError> {
        let known = reason.filter(|reason| matches!(*reason, "duplicate" | "fraudulent"));
        let reason = known.unwrap_or("requested_by_customer");
        let refund = json!({"charge": reference, "amount": minor, "reason": reason, "metadata": {"key": key}});
        read::refund(&self.call(Method::POST, "/v1/refunds".into(), Some(key), refund.into()).await?)
    }

    async fn look(&self, reference: &str) -> Result<Snapshot, GatewayError> {
        let path = format!("/v1/charges/{}", segment(reference));
        read::charge(&self.call(Method::GET, path, None, Body::None).await?)
    }

    /// A kept card is a customer with one card (see `keep`): the card goes.
    async fn forget_method(&self, token: &str) -> Result<(), GatewayError> {
        let customer = self.call(Method::GET, format!("/v1/customers/{}", segment(token)), None, Body::None).await?;
        for source in super::http::list(&customer, "/sources/data") {
            let Some(source) = source.as_str().or_else(|| text(source, "/id")) else { continue };
            let path = format!("/v1/customers/{}/sources/{}", segment(token), segment(source));
            self.call(Method::DELETE, path, None, Body::None).await?;
        }
        Ok(())
    }

    async fn notice(&self, headers: &Headers, body: &[u8], now_seconds: i64) -> Result<Notice, NoticeRefused> {
        let secrets = self.webhook_secrets.as_ref().ok_or(NoticeRefused::NotConfigured)?;
        let event = signed_body(headers.get("clover-signature"), body, secrets.expose(), now_seconds)?;
        // The documentation writes the names in several ways.
        let named = |name: &str| {
            let fields = event.as_object()?;
            fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name)).and_then(|(_, value)| value.as_str())
        };
        if let (Some(ours), Some(theirs)) = (&self.merchant, named("merchantId"))
            && ours != theirs
        {
            return Err(NoticeRefused::Malformed);
        }
        let id = named("id").ok_or(NoticeRefused::Malformed)?;
        let kind = format!("{}.{}", named("type").unwrap_or("PAYMENT"), named("status").ok_or(NoticeRefused::Malformed)?);
        // Clover gives its deliveries no id of their own: the same news of the same payment is the same event.
        Ok(Notice { event: format!("{id}:{kind}"), kind, reference: Some(id.to_owned()) })
    }
}
