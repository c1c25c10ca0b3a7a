//! Stripe's client.

use ordergraph::{
    money::Currency,
    payment::gateway::{Gateway, Intent, NoticeRefused, RefundState, State, stripe::Stripe},
};
use serde_json::json;

use super::{declined, eur, headers, intent, is_rejected, is_unknown, payment};
use crate::support::{
    NOW,
    fake::{Fault, http},
    fake_stripe::FakeStripe,
};

#[tokio::test]
async fn a_card_pays_at_once() {
    let fake = FakeStripe::start().await;
    let paid = fake.client().begin("k1", &intent(Some("pm_card_visa"))).await.unwrap();
    assert_eq!((paid.state, paid.authorized_minor, paid.captured_minor, paid.refunded_minor), (State::Captured, 2999, 2999, 0));
    assert_eq!(paid.payment, Some(payment()));
    let card = paid.card.unwrap();
    assert_eq!((card.brand.as_str(), card.last4.as_str(), card.expires), ("visa", "4242", Some((12, 2030))));
    assert_eq!(paid.saved, None, "nothing is kept that was not to be kept");
    let asked = &fake.edge.asked()[0];
    assert_eq!(asked.header("idempotency-key"), Some("k1"));
    assert!(asked.body.contains("metadata%5Border%5D=ORD-2026-000123"), "{}", asked.body);
}

#[tokio::test]
async fn without_a_card_the_browser_pays_with_the_client_secret() {
    let fake = FakeStripe::start().await;
    let client = fake.client();
    let begun = client.begin("k1", &intent(None)).await.unwrap();
    assert_eq!((begun.state, begun.authorized_minor, begun.captured_minor), (State::RequiresAction, 0, 0));
    assert_eq!(begun.client_secret, Some(format!("{}_secret", begun.reference)));
    fake.pay_in_browser(&begun.reference, "pm_card_visa");
    assert_eq!(client.confirm("k2", &begun.reference, None, true).await.unwrap().state, State::Captured);
    assert_eq!(
        client.confirm("k3", &begun.reference, Some("pm_card_visa"), true).await.unwrap().state,
        State::Captured,
        "it has paid"
    );
}

#[tokio::test]
async fn a_declined_card_tells_why_and_another_one_may_pay() {
    let fake = FakeStripe::start().await;
    let client = fake.client();
    assert_eq!(declined(client.begin("k1", &intent(Some("pm_card_chargeDeclined"))).await), "card_declined");
    assert_eq!(
        declined(client.begin("k2", &intent(Some("pm_card_chargeDeclinedInsufficientFunds"))).await),
        "insufficient_funds"
    );
    let failed = client.look("pi_1").await.unwrap();
    assert_eq!((failed.state, failed.captured_minor), (State::Failed, 0));
    assert_eq!(failed.decline.unwrap().message, "Your card was declined.");
    let paid = client.confirm("k3", "pi_1", Some("pm_card_visa"), true).await.unwrap();
    assert_eq!((paid.state, paid.decline), (State::Captured, None));
}

#[tokio::test]
async fn a_check_of_the_bank_sends_the_buyer_there() {
    let fake = FakeStripe::start().await;
    let wanted = Intent { return_url: Some("https://shop.example/back"), ..intent(Some("pm_card_authenticationRequired")) };
    let begun = fake.client().begin("k1", &wanted).await.unwrap();
    assert_eq!(begun.state, State::RequiresAction);
    assert_eq!(begun.redirect_url.as_deref(), Some("https://hooks.stripe.com/3ds"));
    assert!(fake.edge.asked()[0].body.contains("return_url=https%3A%2F%2Fshop.example%2Fback"));
}

#[tokio::test]
async fn what_was_authorised_is_captured_in_part_or_called_off() {
    let fake = FakeStripe::start().await;
    let client = fake.client();
    let wanted = Intent { capture: false, ..intent(Some("pm_card_visa")) };
    let promised = client.begin("k1", &wanted).await.unwrap();
    assert_eq!((promised.state, promised.authorized_minor, promised.captured_minor), (State::Authorized, 2999, 0));
    assert!(is_rejected(&client.capture("k2", &promised.reference, 3000, eur()).await));
    let captured = client.capture("k3", &promised.reference, 1000, eur()).await.unwrap();
    assert_eq!((captured.state, captured.authorized_minor, captured.captured_minor), (State::Captured, 2999, 1000));
    assert_eq!(client.capture("k4", &promised.reference, 1000, eur()).await.unwrap().captured_minor, 1000, "once is enough");
    assert!(is_rejected(&client.void("k5", &promised.reference).await));

    let other = client.begin("k6", &wanted).await.unwrap();
    assert_eq!(client.void("k7", &other.reference).await.unwrap().state, State::Cancelled);
    assert_eq!(client.void("k8", &other.reference).await.unwrap().state, State::Cancelled, "once is enough");
    assert!(is_rejected(&client.capture("k9", &other.reference, 1000, eur()).await));
}

