//! `customerUpdate`.

use entity::stored::Role;
use serde_json::json;

use crate::support::{TestApp, refusals};

const SELECTION: &str = "userErrors { code field } customer { name email phone status }";

#[tokio::test]
async fn customers_change_name_and_phone_of_their_own() {
    let app = TestApp::new().await;
    let (ada, own) = app.buyer("ada").await;
    let (_, other) = app.buyer("bob").await;
    let changed =
        ada.mutate("customerUpdate", json!({ "customer": own.to_string(), "name": "Ada L.", "phone": "110" }), SELECTION).await;
    assert_eq!(changed["customer"], json!({ "name": "Ada L.", "email": "ada@buyer.test", "phone": "110", "status": "ACTIVE" }));
    for (id, change, refusal) in [
        (own.to_string(), json!({ "email": "x@y.test" }), "FORBIDDEN at email"),
        (own.to_string(), json!({ "status": "BLOCKED" }), "FORBIDDEN at status"),
        (other.to_string(), json!({ "name": "Eve" }), "NOT_FOUND at customer"),
        ("order_01h455vb4pex5vsknk084sn02q".to_owned(), json!({ "name": "Eve" }), "NOT_FOUND at customer"),
    ] {
        let mut input = change;
        input["customer"] = json!(id);
        assert_eq!(refusals(&ada.mutate("customerUpdate", input, SELECTION).await), [refusal]);
    }
    let staff = app.staff().await;
    let taken =
        staff.mutate("customerUpdate", json!({ "customer": own.to_string(), "email": "bob@buyer.test" }), SELECTION).await;
    assert_eq!(refusals(&taken), ["EMAIL_TAKEN at email"]);
    let found = staff.ask("{ customers(filter: { search: \"ADA L.\" }) { nodes { phone } } }", json!({})).await;
    assert_eq!(found["customers"]["nodes"], json!([{ "phone": "110" }]));
}

#[tokio::test]
async fn who_is_blocked_is_signed_out_at_once() {
    let app = TestApp::new().await;
    let (ada, id) = app.buyer("ada").await;
    let viewer = "{ viewer { user { email } } }";
    assert_eq!(ada.ask(viewer, json!({})).await["viewer"]["user"]["email"], "ada@buyer.test");
    let staff = app.staff().await;
    let block = json!({ "customer": id.to_string(), "status": "BLOCKED" });
    assert_eq!(staff.mutate("customerUpdate", block, SELECTION).await["customer"]["status"], "BLOCKED");
    let refused = ada.send(viewer, json!({})).await;
    assert_ne!(refused.body["data"]["viewer"]["user"]["email"], "ada@buyer.test", "{:#}", refused.body);
    staff.mutate("customerUpdate", json!({ "customer": id.to_string(), "status": "ACTIVE" }), SELECTION).await;
    assert_eq!(ada.ask(viewer, json!({})).await["viewer"]["user"]["email"], "ada@buyer.test");
}

#[tokio::test]
async fn staff_lock_out_neither_themselves_nor_administrators() {
    let app = TestApp::new().await;
    let (staff, own) = app.user("s@shop.test", Role::Staff, &[]).await;
    let (admin, boss) = app.user("a@shop.test", Role::Admin, &[]).await;
    for (client, id) in [(&staff, own), (&staff, boss), (&admin, boss)] {
        let refused =
            client.mutate("customerUpdate", json!({ "customer": id.to_string(), "status": "BLOCKED" }), SELECTION).await;
        assert_eq!(refusals(&refused), ["FORBIDDEN at status"]);
    }
    let blocked = admin.mutate("customerUpdate", json!({ "customer": own.to_string(), "status": "BLOCKED" }), SELECTION).await;
    assert_eq!(blocked["customer"]["status"], "BLOCKED");
}
