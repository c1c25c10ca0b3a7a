//! Payments through a provider: paid at once, after the buyer acted, authorised and captured, declined, called off, saved.

use serde_json::json;

use super::{Shop, shop};
use crate::support::{gateway::Script, refusals};

#[tokio::test]
async fn a_buyer_pays_and_the_order_is_confirmed() {
    let shop = shop().await;
    let id = shop.paid().await;
    let payment = shop.payment(&id).await;
    assert_eq!(
        (&payment["authorized"], &payment["captured"], &payment["refundable"]),
        (&json!("60.00"), &json!("60.00"), &json!("60.00"))
    );
    assert_eq!(
        (&payment["cardBrand"], &payment["last4"], &payment["reference"]),
        (&json!("visa"), &json!("4242"), &json!("pay_1"))
    );
    assert_eq!((&payment["order"]["status"], &payment["order"]["paymentStatus"]), (&json!("CONFIRMED"), &json!("PAID")));
    assert_eq!(shop.told().await, ["ORDER_CREATED", "PAYMENT_CREATED", "PAYMENT_CAPTURED", "ORDER_CONFIRMED"]);
    shop.refused(&shop.buyer, "paymentProcess", json!({ "payment": id, "method": "tok" }), "PAYMENT_NOT_PROCESSABLE at payment")
        .await;
    shop.later().await;
    assert_eq!(shop.provider.calls(), ["begin 6000 tok_visa -"]);
    shop.is_well().await;
}

#[tokio::test]
async fn a_buyer_who_must_act_first_gets_what_the_browser_needs_until_it_is_paid() {
    let shop = shop().await;
    let id = shop.begins().await;
    let begun = shop.buyer.pays("paymentProcess", json!({ "payment": id, "returnUrl": "https://shop.test/back" })).await;
    assert_eq!((refusals(&begun).len(), &begun["payment"]["status"]), (0, &json!("PENDING")));
    assert_eq!((&begun["clientSecret"], &begun["redirectUrl"]), (&json!("pay_1_secret"), &json!("https://pay.test/pay_1")));
    assert_eq!(shop.payment(&id).await["clientSecret"], "pay_1_secret");
    let done = shop.buyer.pays("paymentProcess", json!({ "payment": id })).await;
    assert_eq!((&done["payment"]["status"], &done["clientSecret"]), (&json!("PAID"), &json!(null)));
    assert_eq!(shop.provider.calls(), ["begin 6000 - -", "confirm - true"]);
    let input = json!({ "payment": id, "returnUrl": "javascript:alert(1)" });
    shop.refused(&shop.buyer, "paymentProcess", input, "INVALID_INPUT at returnUrl").await;
}

#[tokio::test]
async fn a_declined_card_fails_the_payment_and_the_buyer_may_try_another_one() {
    for script in [Script::Decline, Script::Fail] {
        let shop = shop().await;
        let id = shop.begins().await;
        shop.provider.script(&[script]);
        let input = json!({ "payment": id, "method": "tok_bad", "idempotencyKey": "k" });
        let payload = shop.buyer.pays("paymentProcess", input.clone()).await;
        assert_eq!(refusals(&payload), ["CARD_DECLINED at payment"]);
        assert_eq!(payload["userErrors"][0]["message"], "Your card was declined.");
        assert_eq!(payload["payment"]["failure"], json!({ "code": "card_declined", "message": "Your card was declined." }));
        assert_eq!(payload["payment"]["order"]["paymentStatus"], "FAILED");
        let again = shop.buyer.pays("paymentProcess", input).await;
        assert_eq!((refusals(&again), &again["replayed"]), (vec!["CARD_DECLINED at payment".to_owned()], &json!(true)));
        shop.paid().await;
        shop.is_well().await;
    }
}

/// A payment of 60.00 that is authorised.
async fn authorised() -> (Shop, String) {
    let shop = shop().await;
    let id = shop.begins().await;
    let payload = shop.buyer.pays("paymentProcess", json!({ "payment": id, "method": "tok_visa", "capture": false })).await;
    assert_eq!((&payload["payment"]["status"], &payload["payment"]["captureMode"]), (&json!("AUTHORIZED"), &json!("MANUAL")));
    assert_eq!(payload["payment"]["order"]["paymentStatus"], "PENDING");
    (shop, id)
}

#[tokio::test]
async fn what_was_authorised_is_captured_once_in_part_or_whole() {
    let (shop, id) = authorised().await;
    let capture = |amount: &str| json!({ "payment": id, "amount": amount });
    shop.refused(&shop.staff, "paymentCapture", capture("60.01"), "AMOUNT_EXCEEDS_AUTHORIZED at amount").await;
    shop.refused(&shop.staff, "paymentCapture", capture("0"), "INVALID_AMOUNT at amount").await;
    shop.refused(&shop.staff, "paymentRefund", json!({ "payment": id }), "PAYMENT_NOT_REFUNDABLE at payment").await;
    let part = shop.staff.pays("paymentCapture", json!({ "payment": id, "amount": "45.00", "idempotencyKey": "k" })).await;
    assert_eq!((&part["payment"]["status"], &part["payment"]["captured"]), (&json!("PAID"), &json!("45.00")));
    assert_eq!(part["payment"]["order"]["paymentStatus"], "PARTIALLY_PAID");
    assert_eq!(part["payment"]["order"]["totals"]["balance"], "15.00");
    let again = shop.staff.pays("paymentCapture", json!({ "payment": id, "amount": "45.00", "idempotencyKey": "k" })).await;
    assert_eq!(again["replayed"], true);
    shop.refused(&shop.staff, "paymentCapture", capture("15.00"), "PAYMENT_NOT_CAPTURABLE at payment").await;
    shop.refused(&shop.staff, "paymentVoid", json!({ "payment": id }), "PAYMENT_NOT_VOIDABLE at payment").await;
    assert_eq!(shop.provider.calls(), ["begin 6000 tok_visa -", "capture 4500"]);
    assert_eq!(shop.told().await[2..], ["PAYMENT_AUTHORIZED", "PAYMENT_CAPTURED"]);
    shop.is_well().await;
}

