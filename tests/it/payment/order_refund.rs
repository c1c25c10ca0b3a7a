//! `orderRefund`.

use serde_json::{Value, json};

use super::{Shop, shop};
use crate::support::{gateway::Script, refusals};

const REFUNDED: &str = "order { status paymentStatus totals { refunded } } refundable replayed
    parts { refundable refund { amount status } payment { gateway status } } userErrors { code field message }";

/// An order of 60.00, of which 25.00 were paid by hand and then 35.00 through the provider.
async fn paid_twice() -> Shop {
    let shop = shop().await;
    let cash = json!({ "order": shop.order, "gateway": "MANUAL", "type": "CASH", "amount": "25.00" });
    let cash = shop.staff.pays("paymentCreate", cash).await["payment"]["id"].clone();
    shop.staff.pays("paymentProcess", json!({ "payment": cash })).await;
    shop.paid().await;
    shop
}

async fn refunds(shop: &Shop, input: Value) -> Value {
    shop.staff.mutate("orderRefund", input, REFUNDED).await
}

#[tokio::test]
async fn money_is_taken_of_the_oldest_payments_first_and_the_order_ends_refunded() {
    let shop = paid_twice().await;
    shop.staff.moves(&shop.order, &["orderProcess", "orderShip", "orderDeliver"]).await;
    let before = (shop.app.state().await, shop.provider.calls());
    let preview = refunds(&shop, json!({ "order": shop.order, "amount": "30.00", "dryRun": true })).await;
    assert_eq!(preview["refundable"], "60.00");
    assert_eq!(preview["parts"][0]["refundable"], "25.00");
    assert_eq!((shop.app.state().await, shop.provider.calls()), before);
    let input = json!({ "order": shop.order, "amount": "30.00", "idempotencyKey": "k" });
    let part = refunds(&shop, input.clone()).await;
    assert_eq!(
        part["parts"],
        json!([
            { "refundable": "25.00", "refund": { "amount": "25.00", "status": "SUCCEEDED" }, "payment": { "gateway": "MANUAL", "status": "REFUNDED" } },
            { "refundable": "35.00", "refund": { "amount": "5.00", "status": "SUCCEEDED" }, "payment": { "gateway": "STRIPE", "status": "PARTIALLY_REFUNDED" } },
        ])
    );
    assert_eq!(
        part["order"],
        json!({ "status": "DELIVERED", "paymentStatus": "PARTIALLY_REFUNDED", "totals": { "refunded": "30.00" } })
    );
    assert_eq!(refunds(&shop, input).await["replayed"], true);
    assert_eq!(
        refusals(&refunds(&shop, json!({ "order": shop.order, "amount": "30.01" })).await),
        ["AMOUNT_EXCEEDS_REFUNDABLE at amount"]
    );
    let rest = refunds(&shop, json!({ "order": shop.order, "reason": "all of it" })).await;
    assert_eq!(rest["order"], json!({ "status": "REFUNDED", "paymentStatus": "REFUNDED", "totals": { "refunded": "60.00" } }));
    assert_eq!(refusals(&refunds(&shop, json!({ "order": shop.order })).await), ["PAYMENT_NOT_REFUNDABLE at order"]);
    assert_eq!(shop.told().await.last().unwrap(), "ORDER_REFUNDED");
    shop.is_well().await;
}

#[tokio::test]
async fn an_order_whose_goods_are_still_here_keeps_its_status() {
    let shop = paid_twice().await;
    let all = refunds(&shop, json!({ "order": shop.order })).await;
    assert_eq!((&all["order"]["status"], &all["order"]["paymentStatus"]), (&json!("CONFIRMED"), &json!("REFUNDED")));
}

#[tokio::test]
async fn what_a_provider_refuses_is_told_and_the_rest_is_given_back() {
    let shop = paid_twice().await;
    shop.provider.script(&[Script::Reject]);
    let payload = refunds(&shop, json!({ "order": shop.order })).await;
    assert_eq!(refusals(&payload), ["GATEWAY_REFUSED at order"]);
    assert_eq!(
        (&payload["parts"][0]["refund"]["status"], &payload["parts"][1]["refund"]["status"]),
        (&json!("SUCCEEDED"), &json!("FAILED"))
    );
    assert_eq!(payload["order"]["totals"]["refunded"], "25.00");
    shop.is_well().await;
}

#[tokio::test]
async fn buyers_do_not_give_themselves_money_back() {
    let shop = paid_twice().await;
    let before = shop.app.state().await;
    let answer = shop.buyer.try_mutate("orderRefund", json!({ "order": shop.order }), "userErrors { code }").await;
    assert_eq!(answer.code(), "FORBIDDEN");
    assert_eq!(shop.app.state().await, before);
}
