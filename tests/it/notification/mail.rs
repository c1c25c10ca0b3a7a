//! E-mails: what they say, to whom, and that none is lost or doubled whatever the mail server does.

use entity::{customer, id::CustomerId};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set};
use serde_json::{Value, json};

use super::told;
use crate::support::{Behaviour, Client, Goods, Post, TestApp, refusals};

/// A shop with a mail server, a buyer with an order, and staff.
struct Shop {
    app: TestApp,
    post: Post,
    pouch: Goods,
    buyer: Client,
    customer: CustomerId,
    staff: Client,
    order: String,
}

async fn shop() -> Shop {
    let post = Post::start().await;
    let url = post.url();
    let app = TestApp::with(|config| {
        config.notify.smtp_url = Some(url.as_str().into());
        config.notify.mail_from = Some("The Shop <orders@shop.test>".to_owned());
        config.notify.shop_name = "The Shop".to_owned();
        config.links.public_url = Some("https://shop.test".to_owned());
    })
    .await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "<script>x</script>", 2999, 10).await;
    let (buyer, customer) = app.buyer("ada").await;
    let staff = app.staff().await;
    let order = buyer.places(&pouch, 2).await;
    app.work().await;
    Shop { app, post, pouch, buyer, customer, staff, order }
}

impl Shop {
    async fn names(&self, name: &str) {
        let row = customer::ActiveModel { id: Set(self.customer), name: Set(name.to_owned()), ..Default::default() };
        row.update(self.app.db().writer()).await.unwrap();
    }

    /// Works again and again while later attempts become due.
    async fn works_for(&self, seconds: i64) {
        for _ in 0..20 {
            self.app.clock.advance_seconds(seconds / 20);
            self.app.work().await;
        }
    }

