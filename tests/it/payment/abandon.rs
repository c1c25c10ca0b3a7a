//! What providers hold of payments and orders that are deleted.

use ordergraph::payment::gateway::State;
use serde_json::{Value, json};

use super::{Shop, shop};
use crate::support::{Client, gateway::Script, refusals};

const DELETED: &str = "deletedId userErrors { code field message }";

impl Shop {
    /// A payment that was declined and waits at the provider for another card.
    async fn declined(&self) -> String {
        let id = self.begins().await;
        self.provider.script(&[Script::Fail]);
        self.buyer.pays("paymentProcess", json!({ "payment": id, "method": "tok_bad" })).await;
        assert_eq!(self.payment(&id).await["status"], "FAILED");
        id
    }

    async fn deletes_order(&self, admin: &Client) -> Value {
        admin.mutate("orderDelete", json!({ "order": self.order }), DELETED).await
    }
}

#[tokio::test]
async fn a_deleted_payment_is_called_off_at_its_provider() {
    let shop = shop().await;
    let id = shop.declined().await;
    let admin = shop.app.admin().await;
    let payload = admin.mutate("paymentDelete", json!({ "payment": id, "dryRun": true }), DELETED).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    shop.app.work().await;
    assert_eq!(shop.provider.payment("pay_1").state, State::Failed, "nothing was deleted");
    let payload = admin.mutate("paymentDelete", json!({ "payment": id }), DELETED).await;
    assert_eq!((refusals(&payload).len(), &payload["deletedId"]), (0, &json!(id)));
    // Lost answers are asked for again.
    shop.provider.script(&[Script::Unreachable, Script::LoseAnswer]);
    for _ in 0..3 {
        shop.later().await;
    }
    assert_eq!(shop.provider.payment("pay_1").state, State::Cancelled);
    assert_eq!(shop.provider.calls().iter().filter(|call| *call == "void").count(), 1);
    shop.is_well().await;
}

#[tokio::test]
async fn what_was_paid_for_a_deleted_payment_meanwhile_is_given_back() {
    let shop = shop().await;
    let id = shop.declined().await;
    let admin = shop.app.admin().await;
    admin.mutate("paymentDelete", json!({ "payment": id }), DELETED).await;
    shop.provider.buyer_pays("pay_1", 6_000);
    shop.app.work().await;
    let left = shop.provider.payment("pay_1");
    assert_eq!((left.captured_minor, left.refunded_minor), (6_000, 6_000));
    shop.later().await;
    assert_eq!(shop.provider.payment("pay_1").refunds.len(), 1, "once");
    shop.is_well().await;
}

#[tokio::test]
async fn an_order_is_not_deleted_while_a_provider_holds_money_of_it() {
    let shop = shop().await;
    let id = shop.begins().await;
    let admin = shop.app.admin().await;
    let refused = async |why: &str| {
        let before = (shop.app.state().await, shop.app.rows("jobs").await);
        let payload = admin.mutate("orderDelete", json!({ "order": shop.order }), DELETED).await;
        assert_eq!(refusals(&payload), ["PAYMENT_HELD at order"], "{why}");
        let bulk = json!({ "orders": [shop.order], "action": { "delete": true } });
        let bulk = admin.mutate("ordersBulkAction", bulk, "results { success code } userErrors { code field }").await;
        assert_eq!(bulk["results"], json!([{ "success": false, "code": "PAYMENT_HELD" }]), "{why}");
        assert_eq!((shop.app.state().await, shop.app.rows("jobs").await), before, "{why}");
    };
    shop.buyer.pays("paymentProcess", json!({ "payment": id })).await;
    refused("the buyer may pay any moment").await;
    shop.buyer.pays("paymentProcess", json!({ "payment": id })).await;
    assert_eq!(shop.payment(&id).await["status"], "PAID");
    refused("it is paid").await;
    shop.staff.pays("paymentRefund", json!({ "payment": id, "amount": "10.00" })).await;
    refused("a part is kept").await;
    shop.provider.script(&[Script::Later]);
    shop.staff.pays("paymentRefund", json!({ "payment": id })).await;
    refused("the rest is on its way back").await;
    let end = |payment: &mut ordergraph::payment::gateway::Snapshot| {
        payment.refunded_minor = 6_000;
        for refund in &mut payment.refunds {
            refund.state = ordergraph::payment::gateway::RefundState::Succeeded;
        }
    };
    shop.provider.happens("pay_1", end);
    shop.app.clock.advance_seconds(600);
    shop.app.work().await;
    assert_eq!(shop.payment(&id).await["status"], "REFUNDED");
    let payload = admin.mutate("orderDelete", json!({ "order": shop.order }), DELETED).await;
    assert_eq!((refusals(&payload), &payload["deletedId"]), (Vec::new(), &json!(shop.order)));
    shop.is_well().await;
}

#[tokio::test]
async fn a_promise_keeps_an_order_and_a_payment_that_failed_goes_with_it() {
    let promised = shop().await;
    let admin = promised.app.admin().await;
    let input = json!({ "order": promised.order, "gateway": "STRIPE", "type": "CREDIT" });
    let id = promised.buyer.pays("paymentCreate", input).await["payment"]["id"].clone();
    promised.buyer.pays("paymentProcess", json!({ "payment": id, "method": "tok_visa", "capture": false })).await;
    assert_eq!(promised.payment(id.as_str().unwrap()).await["status"], "AUTHORIZED");
    assert_eq!(refusals(&promised.deletes_order(&admin).await), ["PAYMENT_HELD at order"]);
    promised.staff.pays("paymentVoid", json!({ "payment": id })).await;
    assert_eq!(refusals(&promised.deletes_order(&admin).await), Vec::<String>::new());

    let failed = shop().await;
    failed.declined().await;
    assert_eq!(refusals(&failed.deletes_order(&failed.app.admin().await).await), Vec::<String>::new());
    failed.app.work().await;
    assert_eq!(failed.provider.payment("pay_1").state, State::Cancelled);
    failed.is_well().await;
}
