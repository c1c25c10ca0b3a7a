//! PayPal's client.

use ordergraph::{
    config::payment::PaymentConfig,
    money::Currency,
    payment::gateway::{Gateway, Headers, Intent, NoticeRefused, RefundState, State, paypal::Paypal},
};
use serde_json::json;

use super::{declined, eur, headers, intent, is_rejected, is_unknown, payment};
use crate::support::{
    NOW,
    fake::{Fault, http},
    fake_paypal::FakePaypal,
};

const BACK: &str = "https://shop.example/back";

fn authorize() -> Intent<'static> {
    Intent { capture: false, return_url: Some(BACK), ..intent(None) }
}

/// Begins a payment that the buyer then approves; gives its reference.
async fn approved(fake: &FakePaypal, client: &Paypal, wanted: &Intent<'_>, key: &str) -> String {
    let reference = client.begin(key, wanted).await.unwrap().reference;
    fake.approve(&reference, true);
    reference
}

#[tokio::test]
async fn the_buyer_approves_and_then_the_money_is_captured() {
    let fake = FakePaypal::start().await;
    let client = fake.client();
    let begun = client.begin("k1", &Intent { return_url: Some(BACK), ..intent(None) }).await.unwrap();
    assert_eq!((begun.state, begun.authorized_minor, begun.captured_minor), (State::RequiresAction, 0, 0));
    assert_eq!(begun.redirect_url, Some(format!("https://paypal.example/{}", begun.reference)));
    assert_eq!(client.confirm("k2", &begun.reference, None, true).await.unwrap().state, State::RequiresAction, "not yet");
    fake.approve(&begun.reference, true);
    let paid = client.confirm("k3", &begun.reference, None, true).await.unwrap();
    assert_eq!((paid.state, paid.authorized_minor, paid.captured_minor), (State::Captured, 2999, 2999));
    assert_eq!((paid.payment, paid.redirect_url), (Some(payment()), None));
    assert_eq!(client.confirm("k4", &begun.reference, None, true).await.unwrap().captured_minor, 2999, "once is enough");

    let order = fake.order(&begun.reference);
    assert_eq!(order["intent"], "CAPTURE");
    assert_eq!(order["purchase_units"][0]["amount"], json!({"currency_code": "EUR", "value": "29.99"}));
    assert_eq!(order["purchase_units"][0]["custom_id"], payment().to_string());
    assert_eq!(order["purchase_units"][0]["invoice_id"], format!("ORD-2026-000123/{}", payment()));
    assert_eq!(order["payment_source"]["paypal"]["experience_context"]["return_url"], BACK);
    assert_eq!(fake.edge.asked()[0].header("paypal-request-id"), Some("k1"));
}

#[tokio::test]
async fn what_was_authorised_is_captured_in_part_or_called_off() {
    let fake = FakePaypal::start().await;
    let client = fake.client();
    let reference = approved(&fake, &client, &authorize(), "k1").await;
    assert!(is_rejected(&client.capture("k2", &reference, 1000, eur()).await), "nothing is authorised yet");
    let promised = client.confirm("k3", &reference, None, false).await.unwrap();
    assert_eq!((promised.state, promised.authorized_minor, promised.captured_minor), (State::Authorized, 2999, 0));
    assert!(is_rejected(&client.capture("k4", &reference, 3000, eur()).await));
    let captured = client.capture("k5", &reference, 1000, eur()).await.unwrap();
    assert_eq!((captured.state, captured.authorized_minor, captured.captured_minor), (State::Captured, 2999, 1000));
    assert_eq!(client.capture("k6", &reference, 1000, eur()).await.unwrap().captured_minor, 1000, "once is enough");
    assert!(is_rejected(&client.void("k7", &reference).await));

    let other = approved(&fake, &client, &authorize(), "k8").await;
    client.confirm("k9", &other, None, false).await.unwrap();
    let voided = client.void("k10", &other).await.unwrap();
    assert_eq!((voided.state, voided.authorized_minor), (State::Cancelled, 0));
    assert_eq!(client.void("k11", &other).await.unwrap().state, State::Cancelled, "once is enough");
}

#[tokio::test]
async fn an_order_that_nobody_approved_is_called_off_without_a_call() {
    let fake = FakePaypal::start().await;
    let client = fake.client();
    let reference = client.begin("k1", &intent(None)).await.unwrap().reference;
    let called_off = client.void("k2", &reference).await.unwrap();
    assert_eq!((called_off.state, called_off.redirect_url), (State::Cancelled, None));
}

