//! PayPal: one order a payment, approved by the buyer at PayPal and then captured or authorised by us.

mod access;
mod amount;
mod read;
mod webhook;

use async_trait::async_trait;
use reqwest::Method;
use serde_json::{Value, json};

use self::access::Access;
use super::{
    Gateway, GatewayError, Headers, Intent, Notice, NoticeRefused, RefundSnapshot, Snapshot, State,
    http::{judge, list, text},
};
use crate::{
    call::{Body, Call, Caller, segment},
    config::{payment::PaymentConfig, secret::set},
    money::Currency,
};

const SERVICE: &str = "PayPal";
const ORDERS: &str = "/v2/checkout/orders";

/// PayPal's client.
pub struct Paypal {
    caller: Caller,
    access: Access,
    webhook: Option<String>,
}

impl Paypal {
    /// The client, when there are keys.
    pub fn configured(config: &PaymentConfig, http: &reqwest::Client) -> Option<Self> {
        let given = |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        Some(Self {
            caller: Caller::new(SERVICE, &config.paypal_api_base, http, config.timeout()),
            access: Access::new(&given(&config.paypal_client_id)?, set(config.paypal_client_secret.as_ref())?),
            webhook: given(&config.paypal_webhook_id),
        })
    }

    /// Calls with a token; once more with a new one when PayPal no longer takes it.
    async fn call(&self, method: Method, path: String, key: Option<&str>, body: Body) -> Result<Value, GatewayError> {
        let mut call = Call { method, path, headers: Vec::new(), body };
        for again in [true, false] {
            let token = self.access.token(&self.caller).await?;
            call.headers =
                vec![("authorization", format!("Bearer {}", token.expose())), ("prefer", "return=representation".to_owned())];
            call.headers.extend(key.map(|key| ("paypal-request-id", key.to_owned())));
            let answer = self.caller.send(&call).await?;
            if answer.status == 401 && again {
                self.access.forget(&token).await;
                continue;
            }
            return judge(SERVICE, answer, read::refusal);
        }
        Err(GatewayError::Rejected(format!("{SERVICE} does not accept our keys")))
    }

    async fn order(&self, reference: &str) -> Result<Value, GatewayError> {
        self.call(Method::GET, format!("{ORDERS}/{}", segment(reference)), None, Body::None).await
    }

    /// Takes what the buyer approved: captures or authorises, as the order was made for.
    async fn take(&self, key: &str, order: &Value) -> Result<Snapshot, GatewayError> {
        let act = if text(order, "/intent") == Some("AUTHORIZE") { "authorize" } else { "capture" };
        let reference = text(order, "/id").unwrap_or_default();
        let path = format!("{ORDERS}/{}/{act}", segment(reference));
        match self.call(Method::POST, path, Some(key), json!({}).into()).await {
            Ok(order) => read::order(&order),
            // Another call may have taken it meanwhile.
            Err(error @ GatewayError::Rejected(_)) => {
                let snapshot = self.look(reference).await?;
                if snapshot.state == State::RequiresAction { Err(error) } else { Ok(snapshot) }
            }
            Err(error) => Err(error),
        }
    }
}

/// How the buyer pays: with what PayPal has kept, or by approving at PayPal.
fn source(intent: &Intent<'_>) -> Value {
    if let Some(method) = intent.method {
        return json!({"paypal": {"vault_id": method}});
    }
    let mut paypal = json!({});
    if let Some(url) = intent.return_url {
        paypal["experience_context"] = json!({"return_url": url, "cancel_url": url, "user_action": "PAY_NOW"});
    }
    if intent.save_method {
        let mut attributes = json!({"vault": {"store_in_vault": "ON_SUCCESS", "usage_type": "MERCHANT"}});
        if let Some(customer) = intent.customer {
            attributes["customer"] = json!({"id": customer});
        }
        paypal["attributes"] = attributes;
    }
    json!({"paypal": paypal})
}

#[async_trait]
impl Gateway for Paypal {
    async fn begin(&self, key: &str, intent: &Intent<'_>) -> Result<Snapshot, GatewayError> {
        let payment = intent.payment.to_string();
        let order = json!({
            "intent": if intent.capture { "CAPTURE" } else { "AUTHORIZE" },
            "purchase_units": [{
                "custom_id": payment,
                // PayPal wants each invoice once; an order may be paid in several payments.
                "invoice_id": format!("{}/{payment}", intent.order_number),
                "amount": amount::to_paypal(intent.amount_minor, intent.currency)?,
            }],
            "payment_source": source(intent),
        });
        let order = self.call(Method::POST, ORDERS.into(), Some(key), order.into()).await?;
        if text(&order, "/status") == Some("APPROVED") {
            return self.take(&format!("{key}:take"), &order).await;
        }
        read::order(&order)
    }

