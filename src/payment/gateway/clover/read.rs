//! What Clover's objects mean: charges, refunds, errors.

use serde_json::Value;

use super::{
    super::{
        Card, Decline, GatewayError, RefundSnapshot, RefundState, Snapshot, State,
        http::{Refusal, expires, list, number, text, unreadable},
    },
    SERVICE,
};

/// A charge as it stands. Clover voids an uncaptured charge by refunding it, so what it says was refunded counts only for what
/// was captured.
pub fn charge(object: &Value) -> Result<Snapshot, GatewayError> {
    let reference = text(object, "/id").ok_or_else(|| unreadable(SERVICE, "id"))?.to_owned();
    let amount = number(object, "/amount").ok_or_else(|| unreadable(SERVICE, "amount"))?;
    let captured = object.pointer("/captured").and_then(Value::as_bool).unwrap_or(false);
    let given_back = number(object, "/amount_refunded").unwrap_or(0);
    let voided = object.pointer("/refunded").and_then(Value::as_bool).unwrap_or(false) || given_back >= amount;
    let state = match text(object, "/status") {
        Some("succeeded") if captured => State::Captured,
        Some("succeeded") if voided => State::Cancelled,
        Some("succeeded") => State::Authorized,
        Some("pending") => State::Processing,
        Some("failed") => State::Failed,
        _ => return Err(unreadable(SERVICE, "known status")),
    };
    let taken = number(object, "/amount_captured").filter(|taken| *taken > 0).unwrap_or(amount);
    let refunds = list(object, "/refunds/data").iter().filter(|refund| refund.is_object());
    Ok(Snapshot {
        state,
        payment: text(object, "/metadata/payment").and_then(|id| id.parse().ok()),
        authorized_minor: if matches!(state, State::Captured | State::Authorized) { amount.max(taken) } else { 0 },
        captured_minor: if state == State::Captured { taken } else { 0 },
        refunded_minor: if state == State::Captured { given_back.min(taken) } else { 0 },
        refunds: if state == State::Captured { refunds.map(refund).collect::<Result<_, _>>()? } else { Vec::new() },
        client_secret: None,
        redirect_url: None,
        card: card(object),
        saved: None,
        decline: (state == State::Failed).then(|| decline(object)),
        reference,
    })
}

/// A refund.
pub fn refund(object: &Value) -> Result<RefundSnapshot, GatewayError> {
    let state = match text(object, "/status") {
        Some("succeeded") => RefundState::Succeeded,
        Some("failed" | "canceled") => RefundState::Failed,
        _ => RefundState::Pending,
    };
    Ok(RefundSnapshot {
        reference: text(object, "/id").ok_or_else(|| unreadable(SERVICE, "id"))?.to_owned(),
        key: text(object, "/metadata/key").map(str::to_owned),
        amount_minor: number(object, "/amount").ok_or_else(|| unreadable(SERVICE, "amount"))?,
        state,
        decline: (state == RefundState::Failed).then(|| decline(object)),
    })
}

/// The card of a charge.
fn card(object: &Value) -> Option<Card> {
    let card = object.pointer("/source")?;
    Some(Card {
        brand: text(card, "/brand")?.to_lowercase(),
        last4: text(card, "/last4")?.to_owned(),
        expires: expires(number(card, "/exp_month"), number(card, "/exp_year")),
    })
}

fn decline(object: &Value) -> Decline {
    let code = text(object, "/failure_code").or_else(|| text(object, "/outcome/network_status")).unwrap_or("declined");
    let message = text(object, "/failure_message").unwrap_or("The card was declined.");
    Refusal { declined: true, code: code.to_owned(), message: message.to_owned() }.decline()
}

/// Clover's wording of a refusal. The issuer's reason says more than `card_declined`.
pub fn refusal(status: u16, body: &Value) -> Refusal {
    let error = body.pointer("/error").unwrap_or(&Value::Null);
    let issuer = text(error, "/declineCode").or_else(|| text(error, "/decline_code"));
    let code = issuer.or_else(|| text(error, "/code"));
    let message = text(error, "/message").or_else(|| text(body, "/message"));
    Refusal {
        declined: status == 402 || text(error, "/type") == Some("card_error") || text(error, "/code") == Some("card_declined"),
        code: code.unwrap_or("unknown").to_owned(),
        message: message.unwrap_or("Clover refused.").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_refund_of_what_was_not_captured_is_a_void() {
        let snapshot = |captured: bool, given_back: i64| {
            let object =
                json!({"id": "c", "amount": 1000, "status": "succeeded", "captured": captured, "amount_refunded": given_back});
            charge(&object).unwrap()
        };
        assert_eq!(snapshot(false, 0).state, State::Authorized);
        let voided = snapshot(false, 1000);
        assert_eq!((voided.state, voided.authorized_minor, voided.refunded_minor), (State::Cancelled, 0, 0));
        let refunded = snapshot(true, 1000);
        assert_eq!((refunded.state, refunded.captured_minor, refunded.refunded_minor), (State::Captured, 1000, 1000));
    }

    #[test]
    fn a_failed_charge_tells_why() {
        let object = json!({"id": "c", "amount": 1000, "status": "failed", "failure_code": "insufficient_funds", "failure_message": "No."});
        let snapshot = charge(&object).unwrap();
        assert_eq!(snapshot.state, State::Failed);
        assert_eq!(snapshot.decline.unwrap(), Decline { code: "insufficient_funds".into(), message: "No.".into() });
    }

    #[test]
    fn refusals_of_cards_are_declines() {
        let error = json!({"message": "402 Payment Required", "error": {"type": "card_error", "code": "card_declined",
            "declineCode": "issuer_declined", "message": "DECLINED"}});
        let refusal = refusal(402, &error);
        assert!(refusal.declined);
        assert_eq!(refusal.decline(), Decline { code: "issuer_declined".into(), message: "DECLINED".into() });
        assert!(!super::refusal(400, &json!({"error": {"type": "invalid_request_error", "code": "amount_too_large"}})).declined);
    }
}
