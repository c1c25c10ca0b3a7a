//! Payments by hand: created, marked paid, given back, changed, deleted.

use serde_json::json;

use super::shop;
use crate::support::refusals;

#[tokio::test]
async fn staff_take_money_in_parts_and_the_order_is_confirmed_when_all_is_paid() {
    let shop = shop().await;
    let part = json!({ "order": shop.order, "gateway": "MANUAL", "type": "CASH", "amount": "20.00", "note": "at the counter" });
    let first = shop.staff.pays("paymentCreate", part).await;
    assert_eq!((refusals(&first).len(), &first["payment"]["status"]), (0, &json!("PENDING")));
    assert_eq!((&first["payment"]["method"], &first["payment"]["note"]), (&json!("Cash"), &json!("at the counter")));
    assert_eq!(first["payment"]["order"]["paymentStatus"], "PENDING");
    let rest = json!({ "order": shop.order, "gateway": "MANUAL", "type": "TRANSFER", "reference": "BANK-7" });
    let second = shop.staff.pays("paymentCreate", rest).await;
    assert_eq!(second["payment"]["amount"], "40.00", "the rest, unless told");
    let done = shop.staff.pays("paymentProcess", json!({ "payment": first["payment"]["id"] })).await;
    assert_eq!((&done["payment"]["status"], &done["payment"]["captured"]), (&json!("PAID"), &json!("20.00")));
    assert_eq!(done["payment"]["order"]["paymentStatus"], "PARTIALLY_PAID");
    assert_eq!(done["payment"]["order"]["status"], "PENDING");
    let done = shop.staff.pays("paymentProcess", json!({ "payment": second["payment"]["id"] })).await;
    assert_eq!(done["payment"]["order"]["paymentStatus"], "PAID");
    assert_eq!(done["payment"]["order"]["status"], "CONFIRMED");
    assert_eq!(done["payment"]["order"]["totals"], json!({ "paid": "60.00", "refunded": "0.00", "balance": "0.00" }));
    assert_eq!(
        shop.told().await,
        ["ORDER_CREATED", "PAYMENT_CREATED", "PAYMENT_CREATED", "PAYMENT_CAPTURED", "PAYMENT_CAPTURED", "ORDER_CONFIRMED"]
    );
    let found = shop.staff.ask("{ orders(filter: { search: \"bank-7\" }) { totalCount } }", json!({})).await;
    assert_eq!(found["orders"]["totalCount"], 1, "an order is found by the reference of its payment");
    shop.is_well().await;
}

#[tokio::test]
async fn a_payment_does_not_confirm_the_order_where_the_shop_does_not_want_it() {
    let shop = super::shop_with(|config| config.orders.auto_confirm_on_payment = false).await;
    let new = json!({ "order": shop.order, "gateway": "MANUAL", "type": "CASH" });
    let created = shop.staff.pays("paymentCreate", new).await;
    let done = shop.staff.pays("paymentProcess", json!({ "payment": created["payment"]["id"] })).await;
    assert_eq!(done["payment"]["order"]["status"], "PENDING");
    assert_eq!(done["payment"]["order"]["paymentStatus"], "PAID");
}

#[tokio::test]
async fn payments_together_never_exceed_the_total() {
    let shop = shop().await;
    let new = |amount: &str| json!({ "order": shop.order, "gateway": "MANUAL", "type": "CASH", "amount": amount });
    for (amount, reason) in [
        ("60.01", "AMOUNT_EXCEEDS_BALANCE at amount"),
        ("0", "INVALID_AMOUNT at amount"),
        ("-1", "INVALID_AMOUNT at amount"),
        ("1.001", "INVALID_AMOUNT at amount"),
    ] {
        shop.refused(&shop.staff, "paymentCreate", new(amount), reason).await;
    }
    shop.staff.pays("paymentCreate", new("59.99")).await;
    shop.refused(&shop.staff, "paymentCreate", new("0.02"), "AMOUNT_EXCEEDS_BALANCE at amount").await;
    assert_eq!(refusals(&shop.staff.pays("paymentCreate", new("0.01")).await), Vec::<String>::new());
    let all = json!({ "order": shop.order, "gateway": "MANUAL", "type": "CASH" });
    shop.refused(&shop.staff, "paymentCreate", all, "AMOUNT_EXCEEDS_BALANCE at amount").await;
}

