//! Fulfillments.

mod create;
mod follow;
mod label;
mod shippo;
mod tracking;
mod transition;

use serde_json::{Value, json};

use crate::support::{Client, Goods, TestApp, refusals};

/// What of a payload tests look at.
pub const SENT: &str = "replayed
    fulfillment { id number status carrier trackingNumber trackingUrl estimatedDelivery shippedAt deliveredAt
        store { slug } lines { quantity item { sku } } }
    order { id status version fulfillmentStatus trackingNumber estimatedDelivery }
    userErrors { code field message available allowedStatuses changedFields currentVersion }";

impl Client {
    /// Runs a mutation of a fulfillment; its payload.
    pub async fn sends(&self, mutation: &str, input: Value) -> Value {
        self.mutate(mutation, input, SENT).await
    }

    /// Runs a mutation of a fulfillment that must succeed; the fulfillment.
    pub async fn sent(&self, mutation: &str, input: Value) -> Value {
        let payload = self.sends(mutation, input).await;
        assert_eq!(refusals(&payload), Vec::<String>::new(), "{mutation} {payload:#}");
        payload["fulfillment"].clone()
    }

    /// The lines of an order by SKU.
    pub async fn line(&self, order: &str, sku: &str) -> String {
        let seen = self.order(order, "items { nodes { id sku } }").await;
        let lines = seen["items"]["nodes"].as_array().unwrap().clone();
        let line = lines.iter().find(|line| line["sku"] == sku).unwrap_or_else(|| panic!("{sku} in {lines:?}"));
        line["id"].as_str().unwrap().to_owned()
    }

    /// The kinds of an order's events, in their order.
    pub async fn kinds(&self, order: &str) -> Vec<String> {
        let seen = self.order(order, "events(first: 100) { nodes { kind } }").await;
        let nodes = seen["events"]["nodes"].as_array().unwrap().clone();
        nodes.iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
    }
}

/// A shop of two stores whose sellers fulfil, and a confirmed order of three pouches of the left one and two mugs of the
/// right one.
pub struct Shop {
    pub app: TestApp,
    pub pouch: Goods,
    pub mug: Goods,
    pub buyer: Client,
    pub staff: Client,
    pub left: Client,
    pub right: Client,
    pub order: String,
}

pub async fn shop() -> Shop {
    let app = TestApp::with(|config| config.orders.sellers_can_fulfil = true).await;
    let (left_store, right_store) = (app.store("left").await, app.store("right").await);
    let pouch = app.goods(left_store, "POUCH", 2_000, 50).await;
    let mug = app.goods(right_store, "MUG", 1_500, 50).await;
    let (buyer, _) = app.buyer("ada").await;
    let staff = app.staff().await;
    let (left, right) = (app.seller(left_store).await, app.seller(right_store).await);
    let order = places(&buyer, &[(&pouch, 3), (&mug, 2)], json!({})).await;
    staff.moves(&order, &["orderConfirm"]).await;
    Shop { app, pouch, mug, buyer, staff, left, right, order }
}

/// Places an order of several goods; its id.
pub async fn places(buyer: &Client, goods: &[(&Goods, i64)], more: Value) -> String {
    let items: Vec<Value> =
        goods.iter().map(|(goods, quantity)| json!({ "variant": goods.variant.to_string(), "quantity": quantity })).collect();
    let mut input = json!({ "items": items });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let payload = buyer.mutate("orderCreate", input, "order { id } userErrors { code field message }").await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    payload["order"]["id"].as_str().unwrap().to_owned()
}

/// The change is refused for this reason, and nothing is there that was not before.
pub async fn refused(app: &TestApp, client: &Client, mutation: &str, input: Value, reason: &str) -> Value {
    let before = app.state().await;
    let payload = client.sends(mutation, input).await;
    assert_eq!(refusals(&payload), [reason], "{mutation} {payload:#}");
    assert_eq!((&payload["fulfillment"], &payload["order"]), (&Value::Null, &Value::Null));
    assert_eq!(app.state().await, before);
    payload["userErrors"][0].clone()
}
