//! What Stripe's objects mean: payment intents, refunds, errors.

use serde_json::Value;

use super::{
    super::{
        Card, Decline, GatewayError, RefundSnapshot, RefundState, SavedMethod, Snapshot, State,
        http::{Refusal, expires, list, number, text, unreadable},
    },
    SERVICE,
    amount::from_stripe,
};
use crate::{call::shown, money::Currency};

/// The currency of an object, which Stripe writes in small letters.
fn currency(object: &Value) -> Result<Currency, GatewayError> {
    let code = text(object, "/currency").ok_or_else(|| unreadable(SERVICE, "currency"))?;
    Currency::from_code(&code.to_uppercase()).ok_or_else(|| unreadable(SERVICE, "known currency"))
}

/// A payment intent with its latest charge and that charge's refunds.
pub fn intent(object: &Value) -> Result<Snapshot, GatewayError> {
    let currency = currency(object)?;
    let minor = |amount: i64| from_stripe(amount, currency).ok_or_else(|| unreadable(SERVICE, "whole amount"));
    let reference = text(object, "/id").ok_or_else(|| unreadable(SERVICE, "id"))?.to_owned();
    let decline = decline(object);
    let state = match text(object, "/status") {
        Some("succeeded") => State::Captured,
        Some("requires_capture") => State::Authorized,
        Some("processing") => State::Processing,
        Some("canceled") => State::Cancelled,
        Some("requires_payment_method") if decline.is_some() => State::Failed,
        Some("requires_payment_method" | "requires_confirmation" | "requires_action") => State::RequiresAction,
        _ => return Err(unreadable(SERVICE, "known status")),
    };
    let amount = number(object, "/amount").ok_or_else(|| unreadable(SERVICE, "amount"))?;
    let captured = if state == State::Captured { number(object, "/amount_received").unwrap_or(amount) } else { 0 };
    let promised = matches!(state, State::Captured | State::Authorized);
    let refunds = refunds(object, currency, amount - captured)?;
    let refunded = refunds.iter().filter(|refund| refund.state != RefundState::Failed).map(|refund| refund.amount_minor).sum();
    Ok(Snapshot {
        state,
        payment: text(object, "/metadata/payment").and_then(|id| id.parse().ok()),
        authorized_minor: if promised { minor(amount)? } else { 0 },
        captured_minor: minor(captured)?,
        refunded_minor: if state == State::Captured { refunded } else { 0 },
        refunds: if state == State::Captured { refunds } else { Vec::new() },
        client_secret: text(object, "/client_secret").map(str::to_owned),
        redirect_url: text(object, "/next_action/redirect_to_url/url").map(str::to_owned),
        card: card(object),
        saved: saved(object),
        decline: decline.filter(|_| state == State::Failed),
        reference,
    })
}

/// The refunds of the latest charge. Capturing less than was promised gives the rest back, which Stripe may list as a refund
/// of its own: money that was never taken was never given back either.
fn refunds(intent: &Value, currency: Currency, released: i64) -> Result<Vec<RefundSnapshot>, GatewayError> {
    let mut released = Some(released).filter(|released| *released > 0);
    let mut refunds = Vec::new();
    for object in list(intent, "/latest_charge/refunds/data") {
        let of_release = released.is_some() && number(object, "/amount") == released && text(object, "/metadata/key").is_none();
        if of_release {
            released = None;
            continue;
        }
        refunds.push(refund_in(object, currency)?);
    }
    Ok(refunds)
}

/// A refund.
pub fn refund(object: &Value) -> Result<RefundSnapshot, GatewayError> {
    refund_in(object, currency(object)?)
}

fn refund_in(object: &Value, currency: Currency) -> Result<RefundSnapshot, GatewayError> {
    let amount = number(object, "/amount").and_then(|amount| from_stripe(amount, currency));
    let code = text(object, "/failure_reason");
    Ok(RefundSnapshot {
        reference: text(object, "/id").ok_or_else(|| unreadable(SERVICE, "id"))?.to_owned(),
        key: text(object, "/metadata/key").map(str::to_owned),
        amount_minor: amount.ok_or_else(|| unreadable(SERVICE, "amount"))?,
        state: match text(object, "/status") {
            Some("succeeded") => RefundState::Succeeded,
            Some("failed" | "canceled") => RefundState::Failed,
            _ => RefundState::Pending,
        },
        decline: code.map(|code| Decline { code: shown(code), message: "The refund failed.".into() }),
    })
}

