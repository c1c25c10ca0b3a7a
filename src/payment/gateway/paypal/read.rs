//! What PayPal's objects mean: orders with their authorizations, captures and refunds; errors.

use serde_json::Value;

use super::{
    super::{
        Card, Decline, GatewayError, RefundSnapshot, RefundState, SavedMethod, Snapshot, State,
        http::{Refusal, expires, list, text, unreadable},
    },
    SERVICE,
    amount::from_paypal,
};
use crate::call::shown;

/// Issues that are about the payer's money, not about the call.
const DECLINES: &[&str] = &[
    "INSTRUMENT_DECLINED",
    "PAYER_CANNOT_PAY",
    "PAYER_ACCOUNT_RESTRICTED",
    "PAYER_ACCOUNT_LOCKED_OR_CLOSED",
    "TRANSACTION_REFUSED",
    "TRANSACTION_BLOCKED_BY_PAYEE",
    "CARD_EXPIRED",
    "CARD_CLOSED",
    "CREDIT_CARD_CVV_CHECK_FAILED",
    "CREDIT_CARD_REFUSED",
    "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING",
    "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED",
    "COMPLIANCE_VIOLATION",
];

/// An order's only purchase unit, where its payments are.
pub fn unit(order: &Value) -> &Value {
    order.pointer("/purchase_units/0").unwrap_or(&Value::Null)
}

/// The first authorization of an order.
pub fn authorization(order: &Value) -> Option<&Value> {
    unit(order).pointer("/payments/authorizations/0")
}

/// The captures of an order.
pub fn captures(order: &Value) -> &[Value] {
    list(unit(order), "/payments/captures")
}

/// Whether a capture moved money.
pub fn moved(capture: &Value) -> bool {
    matches!(text(capture, "/status"), Some("COMPLETED" | "PARTIALLY_REFUNDED" | "REFUNDED"))
}

/// An order as it stands.
pub fn order(order: &Value) -> Result<Snapshot, GatewayError> {
    let reference = text(order, "/id").ok_or_else(|| unreadable(SERVICE, "id"))?.to_owned();
    let status = text(order, "/status").ok_or_else(|| unreadable(SERVICE, "status"))?;
    let captured = sum(captures(order).iter().filter(|capture| moved(capture)))?;
    let refunds = list(unit(order), "/payments/refunds").iter().map(refund).collect::<Result<Vec<_>, _>>()?;
    let state = state(order, status, captured)?;
    let promised = match state {
        State::Authorized | State::Captured => {
            sum(authorization(order).into_iter().filter(|auth| text(auth, "/status") != Some("DENIED")))?.max(captured)
        }
        _ => 0,
    };
    Ok(Snapshot {
        state,
        payment: text(unit(order), "/custom_id").and_then(|id| id.parse().ok()),
        authorized_minor: promised,
        captured_minor: captured,
        refunded_minor: refunds
            .iter()
            .filter(|refund| refund.state != RefundState::Failed)
            .map(|refund| refund.amount_minor)
            .sum(),
        refunds,
        client_secret: None,
        redirect_url: approval(order).filter(|_| state == State::RequiresAction),
        card: card(order),
        saved: saved(order),
        decline: decline(order).filter(|_| state == State::Failed),
        reference,
    })
}

fn state(order: &Value, status: &str, captured: i64) -> Result<State, GatewayError> {
    let authorization = authorization(order).and_then(|auth| text(auth, "/status"));
    let waiting = captures(order).iter().any(|capture| text(capture, "/status") == Some("PENDING"));
    Ok(match status {
        "CREATED" | "SAVED" | "PAYER_ACTION_REQUIRED" | "APPROVED" => State::RequiresAction,
        "VOIDED" => State::Cancelled,
        "COMPLETED" if captured > 0 => State::Captured,
        "COMPLETED" if waiting => State::Processing,
        "COMPLETED" => match authorization {
            Some("CREATED" | "PARTIALLY_CAPTURED" | "CAPTURED") => State::Authorized,
            Some("PENDING") => State::Processing,
            Some("VOIDED" | "EXPIRED") => State::Cancelled,
            _ => State::Failed,
        },
        _ => return Err(unreadable(SERVICE, "known status")),
    })
}

fn sum<'a>(amounts: impl Iterator<Item = &'a Value>) -> Result<i64, GatewayError> {
    amounts
        .map(|part| part.pointer("/amount").and_then(from_paypal).ok_or_else(|| unreadable(SERVICE, "whole amount")))
        .sum::<Result<i64, _>>()
}

/// Where the buyer approves.
fn approval(order: &Value) -> Option<String> {
    let approve = |link: &&Value| matches!(text(link, "/rel"), Some("payer-action" | "approve"));
    list(order, "/links").iter().find(approve).and_then(|link| text(link, "/href")).map(str::to_owned)
}

