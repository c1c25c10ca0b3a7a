//! Shippo: one client for many carriers.

use async_trait::async_trait;
use chrono::DateTime;
use entity::time::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    Headers, Label, Moved, NoticeRefused, Parcel, Place, ProviderError, Rate, Shipment, ShippingProvider, TrackingEvent,
    TrackingStatus,
};
use crate::{
    call::{Body, Call, Caller, segment, shown},
    config::{
        secret::{Secret, set},
        shipping::ShippingConfig,
    },
    money::{Currency, parse_decimal, to_minor_unsigned},
    signature::{self, Bad},
};

/// The version that this client was written for.
const VERSION: &str = "2018-02-08";

/// Shippo's client.
pub struct Shippo {
    caller: Caller,
    token: Secret,
    webhook_secret: Option<Secret>,
}

fn text<'a>(body: &'a Value, pointer: &str) -> Option<&'a str> {
    body.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn list<'a>(body: &'a Value, pointer: &str) -> &'a [Value] {
    body.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn unreadable(what: &str) -> ProviderError {
    ProviderError::Unknown(format!("Shippo: the answer has no {what}"))
}

impl Shippo {
    /// The client, when there is a token.
    pub fn configured(config: &ShippingConfig, http: &reqwest::Client) -> Option<Self> {
        Some(Self {
            caller: Caller::new("Shippo", &config.shippo_api_base, http, config.timeout()),
            token: set(config.shippo_api_token.as_ref())?.clone(),
            webhook_secret: set(config.shippo_webhook_secret.as_ref()).cloned(),
        })
    }

    async fn call(&self, method: Method, path: String, body: Body, repeats: bool) -> Result<Value, ProviderError> {
        let headers =
            vec![("authorization", format!("ShippoToken {}", self.token.expose())), ("shippo-api-version", VERSION.to_owned())];
        let call = Call { method, path, headers, body };
        let answer = if repeats { self.caller.send(&call).await } else { self.caller.send_once(&call).await };
        let answer = answer.map_err(|none| ProviderError::Unknown(none.to_string()))?;
        if answer.is_success() {
            return Ok(answer.body);
        }
        let detail = text(&answer.body, "/detail").or_else(|| text(&answer.body, "/message")).unwrap_or("refused");
        match answer.status {
            408 | 409 => Err(ProviderError::Unknown(format!("Shippo: status {}", answer.status))),
            401 | 403 => Err(ProviderError::Rejected("Shippo does not accept our token for this".into())),
            status => Err(ProviderError::Rejected(format!("Shippo: {} ({status})", shown(detail)))),
        }
    }

    /// The label of a purchase: what it cost is told by its rate.
    async fn label(&self, bought: &Value, rate: &str) -> Result<Label, ProviderError> {
        match text(bought, "/status") {
            Some("SUCCESS") => {}
            Some("ERROR" | "REFUNDED" | "REFUNDPENDING" | "REFUNDREJECTED") => return Err(ProviderError::Rejected(said(bought))),
            _ => return Err(ProviderError::Unknown("Shippo is still at it".into())),
        }
        let rate = self.call(Method::GET, format!("/rates/{}", segment(rate)), Body::None, true).await?;
        let rate = read_rate(&rate).ok_or_else(|| unreadable("rate"))?;
        Ok(Label {
            reference: text(bought, "/object_id").ok_or_else(|| unreadable("id"))?.to_owned(),
            label_url: text(bought, "/label_url").ok_or_else(|| unreadable("label"))?.to_owned(),
            tracking_number: text(bought, "/tracking_number").ok_or_else(|| unreadable("tracking number"))?.to_owned(),
            tracking_url: text(bought, "/tracking_url_provider").map(str::to_owned),
            carrier: rate.carrier,
            cost_minor: rate.amount_minor,
            currency: rate.currency,
        })
    }
}

/// What Shippo or a carrier says about why not.
fn said(body: &Value) -> String {
    let words: Vec<String> = list(body, "/messages").iter().filter_map(|message| text(message, "/text")).map(shown).collect();
    if words.is_empty() { "Shippo gave no reason".into() } else { words.join("; ") }
}