/// Why the last try of a payment failed.
fn decline(intent: &Value) -> Option<Decline> {
    let error = intent.pointer("/last_payment_error").filter(|error| error.is_object())?;
    Some(worded(error).decline())
}

/// The card of the charge, or else of the method.
fn card(intent: &Value) -> Option<Card> {
    let card = intent.pointer("/latest_charge/payment_method_details/card").or_else(|| intent.pointer("/payment_method/card"))?;
    Some(Card {
        brand: text(card, "/brand")?.to_owned(),
        last4: text(card, "/last4")?.to_owned(),
        expires: expires(number(card, "/exp_month"), number(card, "/exp_year")),
    })
}

/// The method that is kept: only one that was to be kept.
fn saved(intent: &Value) -> Option<SavedMethod> {
    text(intent, "/setup_future_usage")?;
    let token = text(intent, "/payment_method/id").or_else(|| text(intent, "/payment_method"))?;
    Some(SavedMethod { token: token.to_owned(), customer: text(intent, "/customer").map(str::to_owned), card: card(intent) })
}

/// Stripe's wording of a refusal. Errors of cards have status 402; so has no other.
pub fn refusal(status: u16, body: &Value) -> Refusal {
    let error = body.pointer("/error").unwrap_or(&Value::Null);
    Refusal { declined: status == 402 || text(error, "/type") == Some("card_error"), ..worded(error) }
}

/// An error object. The issuer's reason says more than `card_declined`.
fn worded(error: &Value) -> Refusal {
    let code = text(error, "/decline_code").filter(|code| *code != "generic_decline").or_else(|| text(error, "/code"));
    Refusal {
        declined: false,
        code: code.or_else(|| text(error, "/type")).unwrap_or("unknown").to_owned(),
        message: text(error, "/message").unwrap_or("Stripe refused.").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn captured() -> Value {
        json!({
            "id": "pi_1", "status": "succeeded", "amount": 1000, "amount_received": 600, "currency": "eur",
            "metadata": {}, "latest_charge": {"refunds": {"data": []}, "payment_method_details":
                {"card": {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2030}}},
        })
    }

    #[test]
    fn what_a_partial_capture_releases_was_not_given_back() {
        let mut object = captured();
        object["latest_charge"]["refunds"]["data"] = json!([
            {"id": "re_1", "amount": 400, "status": "succeeded", "metadata": {}},
            {"id": "re_2", "amount": 400, "status": "succeeded", "metadata": {"key": "k"}},
        ]);
        let snapshot = intent(&object).unwrap();
        assert_eq!((snapshot.authorized_minor, snapshot.captured_minor, snapshot.refunded_minor), (1000, 600, 400));
        assert_eq!(snapshot.refunds.len(), 1);
        assert_eq!(snapshot.refunds[0].key.as_deref(), Some("k"));
    }

    #[test]
    fn refunds_that_failed_do_not_count() {
        let mut object = captured();
        object["latest_charge"]["refunds"]["data"] = json!([
            {"id": "re_1", "amount": 100, "status": "failed", "failure_reason": "expired_or_canceled_card"},
            {"id": "re_2", "amount": 200, "status": "pending"},
        ]);
        let snapshot = intent(&object).unwrap();
        assert_eq!(snapshot.refunded_minor, 200);
        assert_eq!(snapshot.refunds[0].decline.as_ref().unwrap().code, "expired_or_canceled_card");
    }

    #[test]
    fn answers_without_what_matters_are_not_believed() {
        for field in ["id", "status", "amount", "currency"] {
            let mut object = captured();
            object[field] = Value::Null;
            assert!(matches!(intent(&object), Err(GatewayError::Unknown(_))), "{field}");
        }
        let mut object = captured();
        object["status"] = json!("a status of the future");
        assert!(matches!(intent(&object), Err(GatewayError::Unknown(_))));
    }

    #[test]
    fn the_issuers_reason_is_told() {
        let error = |value| refusal(402, &json!({"error": value})).decline().code;
        assert_eq!(error(json!({"code": "card_declined", "decline_code": "insufficient_funds"})), "insufficient_funds");
        assert_eq!(error(json!({"code": "card_declined", "decline_code": "generic_decline"})), "card_declined");
        assert_eq!(error(json!({"type": "api_error"})), "api_error");
        assert_eq!(error(Value::Null), "unknown");
    }
}
