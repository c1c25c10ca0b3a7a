//! Answers that are lost, calls that never arrive, processes that end in between: settled afterwards, once.

use serde_json::json;

use super::shop;
use crate::support::{gateway::Script, refusals};

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_under_the_same_key() {
    let shop = shop().await;
    let id = shop.begins().await;
    shop.provider.script(&[Script::LoseAnswer]);
    let payload = shop.buyer.pays("paymentProcess", json!({ "payment": id, "method": "tok_visa" })).await;
    assert_eq!((refusals(&payload).len(), &payload["payment"]["status"]), (0, &json!("PENDING")));
    shop.refused(&shop.buyer, "paymentProcess", json!({ "payment": id, "method": "tok" }), "PAYMENT_IN_PROGRESS at payment")
        .await;
    shop.app.work().await;
    assert_eq!(shop.payment(&id).await["status"], "PENDING", "nobody asks before the answer could have come");
    shop.later().await;
    let payment = shop.payment(&id).await;
    assert_eq!((&payment["status"], &payment["order"]["status"]), (&json!("PAID"), &json!("CONFIRMED")));
    assert_eq!(shop.provider.calls(), ["begin 6000 tok_visa -"]);
    shop.is_well().await;
}

#[tokio::test]
async fn a_call_that_never_arrived_is_made_until_it_does() {
    let shop = shop().await;
    let id = shop.begins().await;
    shop.provider.script(&[Script::Unreachable, Script::Unreachable, Script::Unreachable]);
    shop.buyer.pays("paymentProcess", json!({ "payment": id, "method": "tok_visa" })).await;
    for _ in 0..3 {
        assert_eq!(shop.payment(&id).await["status"], "PENDING");
        shop.later().await;
    }
    assert_eq!(shop.payment(&id).await["status"], "PAID");
    assert_eq!(shop.provider.calls(), ["begin 6000 tok_visa -"]);
}

#[tokio::test]
async fn a_process_that_ends_between_provider_and_database_loses_nothing() {
    let shop = shop().await;
    let id = shop.begins().await;
    shop.provider.script(&[Script::Hang]);
    tokio::select! {
        _ = shop.buyer.pays("paymentProcess", json!({ "payment": id, "method": "tok_visa" })) => panic!("it hangs"),
        () = shop.provider.hangs.notified() => {}
    }
    assert_eq!(shop.payment(&id).await["status"], "PENDING");
    shop.later().await;
    assert_eq!(shop.payment(&id).await["status"], "PAID");
    shop.provider.script(&[Script::Hang]);
    tokio::select! {
        _ = shop.staff.pays("paymentRefund", json!({ "payment": id, "amount": "25.00" })) => panic!("it hangs"),
        () = shop.provider.hangs.notified() => {}
    }
    let payment = shop.payment(&id).await;
    assert_eq!((&payment["refunded"], &payment["refundable"]), (&json!("0.00"), &json!("35.00")));
    shop.later().await;
    let payment = shop.payment(&id).await;
    assert_eq!((&payment["refunded"], &payment["refundable"]), (&json!("25.00"), &json!("35.00")));
    assert_eq!(shop.provider.calls(), ["begin 6000 tok_visa -", "refund 2500"]);
    shop.is_well().await;
}

#[tokio::test]
async fn an_attempt_whose_job_was_given_up_is_found_by_reconciling() {
    let shop = shop().await;
    let id = shop.begins().await;
    shop.provider.script(&[Script::LoseAnswer]);
    shop.buyer.pays("paymentProcess", json!({ "payment": id, "method": "tok_visa" })).await;
    shop.app.sql("DELETE FROM jobs").await;
    shop.app.clock.advance_seconds(601);
    shop.app.work().await;
    assert_eq!(shop.payment(&id).await["status"], "PAID");
    assert_eq!(shop.provider.calls(), ["begin 6000 tok_visa -"]);
}

#[tokio::test]
async fn a_payment_that_was_made_in_the_browser_is_found_without_a_webhook() {
    let shop = shop().await;
    let id = shop.begins().await;
    shop.buyer.pays("paymentProcess", json!({ "payment": id })).await;
    shop.app.work().await;
    shop.provider.buyer_pays("pay_1", 6_000);
    shop.app.clock.advance_seconds(601);
    shop.app.work().await;
    let payment = shop.payment(&id).await;
    assert_eq!((&payment["status"], &payment["clientSecret"]), (&json!("PAID"), &json!(null)));
    assert_eq!(payment["order"]["status"], "CONFIRMED");
    shop.is_well().await;
}