fn place(place: &Place) -> Value {
    json!({
        "name": place.name, "street1": place.street, "street2": place.street_more, "city": place.city, "state": place.region,
        "zip": place.postal_code, "country": place.country, "phone": place.phone, "email": place.email,
    })
}

fn parcel(parcel: &Parcel) -> Value {
    json!({
        "length": parcel.length_mm.to_string(), "width": parcel.width_mm.to_string(), "height": parcel.height_mm.to_string(),
        "distance_unit": "mm", "weight": parcel.weight_g.to_string(), "mass_unit": "g",
    })
}

/// A rate; none when its price is not one that we can hold.
fn read_rate(rate: &Value) -> Option<Rate> {
    let currency = Currency::from_code(text(rate, "/currency")?)?;
    // Carriers may quote a tenth of a cent: what is paid is whole.
    let amount = parse_decimal(text(rate, "/amount")?).ok()?.round_dp(u32::from(currency.digits()));
    Some(Rate {
        reference: text(rate, "/object_id")?.to_owned(),
        service: text(rate, "/servicelevel/name").or_else(|| text(rate, "/servicelevel/token"))?.to_owned(),
        carrier: text(rate, "/provider")?.to_owned(),
        amount_minor: to_minor_unsigned(amount, currency).ok()?,
        currency,
        estimated_days: rate.pointer("/estimated_days").and_then(Value::as_u64).and_then(|days| u32::try_from(days).ok()),
    })
}

/// One thing that happened; none for what says nothing (`UNKNOWN`) or has no time.
fn read_event(event: &Value) -> Option<TrackingEvent> {
    let substatus = text(event, "/substatus/code");
    let status = match text(event, "/status")? {
        "PRE_TRANSIT" => TrackingStatus::PreTransit,
        "TRANSIT" if substatus == Some("out_for_delivery") => TrackingStatus::OutForDelivery,
        "TRANSIT" => TrackingStatus::Transit,
        "DELIVERED" => TrackingStatus::Delivered,
        "RETURNED" => TrackingStatus::Returned,
        "FAILURE" => TrackingStatus::Failure,
        _ => return None,
    };
    let at = DateTime::parse_from_rfc3339(text(event, "/status_date")?).ok()?;
    let location: Vec<&str> =
        ["/location/city", "/location/state", "/location/country"].iter().filter_map(|part| text(event, part)).collect();
    Some(TrackingEvent {
        status,
        location: (!location.is_empty()).then(|| location.join(", ")),
        description: shown(text(event, "/status_details").or_else(|| text(event, "/substatus/text")).unwrap_or_default()),
        at: Timestamp(at.timestamp_micros()),
    })
}

/// Shippo's token of a carrier, `dhl_express`, from its name, `DHL Express`.
fn carrier_token(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-'], "_")
}

#[async_trait]
impl ShippingProvider for Shippo {
    async fn rates(&self, shipment: &Shipment) -> Result<Vec<Rate>, ProviderError> {
        let parcels: Vec<Value> = shipment.parcels.iter().map(parcel).collect();
        let asked =
            json!({"address_from": place(&shipment.from), "address_to": place(&shipment.to), "parcels": parcels, "async": false});
        let answer = self.call(Method::POST, "/shipments/".into(), asked.into(), true).await?;
        let mut rates: Vec<Rate> = list(&answer, "/rates").iter().filter_map(read_rate).collect();
        if rates.is_empty() {
            return Err(ProviderError::Rejected(format!("no carrier takes it: {}", said(&answer))));
        }
        rates.sort_by(|a, b| (a.currency.code(), a.amount_minor).cmp(&(b.currency.code(), b.amount_minor)));
        Ok(rates)
    }

    /// Shippo knows no keys: what was bought with ours is found by its metadata, and a purchase is never repeated blindly.
    async fn buy(&self, key: &str, rate: &str) -> Result<Label, ProviderError> {
        let earlier = self.call(Method::GET, format!("/transactions/?rate={}", segment(rate)), Body::None, true).await?;
        let same = |bought: &&Value| text(bought, "/metadata") == Some(key) && text(bought, "/status") != Some("ERROR");
        if let Some(bought) = list(&earlier, "/results").iter().find(same) {
            return self.label(bought, rate).await;
        }
        let asked = json!({"rate": rate, "label_file_type": "PDF_4x6", "async": false, "metadata": key});
        let bought = self.call(Method::POST, "/transactions/".into(), asked.into(), false).await?;
        self.label(&bought, rate).await
    }

