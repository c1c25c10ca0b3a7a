//! Clover's client.

use ordergraph::{
    config::payment::PaymentConfig,
    payment::gateway::{Gateway, Headers, Intent, NoticeRefused, RefundState, State, clover::Clover},
};

use super::{declined, eur, headers, intent, is_rejected, is_unknown, payment};
use crate::support::{
    NOW,
    fake::{Fault, http, sign},
    fake_clover::{FakeClover, WEBHOOK_SECRET},
};

#[tokio::test]
async fn a_card_pays_at_once() {
    let fake = FakeClover::start().await;
    let client = fake.client();
    let paid = client.begin("k1", &intent(Some("clv_1"))).await.unwrap();
    assert_eq!((paid.state, paid.authorized_minor, paid.captured_minor, paid.refunded_minor), (State::Captured, 2999, 2999, 0));
    assert_eq!(paid.payment, Some(payment()));
    let card = paid.card.unwrap();
    assert_eq!((card.brand.as_str(), card.last4.as_str(), card.expires), ("visa", "0026", Some((12, 2030))));
    assert_eq!(client.confirm("k2", &paid.reference, None, true).await.unwrap().state, State::Captured);
    assert!(is_rejected(&client.confirm("k3", &paid.reference, Some("clv_2"), true).await));
    let asked = &fake.edge.asked()[0];
    assert_eq!(asked.header("idempotency-key"), Some("k1"));
    assert!(asked.body.contains("\"external_reference_id\":\"RD2026000123\""), "{}", asked.body);
}

#[tokio::test]
async fn nothing_is_begun_without_a_card() {
    let fake = FakeClover::start().await;
    assert!(is_rejected(&fake.client().begin("k1", &intent(None)).await));
    assert!(is_rejected(&fake.client().begin("k2", &intent(Some("unknown"))).await));
    assert_eq!(fake.charges(), 0);
}

#[tokio::test]
async fn a_declined_card_tells_why() {
    let fake = FakeClover::start().await;
    assert_eq!(declined(fake.client().begin("k1", &intent(Some("clv_declined"))).await), "issuer_declined");
    assert_eq!(fake.charges(), 0);
}

#[tokio::test]
async fn what_was_authorised_is_captured_in_part_or_called_off() {
    let fake = FakeClover::start().await;
    let client = fake.client();
    let wanted = Intent { capture: false, ..intent(Some("clv_1")) };
    let promised = client.begin("k1", &wanted).await.unwrap();
    assert_eq!((promised.state, promised.authorized_minor, promised.captured_minor), (State::Authorized, 2999, 0));
    assert!(is_rejected(&client.capture("k2", &promised.reference, 3000, eur()).await));
    let captured = client.capture("k3", &promised.reference, 1000, eur()).await.unwrap();
    assert_eq!((captured.state, captured.authorized_minor, captured.captured_minor), (State::Captured, 2999, 1000));
    assert_eq!(client.capture("k4", &promised.reference, 1000, eur()).await.unwrap().captured_minor, 1000, "once is enough");
    assert!(is_rejected(&client.void("k5", &promised.reference).await), "what was captured is not given back by calling off");
    assert_eq!(client.look(&promised.reference).await.unwrap().refunded_minor, 0);

    let other = client.begin("k6", &wanted).await.unwrap();
    let voided = client.void("k7", &other.reference).await.unwrap();
    assert_eq!((voided.state, voided.authorized_minor, voided.refunded_minor), (State::Cancelled, 0, 0));
    assert_eq!(client.void("k8", &other.reference).await.unwrap().state, State::Cancelled, "once is enough");
    assert!(is_rejected(&client.capture("k9", &other.reference, 1000, eur()).await));
}

#[tokio::test]
async fn money_is_given_back_in_parts_and_never_more_than_was_taken() {
    let fake = FakeClover::start().await;
    let client = fake.client();
    let paid = client.begin("k1", &intent(Some("clv_1"))).await.unwrap().reference;
    let first = client.refund("r1", &paid, 1000, eur(), Some("too late")).await.unwrap();
    assert_eq!((first.amount_minor, first.state), (1000, RefundState::Succeeded));
    assert_eq!(
        client.refund("r1", &paid, 1000, eur(), Some("too late")).await.unwrap().reference,
        first.reference,
        "the same key"
    );
    client.refund("r2", &paid, 1500, eur(), None).await.unwrap();
    assert!(is_rejected(&client.refund("r3", &paid, 500, eur(), None).await));
    let now = client.look(&paid).await.unwrap();
    assert_eq!((now.state, now.captured_minor, now.refunded_minor), (State::Captured, 2999, 2500));
}

