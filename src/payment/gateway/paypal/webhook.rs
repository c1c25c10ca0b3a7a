//! PayPal's webhooks: PayPal itself says whether one is genuine, and the payment is the order that it is about.

use chrono::DateTime;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    super::{
        GatewayError, Headers, Notice, NoticeRefused,
        http::{list, text},
    },
    Paypal,
};
use crate::{
    call::{Body, segment},
    signature::TOLERANCE_SECONDS,
};

/// PayPal repeats a delivery for three days and may keep the time of the first try.
const OLDEST_SECONDS: i64 = 4 * 24 * 60 * 60;

/// The time of the transmission must be credible before PayPal is asked.
pub fn check_age(headers: &Headers, now_seconds: i64) -> Result<(), NoticeRefused> {
    let time = headers.get("paypal-transmission-time").ok_or(NoticeRefused::Signature)?;
    let time = DateTime::parse_from_rfc3339(time).map_err(|_| NoticeRefused::Signature)?.timestamp();
    let age = now_seconds.saturating_sub(time);
    if (-TOLERANCE_SECONDS..=OLDEST_SECONDS).contains(&age) { Ok(()) } else { Err(NoticeRefused::Age) }
}

/// The question to PayPal. The event goes along as it came, byte for byte: the signature is over its checksum.
pub fn question(headers: &Headers, webhook: &str, event: &str) -> Result<String, NoticeRefused> {
    let mut fields = json!({"webhook_id": webhook});
    for (field, header) in [
        ("auth_algo", "paypal-auth-algo"),
        ("cert_url", "paypal-cert-url"),
        ("transmission_id", "paypal-transmission-id"),
        ("transmission_sig", "paypal-transmission-sig"),
        ("transmission_time", "paypal-transmission-time"),
    ] {
        fields[field] = headers.get(header).ok_or(NoticeRefused::Signature)?.as_str().into();
    }
    let fields = fields.to_string();
    Ok(format!("{},\"webhook_event\":{event}}}", fields.trim_end_matches('}')))
}

impl Paypal {
    /// Whether PayPal says that it sent this.
    pub(super) async fn is_genuine(&self, question: String) -> Result<bool, NoticeRefused> {
        let path = "/v1/notifications/verify-webhook-signature".to_owned();
        match self.call(Method::POST, path, None, Body::Json(question)).await {
            Ok(answer) => Ok(text(&answer, "/verification_status") == Some("SUCCESS")),
            Err(GatewayError::Unknown(_) | GatewayError::NotConfigured) => Err(NoticeRefused::TryAgain),
            // What PayPal cannot even read is not PayPal's.
            Err(GatewayError::Rejected(_) | GatewayError::Declined(_)) => Ok(false),
        }
    }

    /// The event of a body, and the order it is about.
    pub(super) async fn read_event(&self, event: &Value) -> Result<Notice, NoticeRefused> {
        let kind = text(event, "/event_type").ok_or(NoticeRefused::Malformed)?;
        let resource = event.pointer("/resource").ok_or(NoticeRefused::Malformed)?;
        let related = text(resource, "/supplementary_data/related_ids/order_id");
        let reference = match related {
            _ if kind.starts_with("CHECKOUT.ORDER.") => text(resource, "/id").map(str::to_owned),
            Some(order) => Some(order.to_owned()),
            None => self.order_of_capture(resource).await?,
        };
        Ok(Notice { event: text(event, "/id").ok_or(NoticeRefused::Malformed)?.to_owned(), kind: kind.to_owned(), reference })
    }

    /// A refund names only the capture it belongs to, as a link; the capture names the order.
    async fn order_of_capture(&self, refund: &Value) -> Result<Option<String>, NoticeRefused> {
        let up = list(refund, "/links").iter().find(|link| text(link, "/rel") == Some("up")).and_then(|link| text(link, "/href"));
        let Some((_, capture)) = up.and_then(|href| href.rsplit_once("/v2/payments/captures/")) else { return Ok(None) };
        let path = format!("/v2/payments/captures/{}", segment(capture));
        match self.call(Method::GET, path, None, Body::None).await {
            Ok(capture) => Ok(text(&capture, "/supplementary_data/related_ids/order_id").map(str::to_owned)),
            Err(GatewayError::Unknown(_)) => Err(NoticeRefused::TryAgain),
            Err(_) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers() -> Headers {
        ["auth-algo", "cert-url", "transmission-id", "transmission-sig"]
            .map(|name| (format!("paypal-{name}"), format!("the {name}")))
            .into_iter()
            .chain([("paypal-transmission-time".to_owned(), "2026-01-15T12:00:00Z".to_owned())])
            .collect()
    }

    #[test]
    fn the_event_is_sent_back_byte_for_byte() {
        let event = "{ \"z\": 1.0,\"a\":\"\\u00e9\" }";
        let question = question(&headers(), "WH-1", event).unwrap();
        assert!(question.ends_with(&format!("\"webhook_event\":{event}}}")), "{question}");
        let read: Value = serde_json::from_str(&question).unwrap();
        assert_eq!((&read["webhook_id"], &read["auth_algo"]), (&json!("WH-1"), &json!("the auth-algo")));
        assert_eq!(read["transmission_time"], "2026-01-15T12:00:00Z");
    }

    #[test]
    fn a_missing_header_is_a_missing_signature() {
        for name in headers().into_keys() {
            let mut headers = headers();
            headers.remove(&name);
            assert_eq!(question(&headers, "WH-1", "{}"), Err(NoticeRefused::Signature), "{name}");
        }
    }

    #[test]
    fn deliveries_are_taken_for_as_long_as_paypal_repeats_them() {
        let at = |seconds: i64| check_age(&headers(), 1_768_478_400 + seconds);
        assert_eq!(at(0), Ok(()));
        assert_eq!(at(3 * 86_400), Ok(()));
        assert_eq!(at(5 * 86_400), Err(NoticeRefused::Age));
        assert_eq!(at(-301), Err(NoticeRefused::Age));
        assert_eq!(check_age(&Headers::new(), 0), Err(NoticeRefused::Signature));
    }
}
