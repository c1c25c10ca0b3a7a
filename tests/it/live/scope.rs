//! Who is told of what, and for how long.

use serde_json::{Value, json};

use super::{EVENTS, Live};
use crate::support::refusals;

#[tokio::test]
async fn nobody_is_told_of_nothing() {
    let live = Live::new().await;
    let mut socket = live.begun(&live.app.anonymous()).await;
    socket.subscribe("events", EVENTS, json!({})).await;
    let message = socket.message().await;
    assert_eq!((&message["type"], &message["payload"][0]["extensions"]["code"]), (&json!("error"), &json!("UNAUTHENTICATED")));
}

#[tokio::test]
async fn buyers_are_told_of_their_own_orders_and_staff_of_all() {
    let live = Live::new().await;
    let store = live.app.store("pouches").await;
    let goods = live.app.goods(store, "P-1", 999, 10).await;
    let (ada, _) = live.app.buyer("ada").await;
    let (bob, _) = live.app.buyer("bob").await;
    let now = live.now().await;
    let mut buyer = live.listening(&ada, &now).await;
    let mut staff = live.listening(&live.app.staff().await, &now).await;
    let bobs = bob.places(&goods, 1).await;
    let adas = ada.places(&goods, 1).await;
    live.app.work().await;
    assert_eq!(buyer.event().await["order"]["id"], json!(adas));
    assert_eq!(staff.event().await["order"]["id"], json!(bobs));
    assert_eq!(staff.event().await["order"]["id"], json!(adas));
}

#[tokio::test]
async fn sellers_are_told_of_orders_with_their_goods_and_only_of_the_status() {
    let live = Live::new().await;
    let (store, other) = (live.app.store("pouches").await, live.app.store("other").await);
    let goods = live.app.goods(store, "P-1", 999, 10).await;
    let others = live.app.goods(other, "O-1", 999, 10).await;
    let (ada, _) = live.app.buyer("ada").await;
    let seller = live.app.seller(store).await;
    let now = live.now().await;
    let mut socket = live.begun(&seller).await;
    let query = "subscription($after: String) { orderEvents(after: $after) {
        reason actor { email } changes { field } order { id customer { name } items { nodes { sku } } } } }";
    socket.subscribe("events", query, json!({ "after": now })).await;
    ada.places(&others, 1).await;
    let order = ada.places(&goods, 1).await;
    ada.change("orderCancel", json!({ "order": order, "reason": "a private matter" })).await;
    live.app.work().await;
    for _ in ["created", "cancelled"] {
        let event = socket.event().await;
        assert_eq!(event["order"]["id"], json!(order));
        assert_eq!((&event["reason"], &event["actor"]), (&Value::Null, &Value::Null));
        assert_eq!(event["changes"], json!([{ "field": "status" }]));
        assert_eq!(event["order"]["items"]["nodes"], json!([{ "sku": "P-1" }]));
    }
}

#[tokio::test]
async fn a_membership_that_ends_in_between_ends_what_is_told() {
    let live = Live::new().await;
    let store = live.app.store("pouches").await;
    let goods = live.app.goods(store, "P-1", 999, 10).await;
    let (ada, _) = live.app.buyer("ada").await;
    let seller = live.app.seller(store).await;
    let admin = live.app.admin().await;
    let user = seller.ask("{ viewer { user { email } } }", json!({})).await["viewer"]["user"]["email"].clone();
    let membership = json!({ "store": store.to_string(), "user": user });
    let now = live.now().await;
    let mut socket = live.listening(&seller, &now).await;
    let first = ada.places(&goods, 1).await;
    live.app.work().await;
    assert_eq!(socket.event().await["order"]["id"], json!(first));
    let removed = admin.mutate("storeMemberRemove", membership.clone(), "userErrors { code field message }").await;
    assert_eq!(refusals(&removed), Vec::<String>::new());
    let unseen = ada.places(&goods, 1).await;
    let staff = live.app.staff().await;
    let mut witness = live.listening(&staff, &now).await;
    live.app.work().await;
    witness.event().await;
    assert_eq!(witness.event().await["order"]["id"], json!(unseen));
    // Something of its own, which comes after: what is passed over before it was not told.
    let own = seller.places(&goods, 1).await;
    live.app.work().await;
    assert_eq!(socket.event().await["order"]["id"], json!(own));
}

#[tokio::test]
async fn a_token_that_ends_closes_the_connection() {
    let live = Live::new().await;
    let (ada, _) = live.app.buyer("ada").await;
    let now = live.now().await;
    let mut socket = live.listening(&ada, &now).await;
    let mut idle = live.begun(&ada).await;
    live.app.clock.advance_seconds(15 * 60 - 1);
    idle.say(json!({ "type": "ping" })).await;
    assert_eq!(idle.message().await, json!({ "type": "pong" }));
    live.app.clock.advance_seconds(1);
    assert_eq!(socket.close_code().await, 4403);
    assert_eq!(idle.close_code().await, 4403);
}

#[tokio::test]
async fn a_user_who_is_blocked_is_told_nothing_more() {
    let live = Live::new().await;
    let store = live.app.store("pouches").await;
    let goods = live.app.goods(store, "P-1", 999, 10).await;
    let (ada, customer) = live.app.buyer("ada").await;
    let order = ada.places(&goods, 1).await;
    let now = live.now().await;
    let mut socket = live.listening(&ada, &now).await;
    let staff = live.app.staff().await;
    let blocked = json!({ "customer": customer.to_string(), "status": "BLOCKED" });
    let payload = staff.mutate("customerUpdate", blocked, "userErrors { code field message }").await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    staff.moves(&order, &["orderConfirm"]).await;
    live.app.work().await;
    assert_eq!(socket.heard().await, Err(4403));
}
