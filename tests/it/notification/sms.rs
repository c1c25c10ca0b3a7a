//! Short messages by Twilio: off unless switched on, of shipping and delivery only.

use serde_json::json;

use crate::support::{Client, FakeTwilio, Goods, TestApp};

async fn shop(twilio: &FakeTwilio, phone: &str) -> (TestApp, Goods, Client, Client) {
    let base = twilio.base.clone();
    let app = TestApp::with(|config| {
        config.notify.sms_enabled = true;
        config.notify.shop_name = "The Shop".to_owned();
        config.notify.twilio_account_sid = Some("AC123".to_owned());
        config.notify.twilio_auth_token = Some("token".into());
        config.notify.twilio_from = Some("+15005550006".to_owned());
        config.notify.twilio_api_base = base;
    })
    .await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 2999, 10).await;
    let (buyer, customer) = app.buyer("ada").await;
    app.sql(&format!("UPDATE customers SET phone = '{phone}'")).await;
    assert!(!customer.to_string().is_empty());
    let staff = app.staff().await;
    (app, pouch, buyer, staff)
}

#[tokio::test]
async fn shipping_and_delivery_are_told_by_short_message() {
    let twilio = FakeTwilio::start().await;
    let (app, pouch, buyer, staff) = shop(&twilio, "+49 30 123456").await;
    let order = buyer.places(&pouch, 1).await;
    for mutation in ["orderConfirm", "orderProcess", "orderShip", "orderDeliver"] {
        staff.moves(&order, &[mutation]).await;
        app.work().await;
    }
    let message = |what: &str| ("+4930123456".to_owned(), format!("The Shop: Your order ORD-20260115-0001 has been {what}."));
    assert_eq!(twilio.sent(), [message("shipped"), message("delivered")]);
    // AC123:token in base64.
    assert_eq!(twilio.accounts()[0], ("AC123".to_owned(), "Basic QUMxMjM6dG9rZW4=".to_owned()));
}

#[tokio::test]
async fn who_cannot_or_does_not_want_to_be_reached_is_left_alone() {
    let twilio = FakeTwilio::start().await;
    let (app, pouch, buyer, staff) = shop(&twilio, "030 123456").await;
    let order = buyer.places(&pouch, 1).await;
    staff.moves(&order, &["orderConfirm", "orderProcess", "orderShip"]).await;
    app.work().await;
    app.sql("UPDATE customers SET phone = '+4930123456'").await;
    buyer.mutate("notificationPreferencesUpdate", json!({ "sms": false }), "preferences { sms }").await;
    staff.moves(&order, &["orderDeliver"]).await;
    app.work().await;
    assert_eq!((twilio.sent().len(), app.rows("jobs WHERE kind = 'sms.send'").await), (0, 0));
}

#[tokio::test]
async fn trouble_at_twilio_is_tried_again_and_a_refusal_is_not() {
    let twilio = FakeTwilio::start().await;
    let (app, pouch, buyer, staff) = shop(&twilio, "+4930123456").await;
    twilio.answers(503, "overloaded");
    let order = buyer.places(&pouch, 1).await;
    staff.moves(&order, &["orderConfirm", "orderProcess", "orderShip"]).await;
    app.work().await;
    assert_eq!(app.rows("jobs WHERE kind = 'sms.send' AND dead_at IS NULL").await, 1);
    twilio.answers(201, "queued");
    app.clock.advance_seconds(10);
    app.work().await;
    assert_eq!(twilio.sent().len(), 1);
    twilio.answers(400, "the number is not one");
    staff.moves(&order, &["orderDeliver"]).await;
    app.work().await;
    let failed = staff.ask("{ failedJobs(kind: \"sms.send\") { nodes { error attempts } } }", json!({})).await;
    assert_eq!(
        failed["failedJobs"]["nodes"],
        json!([{ "error": "Twilio answered 400 Bad Request: the number is not one", "attempts": 1 }])
    );
}