#[tokio::test]
async fn buyers_and_sellers_take_no_money_by_hand() {
    let shop = shop().await;
    let new = json!({ "order": shop.order, "gateway": "MANUAL", "type": "CASH" });
    shop.refused(&shop.buyer, "paymentCreate", new.clone(), "FORBIDDEN at gateway").await;
    let id = shop.staff.pays("paymentCreate", new.clone()).await["payment"]["id"].clone();
    shop.refused(&shop.buyer, "paymentProcess", json!({ "payment": id }), "FORBIDDEN at payment").await;
    let (other, _) = shop.app.buyer("bob").await;
    shop.refused(&other, "paymentProcess", json!({ "payment": id }), "NOT_FOUND at payment").await;
    let stripe = json!({ "order": shop.order, "gateway": "STRIPE", "type": "CREDIT" });
    shop.refused(&other, "paymentCreate", stripe.clone(), "NOT_FOUND at order").await;
    let pens = entity::store::Entity::find().one(shop.app.db().reader()).await.unwrap().unwrap();
    let seller = shop.app.seller(pens.id).await;
    shop.refused(&seller, "paymentCreate", stripe, "FORBIDDEN at order").await;
    shop.refused(&seller, "paymentProcess", json!({ "payment": id }), "NOT_FOUND at payment").await;
    for mutation in ["paymentRefund", "paymentCapture", "paymentVoid", "paymentUpdate", "paymentDelete"] {
        let answer = shop.buyer.try_mutate(mutation, json!({ "payment": id }), "userErrors { code }").await;
        assert_eq!(answer.code(), "FORBIDDEN", "{mutation}");
    }
    let answer = shop.app.anonymous().try_mutate("paymentProcess", json!({ "payment": id }), "userErrors { code }").await;
    assert_eq!(answer.code(), "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_payment_is_processed_once() {
    let shop = shop().await;
    let new = json!({ "order": shop.order, "gateway": "MANUAL", "type": "CASH", "idempotencyKey": "new" });
    let created = shop.staff.pays("paymentCreate", new.clone()).await;
    let again = shop.staff.pays("paymentCreate", new).await;
    assert_eq!((&again["replayed"], &again["payment"]["id"]), (&json!(true), &created["payment"]["id"]));
    let other = json!({ "order": shop.order, "gateway": "MANUAL", "type": "OTHER", "idempotencyKey": "new" });
    shop.refused(&shop.staff, "paymentCreate", other, "IDEMPOTENCY_KEY_REUSED at idempotencyKey").await;
    let input = json!({ "payment": created["payment"]["id"], "idempotencyKey": "pay" });
    let dry = json!({ "payment": created["payment"]["id"], "dryRun": true });
    let before = shop.app.state().await;
    assert_eq!(shop.staff.pays("paymentProcess", dry).await["payment"]["status"], "PAID");
    assert_eq!(shop.app.state().await, before);
    shop.staff.pays("paymentProcess", input.clone()).await;
    let again = shop.staff.pays("paymentProcess", input).await;
    assert_eq!((&again["replayed"], refusals(&again).len()), (&json!(true), 0));
    let input = json!({ "payment": created["payment"]["id"] });
    let payload = shop.staff.pays("paymentProcess", input.clone()).await;
    assert_eq!(payload["userErrors"][0]["message"], "Payment cannot be processed with current status");
    shop.refused(&shop.staff, "paymentProcess", input, "PAYMENT_NOT_PROCESSABLE at payment").await;
    assert_eq!(shop.app.rows("payments").await, 1);
}

#[tokio::test]
async fn only_what_nothing_came_of_is_changed_or_deleted_and_only_by_administrators() {
    let shop = shop().await;
    let admin = shop.app.admin().await;
    let new = json!({ "order": shop.order, "gateway": "MANUAL", "type": "CASH", "amount": "10.00" });
    let id = shop.staff.pays("paymentCreate", new).await["payment"]["id"].clone();
    let answer = shop.staff.try_mutate("paymentUpdate", json!({ "payment": id, "amount": "5" }), "userErrors { code }").await;
    assert_eq!(answer.code(), "FORBIDDEN");
    let edit = json!({ "payment": id, "amount": "60.00", "type": "DEBIT", "reference": "R-1", "note": "n" });
    let edited = admin.pays("paymentUpdate", edit).await["payment"].clone();
    assert_eq!((&edited["amount"], &edited["type"], &edited["method"]), (&json!("60.00"), &json!("DEBIT"), &json!("Debit Card")));
    assert_eq!((&edited["reference"], &edited["note"]), (&json!("R-1"), &json!("n")));
    shop.refused(&admin, "paymentUpdate", json!({ "payment": id, "amount": "60.01" }), "AMOUNT_EXCEEDS_BALANCE at amount").await;
    let deletes = |id: serde_json::Value| {
        let admin = admin.clone();
        async move {
            admin
                .mutate("paymentDelete", json!({ "payment": id }), "deletedId order { paymentStatus } userErrors { code field }")
                .await
        }
    };
    let gone = deletes(id.clone()).await;
    assert_eq!((&gone["deletedId"], &gone["order"]["paymentStatus"]), (&id, &json!("UNPAID")));
    let new = json!({ "order": shop.order, "gateway": "MANUAL", "type": "CASH" });
    let id = shop.staff.pays("paymentCreate", new).await["payment"]["id"].clone();
    shop.staff.pays("paymentProcess", json!({ "payment": id })).await;
    shop.refused(&admin, "paymentUpdate", json!({ "payment": id, "amount": "1.00" }), "PAYMENT_LOCKED at payment").await;
    let before = shop.app.state().await;
    assert_eq!(refusals(&deletes(id).await), ["PAYMENT_LOCKED at payment"]);
    assert_eq!(shop.app.state().await, before);
    let snapshot = shop.staff.order(&shop.order, "events { nodes { kind changes { field old } } }").await;
    let deleted = snapshot["events"]["nodes"].as_array().unwrap().iter().find(|node| node["kind"] == "PAYMENT_DELETED").unwrap();
    assert!(deleted["changes"].to_string().contains("R-1"), "the event keeps what was deleted");
    shop.is_well().await;
}

#[tokio::test]
async fn what_looks_like_a_card_number_is_refused_and_not_repeated() {
    let shop = shop().await;
    let number = "4242 4242-4242 4242";
    let base = json!({ "order": shop.order, "gateway": "STRIPE", "type": "CREDIT" });
    for field in ["note", "method", "reason", "idempotencyKey"] {
        let mut input = base.clone();
        input[field] = json!(format!("card {number} 12/30"));
        let payload = shop.buyer.pays("paymentCreate", input.clone()).await;
        assert!(!payload.to_string().contains("4242"), "{payload}");
        shop.refused(&shop.buyer, "paymentCreate", input, &format!("CARD_DATA_REFUSED at {field}")).await;
    }
    let id = shop.begins().await;
    let input = json!({ "payment": id, "method": number });
    shop.refused(&shop.buyer, "paymentProcess", input, "CARD_DATA_REFUSED at method").await;
    assert_eq!(shop.provider.calls(), Vec::<String>::new());
}

use sea_orm::EntityTrait as _;