    async fn confirm(&self, key: &str, reference: &str, method: Option<&str>, _capture: bool) -> Result<Snapshot, GatewayError> {
        if method.is_some() {
            let what = "the buyer approves a PayPal payment at PayPal; a kept method begins a new payment";
            return Err(GatewayError::Rejected(what.into()));
        }
        let order = self.order(reference).await?;
        if text(&order, "/status") == Some("APPROVED") {
            return self.take(key, &order).await;
        }
        read::order(&order)
    }

    async fn capture(&self, key: &str, reference: &str, minor: i64, currency: Currency) -> Result<Snapshot, GatewayError> {
        let order = self.order(reference).await?;
        let authorization = read::authorization(&order);
        let Some(id) = authorization.and_then(|authorization| text(authorization, "/id")) else {
            return Err(GatewayError::Rejected("nothing was authorised at PayPal".into()));
        };
        if read::captures(&order).iter().any(read::moved) {
            return read::order(&order);
        }
        let body = json!({"amount": amount::to_paypal(minor, currency)?, "final_capture": true});
        self.call(Method::POST, format!("/v2/payments/authorizations/{}/capture", segment(id)), Some(key), body.into()).await?;
        self.look(reference).await
    }

    async fn void(&self, key: &str, reference: &str) -> Result<Snapshot, GatewayError> {
        let order = self.order(reference).await?;
        let mut snapshot = read::order(&order)?;
        match (snapshot.state, read::authorization(&order).and_then(|authorization| text(authorization, "/id"))) {
            (State::Authorized, Some(id)) => {
                let path = format!("/v2/payments/authorizations/{}/void", segment(id));
                self.call(Method::POST, path, Some(key), json!({}).into()).await?;
                self.look(reference).await
            }
            // PayPal has no call for it: money moves only when we take what was approved, and an order ends by itself.
            (State::RequiresAction, _) => {
                snapshot.state = State::Cancelled;
                snapshot.redirect_url = None;
                Ok(snapshot)
            }
            (State::Cancelled | State::Failed, _) => Ok(snapshot),
            _ => Err(GatewayError::Rejected("the payment at PayPal cannot be called off any more".into())),
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
        let order = self.order(reference).await?;
        // A call whose answer was lost: what it did is there.
        let done = list(read::unit(&order), "/payments/refunds").iter().find(|refund| text(refund, "/custom_id") == Some(key));
        if let Some(done) = done {
            return read::refund(done);
        }
        let capture = read::captures(&order).iter().find(|capture| read::moved(capture));
        let Some(id) = capture.and_then(|capture| text(capture, "/id")) else {
            return Err(GatewayError::Rejected("nothing was captured at PayPal".into()));
        };
        let mut body = json!({"amount": amount::to_paypal(minor, currency)?, "custom_id": key});
        if let Some(reason) = reason {
            body["note_to_payer"] = reason.chars().take(255).collect::<String>().into();
        }
        let path = format!("/v2/payments/captures/{}/refund", segment(id));
        let refund = self.call(Method::POST, path, Some(key), body.into()).await?;
        read::refund(&refund)
    }

    async fn look(&self, reference: &str) -> Result<Snapshot, GatewayError> {
        read::order(&self.order(reference).await?)
    }

    async fn forget_method(&self, token: &str) -> Result<(), GatewayError> {
        let path = format!("/v3/vault/payment-tokens/{}", segment(token));
        self.call(Method::DELETE, path, None, Body::None).await.map(|_| ())
    }

    async fn notice(&self, headers: &Headers, body: &[u8], now_seconds: i64) -> Result<Notice, NoticeRefused> {
        let webhook = self.webhook.as_deref().ok_or(NoticeRefused::NotConfigured)?;
        webhook::check_age(headers, now_seconds)?;
        let event = std::str::from_utf8(body).map_err(|_| NoticeRefused::Malformed)?;
        let read: Value = serde_json::from_str(event).map_err(|_| NoticeRefused::Malformed)?;
        if !read.is_object() {
            return Err(NoticeRefused::Malformed);
        }
        if !self.is_genuine(webhook::question(headers, webhook, event)?).await? {
            return Err(NoticeRefused::Signature);
        }
        self.read_event(&read).await
    }
}