/// A refund.
pub fn refund(object: &Value) -> Result<RefundSnapshot, GatewayError> {
    let state = match text(object, "/status") {
        Some("COMPLETED") => RefundState::Succeeded,
        Some("CANCELLED" | "FAILED") => RefundState::Failed,
        _ => RefundState::Pending,
    };
    let reason = text(object, "/status_details/reason").filter(|_| state == RefundState::Failed);
    Ok(RefundSnapshot {
        reference: text(object, "/id").ok_or_else(|| unreadable(SERVICE, "id"))?.to_owned(),
        key: text(object, "/custom_id").map(str::to_owned),
        amount_minor: object.pointer("/amount").and_then(from_paypal).ok_or_else(|| unreadable(SERVICE, "amount"))?,
        state,
        decline: reason.map(|code| Decline { code: shown(code), message: "The refund failed.".into() }),
    })
}

/// The card, when the buyer paid with one; a PayPal account shows none. It ends as `2030-12`.
fn card(order: &Value) -> Option<Card> {
    let card = order.pointer("/payment_source/card")?;
    let end = text(card, "/expiry").and_then(|expiry| expiry.split_once('-'));
    Some(Card {
        brand: text(card, "/brand")?.to_lowercase(),
        last4: text(card, "/last_digits")?.to_owned(),
        expires: end.and_then(|(year, month)| expires(month.parse().ok(), year.parse().ok())),
    })
}

/// The payer's account or card, when PayPal has kept it.
fn saved(order: &Value) -> Option<SavedMethod> {
    let source = ["/payment_source/paypal", "/payment_source/card"].iter().find_map(|path| order.pointer(path))?;
    let vault = source.pointer("/attributes/vault").filter(|vault| text(vault, "/status") == Some("VAULTED"))?;
    Some(SavedMethod {
        token: text(vault, "/id")?.to_owned(),
        customer: text(vault, "/customer/id").map(str::to_owned),
        card: card(order),
    })
}

/// Why the money did not move.
fn decline(order: &Value) -> Option<Decline> {
    let part = captures(order).last().or_else(|| authorization(order))?;
    let code = text(part, "/processor_response/response_code").or_else(|| text(part, "/status_details/reason"));
    Some(Decline {
        code: shown(code.or_else(|| text(part, "/status")).unwrap_or("DECLINED")),
        message: "PayPal declined the payment.".into(),
    })
}

/// PayPal's wording of a refusal: the first issue of the details, or else the name of the error.
pub fn refusal(_status: u16, body: &Value) -> Refusal {
    let code = text(body, "/details/0/issue").or_else(|| text(body, "/name")).or_else(|| text(body, "/error"));
    let message = text(body, "/details/0/description").or_else(|| text(body, "/message"));
    Refusal {
        declined: code.is_some_and(|code| DECLINES.contains(&code)),
        code: code.unwrap_or("unknown").to_owned(),
        message: message.unwrap_or("PayPal refused.").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn order_of(status: &str, payments: Value) -> Snapshot {
        order(&json!({"id": "5O1", "status": status, "purchase_units": [{"payments": payments}]})).unwrap()
    }

    fn part(status: &str, value: &str) -> Value {
        json!({"id": "part", "status": status, "amount": {"currency_code": "EUR", "value": value}})
    }

    #[test]
    fn states_follow_the_money() {
        assert_eq!(order_of("CREATED", json!({})).state, State::RequiresAction);
        assert_eq!(order_of("VOIDED", json!({})).state, State::Cancelled);
        for (status, state) in [
            ("CREATED", State::Authorized),
            ("PENDING", State::Processing),
            ("VOIDED", State::Cancelled),
            ("DENIED", State::Failed),
        ] {
            assert_eq!(order_of("COMPLETED", json!({"authorizations": [part(status, "10.00")]})).state, state, "{status}");
        }
        for (status, state) in [
            ("COMPLETED", State::Captured),
            ("REFUNDED", State::Captured),
            ("PENDING", State::Processing),
            ("DECLINED", State::Failed),
        ] {
            assert_eq!(order_of("COMPLETED", json!({"captures": [part(status, "10.00")]})).state, state, "{status}");
        }
    }

    #[test]
    fn amounts_are_summed_from_what_happened() {
        let snapshot = order_of(
            "COMPLETED",
            json!({
                "authorizations": [part("CAPTURED", "10.00")],
                "captures": [part("PARTIALLY_REFUNDED", "6.00")],
                "refunds": [part("COMPLETED", "1.50"), part("FAILED", "2.00"), part("PENDING", "0.50")],
            }),
        );
        assert_eq!((snapshot.authorized_minor, snapshot.captured_minor, snapshot.refunded_minor), (1000, 600, 200));
        let denied = order_of("COMPLETED", json!({"authorizations": [part("DENIED", "10.00")]}));
        assert_eq!((denied.authorized_minor, denied.captured_minor), (0, 0));
        assert_eq!(denied.decline.unwrap().code, "DENIED");
    }

    #[test]
    fn issues_about_money_are_declines() {
        let declined =
            |issue: &str| refusal(422, &json!({"name": "UNPROCESSABLE_ENTITY", "details": [{"issue": issue}]})).declined;
        assert!(declined("INSTRUMENT_DECLINED"));
        assert!(!declined("ORDER_NOT_APPROVED"));
        assert_eq!(refusal(400, &json!({"name": "INVALID_REQUEST"})).code, "INVALID_REQUEST");
    }
}