    /// The errors of the jobs that were given up.
    async fn failed(&self) -> Vec<Value> {
        let data = self.staff.ask("{ failedJobs { nodes { id kind error attempts } } }", json!({})).await;
        data["failedJobs"]["nodes"].as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn a_letter_has_both_forms_and_escapes_what_people_wrote() {
    let shop = shop().await;
    shop.names("<b>\"Ada\"</b> & Søns").await;
    shop.staff.moves(&shop.order, &["orderConfirm"]).await;
    shop.app.work().await;
    let [mail] = shop.post.taken().try_into().unwrap();
    assert_eq!(mail.to, ["ada@buyer.test"]);
    assert_eq!(mail.header("Subject").as_deref(), Some("Order ORD-20260115-0001 confirmed"));
    assert_eq!(mail.header("From").as_deref(), Some("\"The Shop\" <orders@shop.test>"));
    assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
    assert_eq!(mail.header("Date").as_deref(), Some("Thu, 15 Jan 2026 12:00:00 +0000"));
    assert!(mail.header("To").unwrap().contains("<ada@buyer.test>"));
    let id = mail.header("Message-ID").unwrap();
    assert!(id.starts_with('<') && id.ends_with("@shop.test>") && id.contains(&shop.order), "{id}");
    let html = mail.part("text/html");
    assert!(!html.contains("<script>") && !html.contains("<b>"), "{html}");
    assert!(
        html.contains("&lt;script&gt;") && html.contains("&lt;b&gt;") && html.contains("& Søns".replace('&', "&amp;").as_str())
    );
    assert!(html.contains("https:&#x2f;&#x2f;shop.test") || html.contains("https://shop.test"), "{html}");
    insta::assert_snapshot!(mail.part("text/plain"), @r#"
    Hello <b>"Ada"</b> & Søns,

    We have confirmed your order ORD-20260115-0001 and will let you know when it is on its way.

    Order ORD-20260115-0001 of 2026-01-15: Confirmed

    2 × Product <script>x</script>: 59.98 EUR

    Total: 59.98 EUR

    https://shop.test

    The Shop
    "#);
    assert_eq!(shop.app.rows("jobs WHERE kind LIKE 'mail%'").await, 0);
}

#[tokio::test]
async fn names_cannot_write_headers() {
    let shop = shop().await;
    shop.names("Ada\r\nBcc: eve@evil.test\r\n\r\nBuy now").await;
    shop.staff.moves(&shop.order, &["orderConfirm"]).await;
    shop.app.work().await;
    let [mail] = shop.post.taken().try_into().unwrap();
    assert_eq!((mail.header("Bcc"), mail.to.as_slice()), (None, &["ada@buyer.test".to_owned()][..]));
    assert!(mail.header("To").unwrap().contains("ada@buyer.test"));
    assert!(mail.header("MIME-Version").is_some(), "all headers are in the head: {}", mail.raw);
}

#[tokio::test]
async fn while_the_server_is_down_nothing_is_lost_and_order_is_kept() {
    let mut shop = shop().await;
    shop.post.goes_down().await;
    for mutation in ["orderConfirm", "orderProcess", "orderShip", "orderDeliver"] {
        shop.staff.moves(&shop.order, &[mutation]).await;
        shop.works_for(60).await;
    }
    assert_eq!((shop.post.taken().len(), told(&shop.buyer).await.len()), (0, 3));
    shop.post.comes_back().await;
    shop.works_for(4 * 3_600).await;
    assert_eq!(
        shop.post.subjects(),
        ["Order ORD-20260115-0001 confirmed", "Order ORD-20260115-0001 is on its way", "Order ORD-20260115-0001 was delivered",]
    );
    assert_eq!(shop.app.rows("jobs WHERE kind = 'mail.send'").await, 0);
}

#[tokio::test]
async fn a_silent_server_holds_up_no_request() {
    let shop = shop().await;
    shop.post.behaves(Behaviour::Silent);
    shop.staff.moves(&shop.order, &["orderConfirm"]).await;
    let meanwhile = async {
        let order = shop.buyer.places(&shop.pouch, 1).await;
        shop.staff.moves(&order, &["orderConfirm", "orderProcess"]).await;
        assert_eq!(shop.post.taken().len(), 0);
        shop.post.behaves(Behaviour::Accept);
    };
    tokio::join!(shop.app.work(), meanwhile);
    shop.app.work().await;
    assert_eq!(shop.post.subjects(), ["Order ORD-20260115-0001 confirmed", "Order ORD-20260115-0002 confirmed"]);
}

#[tokio::test]
async fn a_refusal_for_now_is_tried_again_and_one_for_good_is_shown_to_staff() {
    let shop = shop().await;
    shop.post.behaves(Behaviour::AtRecipient("451 try again later"));
    shop.staff.moves(&shop.order, &["orderConfirm"]).await;
    shop.works_for(60).await;
    assert_eq!((shop.post.taken().len(), shop.failed().await.len()), (0, 0));
    shop.post.behaves(Behaviour::AtRecipient("550 no such mailbox"));
    shop.works_for(600).await;
    let [failed] = shop.failed().await.try_into().unwrap();
    assert_eq!(failed["kind"], "mail.send");
    assert!(failed["error"].as_str().unwrap().contains("no such mailbox"), "{failed}");
    // It holds up nothing that comes later, and when staff say so it is tried again.
    shop.post.behaves(Behaviour::Accept);
    shop.staff.moves(&shop.order, &["orderProcess", "orderShip"]).await;
    shop.app.work().await;
    assert_eq!(shop.post.subjects(), ["Order ORD-20260115-0001 is on its way"]);
    let retried = shop.staff.mutate("jobRetry", json!({ "job": failed["id"] }), "retriedId userErrors { code field }").await;
    assert_eq!(retried["retriedId"], failed["id"]);
    shop.app.work().await;
    assert_eq!((shop.post.subjects().len(), shop.failed().await.len()), (2, 0));
}

#[tokio::test]
async fn a_wrong_password_is_not_the_messages_fault() {
    let shop = shop().await;
    shop.post.behaves(Behaviour::AtRecipient("530 authentication required"));
    shop.staff.moves(&shop.order, &["orderConfirm"]).await;
    shop.works_for(60).await;
    assert_eq!(shop.failed().await.len(), 0);
    shop.post.behaves(Behaviour::Accept);
    shop.works_for(600).await;
    assert_eq!(shop.post.taken().len(), 1);
}

#[tokio::test]
async fn a_message_sent_twice_has_one_id() {
    let shop = shop().await;
    shop.post.behaves(Behaviour::BreakOffAfterTaking);
    shop.staff.moves(&shop.order, &["orderConfirm"]).await;
    shop.app.work().await;
    shop.post.behaves(Behaviour::Accept);
    shop.works_for(60).await;
    let [first, second] = shop.post.taken().try_into().unwrap();
    assert_eq!(first.header("Message-ID"), second.header("Message-ID"));
    assert_eq!(first.header("Date"), second.header("Date"));
}

#[tokio::test]
async fn who_does_not_want_letters_gets_none() {
    let shop = shop().await;
    let chosen = "{ viewer { notificationPreferences { email sms } } }";
    let preferences = |data: &Value| data["viewer"]["notificationPreferences"].clone();
    assert_eq!(preferences(&shop.buyer.ask(chosen, json!({})).await), json!({ "email": true, "sms": true }));
    let selection = "preferences { email sms } userErrors { code field }";
    let nothing = shop.buyer.mutate("notificationPreferencesUpdate", json!({}), selection).await;
    assert_eq!(refusals(&nothing), ["INVALID_INPUT at email"]);
    let off = shop.buyer.mutate("notificationPreferencesUpdate", json!({ "email": false }), selection).await;
    assert_eq!(off["preferences"], json!({ "email": false, "sms": true }));
    let sms = shop.buyer.mutate("notificationPreferencesUpdate", json!({ "sms": false }), selection).await;
    assert_eq!(sms["preferences"], json!({ "email": false, "sms": false }));
    assert_eq!(preferences(&shop.staff.ask(chosen, json!({})).await), json!({ "email": true, "sms": true }));
    shop.staff.moves(&shop.order, &["orderConfirm"]).await;
    shop.app.work().await;
    assert_eq!((shop.post.taken().len(), told(&shop.buyer).await.len()), (0, 1));
    shop.buyer.mutate("notificationPreferencesUpdate", json!({ "email": true }), selection).await;
    shop.staff.moves(&shop.order, &["orderProcess", "orderShip"]).await;
    shop.app.work().await;
    assert_eq!(shop.post.subjects(), ["Order ORD-20260115-0001 is on its way"]);
}

#[tokio::test]
async fn customers_without_a_user_get_letters_and_those_without_an_address_none() {
    let shop = shop().await;
    for (name, email) in [("guest", Some("guest@buyer.test")), ("nobody", None)] {
        let customer = shop.app.customer(name, email, None).await;
        let input = json!({
            "customer": customer.to_string(),
            "items": [{ "variant": shop.pouch.variant.to_string(), "quantity": 1 }],
        });
        let placed = shop.staff.mutate("orderCreate", input, "order { id } userErrors { code field }").await;
        shop.staff.moves(placed["order"]["id"].as_str().unwrap(), &["orderConfirm"]).await;
    }
    shop.app.work().await;
    let to: Vec<String> = shop.post.taken().into_iter().flat_map(|mail| mail.to).collect();
    assert_eq!(to, ["guest@buyer.test"]);
    assert_eq!((shop.failed().await.len(), shop.app.rows("jobs WHERE kind = 'mail.send'").await), (0, 0));
}

#[tokio::test]
async fn without_a_mail_server_nothing_waits() {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 2999, 10).await;
    let (buyer, _) = app.buyer("ada").await;
    let order = buyer.places(&pouch, 1).await;
    app.staff().await.moves(&order, &["orderConfirm"]).await;
    app.work().await;
    assert_eq!((told(&buyer).await.len(), app.rows("jobs WHERE kind LIKE '%.send'").await), (1, 0));
}