#[tokio::test]
async fn a_declined_payment_tells_why() {
    let fake = FakePaypal::start().await;
    let client = fake.client();
    let reference = client.begin("k1", &intent(None)).await.unwrap().reference;
    fake.approve(&reference, false);
    assert_eq!(declined(client.confirm("k2", &reference, None, true).await), "INSTRUMENT_DECLINED");
    assert_eq!(declined(client.begin("k3", &intent(Some("vault_empty"))).await), "INSTRUMENT_DECLINED");
    assert_eq!(client.look(&reference).await.unwrap().captured_minor, 0);
}

#[tokio::test]
async fn money_is_given_back_in_parts_and_never_more_than_was_taken() {
    let fake = FakePaypal::start().await;
    let client = fake.client();
    let reference = approved(&fake, &client, &intent(None), "k1").await;
    assert!(is_rejected(&client.refund("r0", &reference, 1000, eur(), None).await), "nothing was captured yet");
    client.confirm("k2", &reference, None, true).await.unwrap();
    let first = client.refund("r1", &reference, 1000, eur(), Some("too late")).await.unwrap();
    assert_eq!((first.amount_minor, first.state, first.key.as_deref()), (1000, RefundState::Succeeded, Some("r1")));
    let second = client.refund("r2", &reference, 1500, eur(), None).await.unwrap();
    assert_ne!(first.reference, second.reference);
    assert!(is_rejected(&client.refund("r3", &reference, 500, eur(), None).await));
    assert_eq!(client.refund("r1", &reference, 1000, eur(), None).await.unwrap().reference, first.reference, "the same key");
    let now = client.look(&reference).await.unwrap();
    assert_eq!((now.captured_minor, now.refunded_minor, now.refunds.len()), (2999, 2500, 2));
    client.refund("r4", &reference, 499, eur(), None).await.unwrap();
    let all = client.look(&reference).await.unwrap();
    assert_eq!((all.state, all.captured_minor, all.refunded_minor), (State::Captured, 2999, 2999));
}

#[tokio::test]
async fn an_account_is_kept_and_pays_without_the_buyer() {
    let fake = FakePaypal::start().await;
    let client = fake.client();
    let wanted = Intent { save_method: true, return_url: Some(BACK), ..intent(None) };
    let reference = approved(&fake, &client, &wanted, "k1").await;
    let saved = client.confirm("k2", &reference, None, true).await.unwrap().saved.unwrap();
    assert_eq!((saved.token.as_str(), saved.customer.as_deref(), saved.card), ("vault1", Some("payer1"), None));
    let paid = client.begin("k3", &intent(Some(&saved.token))).await.unwrap();
    assert_eq!((paid.state, paid.captured_minor), (State::Captured, 2999));
    assert!(is_rejected(&client.confirm("k4", &reference, Some("vault1"), true).await));
    client.forget_method("vault1").await.unwrap();
    assert!(is_rejected(&client.forget_method("vault2").await));
}