#[tokio::test]
async fn money_is_given_back_in_parts_and_never_more_than_was_taken() {
    let fake = FakeStripe::start().await;
    let client = fake.client();
    let paid = client.begin("k1", &intent(Some("pm_card_visa"))).await.unwrap().reference;
    let first = client.refund("r1", &paid, 1000, eur(), Some("too late")).await.unwrap();
    assert_eq!((first.amount_minor, first.state, first.key.as_deref()), (1000, RefundState::Succeeded, Some("r1")));
    assert_eq!(
        client.refund("r1", &paid, 1000, eur(), Some("too late")).await.unwrap().reference,
        first.reference,
        "the same key"
    );
    client.refund("r2", &paid, 1500, eur(), Some("duplicate")).await.unwrap();
    assert!(is_rejected(&client.refund("r3", &paid, 500, eur(), None).await));
    let now = client.look(&paid).await.unwrap();
    assert_eq!((now.state, now.captured_minor, now.refunded_minor, now.refunds.len()), (State::Captured, 2999, 2500, 2));
    let bodies: Vec<String> = fake.edge.asked().into_iter().map(|asked| asked.body).collect();
    assert!(bodies[1].contains("metadata%5Breason%5D=too+late"), "words of our own go to the metadata: {}", bodies[1]);
    assert!(bodies[3].contains("&reason=duplicate"), "{}", bodies[3]);
}

#[tokio::test]
async fn a_method_is_kept_with_a_customer() {
    let fake = FakeStripe::start().await;
    let client = fake.client();
    let wanted = Intent { save_method: true, email: Some("ada@example.com"), ..intent(Some("pm_card_visa")) };
    let saved = client.begin("k1", &wanted).await.unwrap().saved.unwrap();
    assert_eq!((saved.token.as_str(), saved.customer.as_deref()), ("pm_card_visa", Some("cus_1")));
    assert_eq!(saved.card.unwrap().last4, "4242");
    let again = Intent { customer: Some("cus_1"), ..intent(Some("pm_card_visa")) };
    assert_eq!(client.begin("k2", &again).await.unwrap().state, State::Captured);
    client.forget_method(&saved.token).await.unwrap();
    assert!(is_rejected(&client.forget_method("pm_unknown").await));
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_an_unknown_outcome_and_the_same_key_finds_it() {
    let fake = FakeStripe::start().await;
    let client = fake.client();
    fake.edge.fail(Fault::Silent);
    assert!(is_unknown(&client.begin("k1", &intent(Some("pm_card_visa"))).await));
    assert_eq!(fake.edge.asked().len(), 1, "who waited in vain is not made to wait again");
    let paid = client.begin("k1", &intent(Some("pm_card_visa"))).await.unwrap();
    assert_eq!((paid.state, fake.intents()), (State::Captured, 1));
}

#[tokio::test]
async fn an_error_of_the_provider_is_tried_again_with_the_same_key() {
    let fake = FakeStripe::start().await;
    let client = fake.client();
    fake.edge.fail(Fault::Status(500));
    fake.edge.fail(Fault::LostAnswer);
    assert_eq!(client.begin("k1", &intent(Some("pm_card_visa"))).await.unwrap().state, State::Captured);
    let asked = fake.edge.asked();
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|asked| asked.header("idempotency-key") == Some("k1")));
    assert_eq!(fake.intents(), 1, "one key, one effect");

    for status in [429, 503, 500] {
        fake.edge.fail(Fault::Status(status));
    }
    assert!(is_unknown(&client.begin("k2", &intent(Some("pm_card_visa"))).await), "three tries and no more");
    assert_eq!((fake.edge.asked().len(), fake.intents()), (6, 1));
}

#[tokio::test]
async fn a_key_in_use_is_an_unknown_outcome() {
    let fake = FakeStripe::start().await;
    fake.edge.fail(Fault::Status(409));
    assert!(is_unknown(&fake.client().begin("k1", &intent(Some("pm_card_visa"))).await));
}

