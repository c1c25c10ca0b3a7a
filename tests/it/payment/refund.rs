//! Refunds through a provider.

use ordergraph::payment::gateway::RefundState;
use serde_json::json;
use tokio::task::JoinSet;

use super::shop;
use crate::support::{gateway::Script, refusals};

#[tokio::test]
async fn money_is_given_back_in_parts_and_never_more_than_was_captured() {
    let shop = shop().await;
    let id = shop.paid().await;
    let refund = |amount: &str| json!({ "payment": id, "amount": amount, "reason": "scratched" });
    shop.refused(&shop.staff, "paymentRefund", refund("60.01"), "AMOUNT_EXCEEDS_REFUNDABLE at amount").await;
    let part = shop.staff.pays("paymentRefund", refund("20.00")).await;
    assert_eq!(
        (refusals(&part).len(), &part["refund"]["status"], &part["refundable"]),
        (0, &json!("SUCCEEDED"), &json!("60.00"))
    );
    assert_eq!((&part["payment"]["status"], &part["payment"]["refundable"]), (&json!("PARTIALLY_REFUNDED"), &json!("40.00")));
    assert_eq!(part["payment"]["order"]["paymentStatus"], "PARTIALLY_REFUNDED");
    shop.refused(&shop.staff, "paymentRefund", refund("40.01"), "AMOUNT_EXCEEDS_REFUNDABLE at amount").await;
    let rest = shop.staff.pays("paymentRefund", json!({ "payment": id, "idempotencyKey": "rest" })).await;
    assert_eq!((&rest["refund"]["amount"], &rest["payment"]["status"]), (&json!("40.00"), &json!("REFUNDED")));
    let again = shop.staff.pays("paymentRefund", json!({ "payment": id, "idempotencyKey": "rest" })).await;
    assert_eq!((&again["replayed"], &again["refund"]["id"]), (&json!(true), &rest["refund"]["id"]));
    shop.refused(&shop.staff, "paymentRefund", json!({ "payment": id }), "PAYMENT_NOT_REFUNDABLE at payment").await;
    assert_eq!(shop.provider.calls()[1..], ["refund 2000", "refund 4000"]);
    let told = shop.told().await;
    assert_eq!(told[4..], ["REFUND_REQUESTED", "REFUND_SUCCEEDED", "REFUND_REQUESTED", "REFUND_SUCCEEDED"]);
    let stats = shop.staff.ask("{ paymentStatistics { paidAmount refundedAmount netAmount } }", json!({})).await;
    assert_eq!(stats["paymentStatistics"], json!({ "paidAmount": "60.00", "refundedAmount": "60.00", "netAmount": "0.00" }));
    shop.is_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_thirty_two_refunds_at_once_only_those_that_fit_are_made() {
    let shop = shop().await;
    let id = shop.paid().await;
    let calls: JoinSet<_> = (0..32)
        .map(|_| {
            let (staff, input) = (shop.staff.clone(), json!({ "payment": id, "amount": "7.00" }));
            async move { staff.pays("paymentRefund", input).await }
        })
        .collect();
    let payloads = calls.join_all().await;
    let made = payloads.iter().filter(|payload| refusals(payload).is_empty()).count();
    assert_eq!(made, 8, "8 × 7.00 of 60.00");
    assert_eq!(shop.provider.payment("pay_1").refunded_minor, 5_600);
    let payment = shop.payment(&id).await;
    assert_eq!((&payment["refunded"], &payment["refundable"]), (&json!("56.00"), &json!("4.00")));
    shop.is_well().await;
}

#[tokio::test]
async fn a_preview_tells_what_can_be_given_back_and_asks_nobody() {
    let shop = shop().await;
    let id = shop.paid().await;
    let before = (shop.app.state().await, shop.app.rows("jobs").await);
    let preview = shop.staff.pays("paymentRefund", json!({ "payment": id, "amount": "10.00", "dryRun": true })).await;
    assert_eq!((&preview["refundable"], &preview["refund"]["amount"]), (&json!("60.00"), &json!("10.00")));
    assert_eq!((shop.app.state().await, shop.app.rows("jobs").await), before);
    assert_eq!(shop.provider.calls().len(), 1);
}

#[tokio::test]
async fn a_refused_refund_can_be_tried_again() {
    let shop = shop().await;
    let id = shop.paid().await;
    shop.provider.script(&[Script::Decline]);
    let payload = shop.staff.pays("paymentRefund", json!({ "payment": id })).await;
    assert_eq!(refusals(&payload), ["GATEWAY_REFUSED at payment"]);
    assert_eq!((&payload["refund"]["status"], &payload["payment"]["refundable"]), (&json!("FAILED"), &json!("60.00")));
    assert_eq!((&payload["payment"]["status"], &payload["payment"]["refunded"]), (&json!("PAID"), &json!("0.00")));
    let payload = shop.staff.pays("paymentRefund", json!({ "payment": id })).await;
    assert_eq!((&payload["refund"]["status"], &payload["payment"]["status"]), (&json!("SUCCEEDED"), &json!("REFUNDED")));
    shop.is_well().await;
}

#[tokio::test]
async fn a_refund_that_takes_time_counts_at_once_and_is_told_when_it_is_done() {
    let shop = shop().await;
    let id = shop.paid().await;
    shop.provider.script(&[Script::Later]);
    let payload = shop.staff.pays("paymentRefund", json!({ "payment": id, "amount": "50.00" })).await;
    assert_eq!((&payload["refund"]["status"], &payload["payment"]["refunded"]), (&json!("PENDING"), &json!("0.00")));
    assert_eq!(payload["payment"]["refundable"], "10.00");
    let input = json!({ "payment": id, "amount": "10.01" });
    shop.refused(&shop.staff, "paymentRefund", input, "AMOUNT_EXCEEDS_REFUNDABLE at amount").await;
    shop.is_well().await;
    shop.app.work().await;
    shop.provider.happens("pay_1", |payment| payment.refunds[0].state = RefundState::Succeeded);
    shop.app.clock.advance_seconds(601);
    shop.app.work().await;
    let payment = shop.payment(&id).await;
    assert_eq!((&payment["refunded"], &payment["refunds"][0]["status"]), (&json!("50.00"), &json!("SUCCEEDED")));
    assert_eq!(shop.app.rows("refunds").await, 1);
    shop.is_well().await;
}