    async fn track(&self, carrier: &str, tracking_number: &str) -> Result<Vec<TrackingEvent>, ProviderError> {
        let path = format!("/tracks/{}/{}", segment(&carrier_token(carrier)), segment(tracking_number));
        let parcel = self.call(Method::GET, path, Body::None, true).await?;
        let mut events: Vec<TrackingEvent> = list(&parcel, "/tracking_history").iter().filter_map(read_event).collect();
        events.extend(parcel.pointer("/tracking_status").and_then(read_event).filter(|last| !events.contains(last)));
        events.sort_by_key(|event| event.at);
        Ok(events)
    }

    fn notice(
        &self,
        headers: &Headers,
        token: Option<&str>,
        body: &[u8],
        now_seconds: i64,
    ) -> Result<Option<Moved>, NoticeRefused> {
        let secret = self.webhook_secret.as_ref().ok_or(NoticeRefused::NotConfigured)?.expose();
        match (headers.get("shippo-auth-signature"), token) {
            (Some(header), _) => signature::check(header, body, secret, now_seconds).map_err(|bad| match bad {
                Bad::Signature => NoticeRefused::Signature,
                Bad::Age => NoticeRefused::Age,
            })?,
            (None, Some(token)) if signature::same(token, secret) => {}
            _ => return Err(NoticeRefused::Signature),
        }
        let event: Value = serde_json::from_slice(body).map_err(|_| NoticeRefused::Malformed)?;
        if text(&event, "/event").ok_or(NoticeRefused::Malformed)? != "track_updated" {
            return Ok(None);
        }
        Ok(Some(Moved {
            carrier: text(&event, "/data/carrier").ok_or(NoticeRefused::Malformed)?.to_owned(),
            tracking_number: text(&event, "/data/tracking_number").ok_or(NoticeRefused::Malformed)?.to_owned(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_of_shippo_is_one_of_ours() {
        let status = |status: &str, code: Option<&str>| {
            let event = json!({"status": status, "substatus": {"code": code}, "status_date": "2026-01-15T12:00:00Z"});
            read_event(&event).map(|event| event.status)
        };
        assert_eq!(status("PRE_TRANSIT", None), Some(TrackingStatus::PreTransit));
        assert_eq!(status("TRANSIT", Some("package_departed")), Some(TrackingStatus::Transit));
        assert_eq!(status("TRANSIT", Some("out_for_delivery")), Some(TrackingStatus::OutForDelivery));
        assert_eq!(status("DELIVERED", Some("delivered")), Some(TrackingStatus::Delivered));
        assert_eq!(status("RETURNED", None), Some(TrackingStatus::Returned));
        assert_eq!(status("FAILURE", None), Some(TrackingStatus::Failure));
        assert_eq!(status("UNKNOWN", None), None);
        assert_eq!(read_event(&json!({"status": "TRANSIT"})), None, "without a time it is no event");
    }

    #[test]
    fn carriers_have_tokens() {
        assert_eq!((carrier_token("USPS"), carrier_token("DHL Express")), ("usps".into(), "dhl_express".into()));
    }

    #[test]
    fn rates_we_cannot_hold_are_left_out() {
        let rate = |amount: &str, currency: &str| {
            let rate = json!({"object_id": "r", "amount": amount, "currency": currency, "provider": "USPS", "servicelevel": {"name": "Priority"}});
            read_rate(&rate).map(|rate| rate.amount_minor)
        };
        assert_eq!(rate("5.5", "USD"), Some(550));
        assert_eq!(rate("5.505", "USD"), Some(550), "halves to even, as the invoice of the provider");
        assert_eq!(rate("free", "USD"), None);
        assert_eq!(rate("-1", "USD"), None);
        assert_eq!(rate("5.5", "XXX"), None);
    }
}