#[tokio::test]
async fn nobody_there_is_an_unknown_outcome() {
    let config = ordergraph::config::payment::PaymentConfig {
        stripe_secret_key: Some("sk_test_fake".into()),
        stripe_api_base: "http://127.0.0.1:1".into(),
        ..Default::default()
    };
    let client = Stripe::configured(&config, &http()).unwrap();
    assert!(is_unknown(&client.begin("k1", &intent(Some("pm_card_visa"))).await));
}

#[tokio::test]
async fn wrong_keys_and_unknown_payments_are_rejected() {
    let fake = FakeStripe::start().await;
    let config = ordergraph::config::payment::PaymentConfig { stripe_secret_key: Some("sk_test_other".into()), ..fake.config() };
    let stranger = Stripe::configured(&config, &http()).unwrap();
    let refused = stranger.begin("k1", &intent(Some("pm_card_visa"))).await;
    assert!(is_rejected(&refused));
    assert!(!format!("{refused:?}").contains("sk_test_other"));
    assert!(is_rejected(&fake.client().look("pi_404").await));
    assert!(is_rejected(&fake.client().look("../refunds").await), "a reference stays in its part of the path");
    assert_eq!(fake.intents(), 0);
}

#[tokio::test]
async fn amounts_that_stripe_cannot_hold_are_rejected_before_a_call() {
    let fake = FakeStripe::start().await;
    let wanted = Intent { amount_minor: 5124, currency: Currency::from_code("KWD").unwrap(), ..intent(Some("pm_card_visa")) };
    assert!(is_rejected(&fake.client().begin("k1", &wanted).await));
    assert!(fake.edge.asked().is_empty());
    let wanted = Intent { amount_minor: 500, currency: Currency::from_code("ISK").unwrap(), ..intent(Some("pm_card_visa")) };
    assert_eq!(fake.client().begin("k2", &wanted).await.unwrap().captured_minor, 500);
    assert!(fake.edge.asked()[0].body.contains("amount=50000&currency=isk"));
}

#[tokio::test]
async fn webhooks_name_the_payment_they_are_about() {
    let fake = FakeStripe::start().await;
    let client = fake.client();
    let now = NOW.millis() / 1000;
    for (kind, object) in [
        ("payment_intent.succeeded", json!({"object": "payment_intent", "id": "pi_7"})),
        ("charge.refunded", json!({"object": "charge", "id": "ch_7", "payment_intent": "pi_7"})),
        ("refund.updated", json!({"object": "refund", "id": "re_7", "payment_intent": "pi_7"})),
    ] {
        let (signature, body) = fake.webhook("evt_1", kind, object, now);
        let notice = client.notice(&headers(&[("stripe-signature", &signature)]), body.as_bytes(), now).await.unwrap();
        assert_eq!((notice.event.as_str(), notice.kind.as_str(), notice.reference.as_deref()), ("evt_1", kind, Some("pi_7")));
    }
    let (signature, body) = fake.webhook("evt_2", "customer.created", json!({"object": "customer", "id": "cus_1"}), now);
    let notice = client.notice(&headers(&[("stripe-signature", &signature)]), body.as_bytes(), now).await.unwrap();
    assert_eq!(notice.reference, None);
}

#[tokio::test]
async fn webhooks_that_are_not_genuine_are_refused() {
    let fake = FakeStripe::start().await;
    let client = fake.client();
    let now = NOW.millis() / 1000;
    let (signature, body) =
        fake.webhook("evt_1", "payment_intent.succeeded", json!({"object": "payment_intent", "id": "pi_7"}), now);
    let signed = headers(&[("stripe-signature", &signature)]);
    let refused = async |headers, body: &str, now| client.notice(&headers, body.as_bytes(), now).await.unwrap_err();
    assert_eq!(refused(headers(&[]), &body, now).await, NoticeRefused::Signature);
    assert_eq!(refused(signed.clone(), &body.replace("pi_7", "pi_8"), now).await, NoticeRefused::Signature);
    assert_eq!(refused(signed.clone(), &body, now + 301).await, NoticeRefused::Age);
    let nonsense = crate::support::fake::sign(crate::support::fake_stripe::WEBHOOK_SECRET, "[1]", now);
    assert_eq!(refused(headers(&[("stripe-signature", &nonsense)]), "[1]", now).await, NoticeRefused::Malformed);
    let config = ordergraph::config::payment::PaymentConfig { stripe_webhook_secret: None, ..fake.config() };
    let unset = Stripe::configured(&config, &http()).unwrap();
    assert_eq!(unset.notice(&signed, body.as_bytes(), now).await, Err(NoticeRefused::NotConfigured));
}