#[tokio::test]
async fn a_card_is_kept_with_a_customer_who_is_charged_from_then_on() {
    let fake = FakeClover::start().await;
    let client = fake.client();
    let nameless = Intent { save_method: true, ..intent(Some("clv_1")) };
    assert!(is_rejected(&client.begin("k1", &nameless).await), "Clover keeps no card without an address");
    assert_eq!(fake.charges(), 0);
    let saved = client.begin("k2", &Intent { email: Some("ada@example.com"), ..nameless }).await.unwrap().saved.unwrap();
    assert_eq!((saved.token.as_str(), saved.card.unwrap().last4.as_str()), ("CUSTOMER1", "0026"));
    assert_eq!(client.begin("k3", &intent(Some("CUSTOMER1"))).await.unwrap().state, State::Captured);
    client.forget_method("CUSTOMER1").await.unwrap();
    assert!(fake.cards_of("CUSTOMER1").is_empty());
    assert!(is_rejected(&client.begin("k4", &intent(Some("CUSTOMER1"))).await));
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_an_unknown_outcome_and_the_same_key_finds_it() {
    let fake = FakeClover::start().await;
    let client = fake.client();
    fake.edge.fail(Fault::Silent);
    assert!(is_unknown(&client.begin("k1", &intent(Some("clv_1"))).await));
    assert_eq!(client.begin("k1", &intent(Some("clv_1"))).await.unwrap().state, State::Captured);
    assert_eq!(fake.charges(), 1);
}

#[tokio::test]
async fn an_error_of_the_provider_is_tried_again_with_the_same_key() {
    let fake = FakeClover::start().await;
    let client = fake.client();
    fake.edge.fail(Fault::Status(500));
    fake.edge.fail(Fault::LostAnswer);
    assert_eq!(client.begin("k1", &intent(Some("clv_1"))).await.unwrap().state, State::Captured);
    assert_eq!((fake.charges(), fake.edge.asked().len()), (1, 3));
}

#[tokio::test]
async fn wrong_keys_are_rejected() {
    let fake = FakeClover::start().await;
    let config = PaymentConfig { clover_api_token: Some("other".into()), ..fake.config() };
    let stranger = Clover::configured(&config, &http()).unwrap();
    assert!(is_rejected(&stranger.begin("k1", &intent(Some("clv_1"))).await));
    assert_eq!(fake.charges(), 0);
}

#[tokio::test]
async fn webhooks_name_the_payment_and_are_checked() {
    let fake = FakeClover::start().await;
    let client = fake.client();
    let now = NOW.millis() / 1000;
    let (signature, body) = fake.webhook("CHARGE1", "MERCHANT1", now);
    let signed = headers(&[("clover-signature", &signature)]);
    let notice = client.notice(&signed, body.as_bytes(), now).await.unwrap();
    assert_eq!((notice.kind.as_str(), notice.reference.as_deref()), ("PAYMENT.APPROVED", Some("CHARGE1")));
    assert_eq!(notice.event, "CHARGE1:PAYMENT.APPROVED", "the same news is the same event");

    let refused = async |headers: Headers, body: &str, now| client.notice(&headers, body.as_bytes(), now).await.unwrap_err();
    assert_eq!(refused(headers(&[]), &body, now).await, NoticeRefused::Signature);
    assert_eq!(refused(signed.clone(), &body.replace("CHARGE1", "CHARGE2"), now).await, NoticeRefused::Signature);
    assert_eq!(refused(signed.clone(), &body, now + 301).await, NoticeRefused::Age);
    let (signature, body) = fake.webhook("CHARGE1", "MERCHANT2", now);
    assert_eq!(
        refused(headers(&[("clover-signature", &signature)]), &body, now).await,
        NoticeRefused::Malformed,
        "another merchant's"
    );
    let nonsense = sign(WEBHOOK_SECRET, "{}", now);
    assert_eq!(refused(headers(&[("clover-signature", &nonsense)]), "{}", now).await, NoticeRefused::Malformed);
    let unset = Clover::configured(&PaymentConfig { clover_webhook_secret: None, ..fake.config() }, &http()).unwrap();
    assert_eq!(unset.notice(&signed, body.as_bytes(), now).await, Err(NoticeRefused::NotConfigured));
}