#[tokio::test]
async fn the_token_of_access_is_fetched_once_and_again_when_it_ended() {
    let fake = FakePaypal::start().await;
    let client = fake.client();
    let reference = client.begin("k1", &intent(None)).await.unwrap().reference;
    client.look(&reference).await.unwrap();
    assert_eq!(fake.tokens(), 1);
    fake.end_tokens();
    client.look(&reference).await.unwrap();
    assert_eq!(fake.tokens(), 3, "one that ended, one that is new");
    let config = PaymentConfig { paypal_client_secret: Some("wrong".into()), ..fake.config() };
    let stranger = Paypal::configured(&config, &http()).unwrap();
    assert!(is_rejected(&stranger.look(&reference).await));
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_an_unknown_outcome_and_the_same_key_finds_it() {
    let fake = FakePaypal::start().await;
    let client = fake.client();
    fake.edge.fail(Fault::Silent);
    assert!(is_unknown(&client.begin("k1", &intent(None)).await));
    client.begin("k1", &intent(None)).await.unwrap();
    assert_eq!(fake.orders(), 1);

    let reference = approved(&fake, &client, &intent(None), "k2").await;
    client.confirm("k3", &reference, None, true).await.unwrap();
    fake.edge.fail(Fault::Silent);
    assert!(is_unknown(&client.refund("r1", &reference, 2999, eur(), None).await));
    assert_eq!(client.refund("r1", &reference, 2999, eur(), None).await.unwrap().amount_minor, 2999);
    assert_eq!(client.look(&reference).await.unwrap().refunded_minor, 2999, "once");
}

#[tokio::test]
async fn an_error_of_the_provider_is_tried_again_with_the_same_key() {
    let fake = FakePaypal::start().await;
    let client = fake.client();
    fake.edge.fail(Fault::Status(500));
    fake.edge.fail(Fault::LostAnswer);
    client.begin("k1", &intent(None)).await.unwrap();
    assert_eq!((fake.orders(), fake.edge.asked().len()), (1, 3));
    for _ in 0..3 {
        fake.edge.fail(Fault::Status(503));
    }
    assert!(is_unknown(&client.begin("k2", &intent(None)).await));
    assert_eq!(fake.orders(), 1);
}

#[tokio::test]
async fn amounts_that_paypal_cannot_take_are_rejected_before_a_call() {
    let fake = FakePaypal::start().await;
    for (amount_minor, code) in [(299_950, "HUF"), (1000, "KWD")] {
        let wanted = Intent { amount_minor, currency: Currency::from_code(code).unwrap(), ..intent(None) };
        assert!(is_rejected(&fake.client().begin("k1", &wanted).await), "{code}");
    }
    assert!(fake.edge.asked().is_empty());
    let huf = Intent { amount_minor: 299_900, currency: Currency::from_code("HUF").unwrap(), ..intent(None) };
    let reference = approved(&fake, &fake.client(), &huf, "k2").await;
    assert_eq!(fake.order(&reference)["purchase_units"][0]["amount"]["value"], "2999");
    assert_eq!(fake.client().confirm("k3", &reference, None, true).await.unwrap().captured_minor, 299_900);
}

fn signed(signature: &str) -> Headers {
    headers(&[
        ("paypal-auth-algo", "SHA256withRSA"),
        ("paypal-cert-url", "https://api.paypal.com/cert.pem"),
        ("paypal-transmission-id", "transmission-1"),
        ("paypal-transmission-sig", signature),
        ("paypal-transmission-time", "2026-01-15T12:00:00Z"),
    ])
}

#[tokio::test]
async fn webhooks_name_the_order_they_are_about() {
    let fake = FakePaypal::start().await;
    let client = fake.client();
    let now = NOW.millis() / 1000;
    let reference = approved(&fake, &client, &intent(None), "k1").await;
    client.confirm("k2", &reference, None, true).await.unwrap();
    let capture = fake.order(&reference)["purchase_units"][0]["payments"]["captures"][0]["id"].as_str().unwrap().to_owned();
    let up = format!("https://api-m.paypal.com/v2/payments/captures/{capture}");
    for (kind, resource) in [
        ("CHECKOUT.ORDER.APPROVED", json!({"id": reference})),
        ("PAYMENT.CAPTURE.COMPLETED", json!({"id": capture, "supplementary_data": {"related_ids": {"order_id": reference}}})),
        ("PAYMENT.CAPTURE.REFUNDED", json!({"id": "REF9", "links": [{"rel": "self", "href": "x"}, {"rel": "up", "href": up}]})),
    ] {
        let body = json!({"id": "WH-EVENT-1", "event_type": kind, "resource": resource}).to_string();
        let notice = client.notice(&signed("genuine"), body.as_bytes(), now).await.unwrap();
        assert_eq!(
            (notice.event.as_str(), notice.kind.as_str(), notice.reference),
            ("WH-EVENT-1", kind, Some(reference.clone()))
        );
    }
}

#[tokio::test]
async fn webhooks_that_are_not_genuine_are_refused_and_doubtful_ones_come_again() {
    let fake = FakePaypal::start().await;
    let client = fake.client();
    let now = NOW.millis() / 1000;
    let body = json!({"id": "WH-EVENT-1", "event_type": "CHECKOUT.ORDER.APPROVED", "resource": {"id": "ORDER1"}}).to_string();
    let refused = async |headers: Headers, body: &str, now| client.notice(&headers, body.as_bytes(), now).await.unwrap_err();
    assert_eq!(refused(signed("forged"), &body, now).await, NoticeRefused::Signature);
    assert_eq!(refused(headers(&[]), &body, now).await, NoticeRefused::Signature);
    assert_eq!(refused(signed("genuine"), &body, now + 5 * 86_400).await, NoticeRefused::Age);
    assert_eq!(refused(signed("genuine"), "no JSON", now).await, NoticeRefused::Malformed);
    assert_eq!(refused(signed("genuine"), "{}", now).await, NoticeRefused::Malformed);
    fake.edge.fail(Fault::Silent);
    assert_eq!(refused(signed("genuine"), &body, now).await, NoticeRefused::TryAgain);
    let unset = Paypal::configured(&PaymentConfig { paypal_webhook_id: None, ..fake.config() }, &http()).unwrap();
    assert_eq!(unset.notice(&signed("genuine"), body.as_bytes(), now).await, Err(NoticeRefused::NotConfigured));
}
