//! What becomes of payments when their order is cancelled.

use ordergraph::config::RefundPolicy;
use serde_json::json;

use super::{shop, shop_with};
use crate::support::{gateway::Script, refusals};

#[tokio::test]
async fn what_was_captured_goes_back_through_the_provider() {
    let shop = shop().await;
    let id = shop.paid().await;
    let payload = shop.buyer.change("orderCancel", json!({ "order": shop.order, "reason": "changed my mind" })).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    let payment = shop.payment(&id).await;
    assert_eq!((&payment["refunds"][0]["status"], &payment["refundable"]), (&json!("PENDING"), &json!("0.00")));
    assert_eq!(shop.provider.calls().len(), 1, "nobody is called while the order is locked");
    shop.app.work().await;
    let payment = shop.payment(&id).await;
    assert_eq!((&payment["status"], &payment["refunds"][0]["reason"]), (&json!("REFUNDED"), &json!("changed my mind")));
    assert_eq!((&payment["order"]["status"], &payment["order"]["paymentStatus"]), (&json!("CANCELLED"), &json!("REFUNDED")));
    assert_eq!(shop.told().await[4..], ["ORDER_CANCELLED", "REFUND_REQUESTED", "REFUND_SUCCEEDED"]);
    shop.is_well().await;
}

#[tokio::test]
async fn what_was_only_promised_or_begun_is_called_off() {
    let shop = shop().await;
    let half = json!({ "order": shop.order, "gateway": "STRIPE", "type": "CREDIT", "amount": "30.00" });
    let promised = shop.buyer.pays("paymentCreate", half.clone()).await["payment"]["id"].as_str().unwrap().to_owned();
    shop.buyer.pays("paymentProcess", json!({ "payment": promised, "method": "tok", "capture": false })).await;
    let begun = shop.buyer.pays("paymentCreate", half).await["payment"]["id"].as_str().unwrap().to_owned();
    shop.buyer.change("orderCancel", json!({ "order": shop.order })).await;
    assert_eq!(shop.payment(&begun).await["status"], "CANCELLED");
    assert_eq!(shop.payment(&promised).await["status"], "AUTHORIZED");
    shop.app.work().await;
    assert_eq!(shop.payment(&promised).await["status"], "CANCELLED");
    assert_eq!(shop.provider.calls(), ["begin 3000 tok -", "void"]);
    shop.refused(&shop.buyer, "paymentProcess", json!({ "payment": begun }), "PAYMENT_NOT_PROCESSABLE at payment").await;
    let more = json!({ "order": shop.order, "gateway": "STRIPE", "type": "CREDIT" });
    shop.refused(&shop.buyer, "paymentCreate", more, "ORDER_NOT_PAYABLE at order").await;
    shop.is_well().await;
}

#[tokio::test]
async fn money_that_arrives_after_the_cancellation_goes_back_too() {
    let shop = shop().await;
    let id = shop.begins().await;
    shop.provider.script(&[Script::LoseAnswer]);
    shop.buyer.pays("paymentProcess", json!({ "payment": id, "method": "tok_visa" })).await;
    shop.buyer.change("orderCancel", json!({ "order": shop.order })).await;
    shop.later().await;
    let payment = shop.payment(&id).await;
    assert_eq!(
        (&payment["captured"], &payment["refunded"], &payment["status"]),
        (&json!("60.00"), &json!("60.00"), &json!("REFUNDED"))
    );
    assert_eq!(payment["order"]["status"], "CANCELLED");
    assert_eq!(shop.provider.payment("pay_1").refunded_minor, 6_000);
    shop.is_well().await;
}

#[tokio::test]
async fn where_staff_give_money_back_a_cancellation_does_not() {
    let shop = shop_with(|config| config.orders.cancel_refund = RefundPolicy::Manual).await;
    let id = shop.paid().await;
    shop.buyer.change("orderCancel", json!({ "order": shop.order })).await;
    shop.later().await;
    assert_eq!(shop.payment(&id).await["refundable"], "60.00");
    assert_eq!(refusals(&shop.staff.pays("paymentRefund", json!({ "payment": id })).await), Vec::<String>::new());
}