#[tokio::test]
async fn what_was_authorised_is_called_off() {
    let (shop, id) = authorised().await;
    let before = shop.app.state().await;
    shop.staff.pays("paymentVoid", json!({ "payment": id, "dryRun": true })).await;
    assert_eq!(shop.app.state().await, before);
    let voided = shop.staff.pays("paymentVoid", json!({ "payment": id, "reason": "sold out" })).await;
    assert_eq!((refusals(&voided).len(), &voided["payment"]["status"]), (0, &json!("CANCELLED")));
    assert_eq!(voided["payment"]["order"]["paymentStatus"], "UNPAID");
    assert_eq!(shop.provider.calls().last().unwrap(), "void");
    shop.paid().await;
    shop.is_well().await;
}

#[tokio::test]
async fn a_refused_capture_leaves_what_was_authorised() {
    let (shop, id) = authorised().await;
    shop.provider.script(&[Script::Decline]);
    let payload = shop.staff.pays("paymentCapture", json!({ "payment": id })).await;
    assert_eq!(refusals(&payload), ["GATEWAY_REFUSED at payment"]);
    assert_eq!(payload["payment"]["status"], "AUTHORIZED");
    let payload = shop.staff.pays("paymentCapture", json!({ "payment": id })).await;
    assert_eq!(payload["payment"]["status"], "PAID");
}

#[tokio::test]
async fn a_saved_method_is_used_again_by_its_owner_and_deleted() {
    let shop = shop_of_two().await;
    let id = shop.begins().await;
    shop.buyer.pays("paymentProcess", json!({ "payment": id, "method": "tok_visa", "saveMethod": true })).await;
    let methods = "{ viewer { customer { paymentMethods { id gateway cardBrand last4 expiryMonth expiryYear } } } }";
    let seen = shop.buyer.ask(methods, json!({})).await["viewer"]["customer"]["paymentMethods"].clone();
    let method = seen[0]["id"].clone();
    assert_eq!(
        seen,
        json!([{ "id": method, "gateway": "STRIPE", "cardBrand": "visa", "last4": "4242", "expiryMonth": 12, "expiryYear": 2030 }])
    );
    shop.staff.pays("paymentRefund", json!({ "payment": id })).await;
    let (other, _) = shop.app.buyer("bob").await;
    let second = shop.begins().await;
    let input = json!({ "payment": second, "savedMethod": method });
    shop.refused(&other, "paymentProcess", input.clone(), "NOT_FOUND at payment").await;
    shop.refused(&shop.buyer, "paymentProcess", json!({ "payment": second, "savedMethod": "x" }), "NOT_FOUND at savedMethod")
        .await;
    shop.buyer.pays("paymentProcess", input).await;
    assert_eq!(shop.provider.calls().last().unwrap(), "begin 6000 saved_tok_visa cus_1");
    let delete = |client: crate::support::Client| {
        let input = json!({ "paymentMethod": method });
        async move { client.mutate("paymentMethodDelete", input, "deletedId userErrors { code field }").await }
    };
    assert_eq!(refusals(&delete(other).await), ["NOT_FOUND at paymentMethod"]);
    assert_eq!(shop.app.rows("payment_methods").await, 1);
    assert_eq!(delete(shop.buyer.clone()).await["deletedId"], method);
    assert_eq!(shop.app.rows("payment_methods").await, 0);
    shop.app.work().await;
    assert_eq!(shop.provider.forgotten(), ["saved_tok_visa"]);
}

async fn shop_of_two() -> Shop {
    super::shop_with(|config| config.orders.auto_confirm_on_payment = false).await
}

#[tokio::test]
async fn a_provider_that_is_not_configured_takes_no_payment() {
    let shop = shop().await;
    let input = json!({ "order": shop.order, "gateway": "PAYPAL", "type": "CREDIT" });
    shop.refused(&shop.buyer, "paymentCreate", input, "GATEWAY_NOT_CONFIGURED at gateway").await;
    let cash = json!({ "order": shop.order, "gateway": "STRIPE", "type": "CASH" });
    shop.refused(&shop.buyer, "paymentCreate", cash, "INVALID_INPUT at type").await;
    let admin = shop.app.admin().await;
    let id = shop.begins().await;
    shop.provider.script(&[Script::Ask]);
    shop.buyer.pays("paymentProcess", json!({ "payment": id, "method": "tok" })).await;
    // The buyer could still pay it at the provider.
    shop.refused(&admin, "paymentUpdate", json!({ "payment": id, "amount": "1.00" }), "PAYMENT_LOCKED at payment").await;
}
