//! Bulk operations: accepted at once, worked off in the background.

mod cancel;
mod crash;
mod customers;
mod operation;
mod products;
mod rights;

use entity::id::BulkOperationId;
use ordergraph::{
    bulk::turn::{self, Step},
    config::ServeConfig,
    order::bulk::Orders,
};
use serde_json::{Value, json};

use crate::support::{Client, Goods, TestApp, refusals};

/// What most tests ask of an operation.
pub const OPERATION: &str = "id kind action toStatus status total processed succeeded skipped failed dryRun failureCode
    startedAt endedAt reasons { outcome code count }";

/// What most tests ask of a bulk action.
const ANSWER: &str = "processed skipped failed replayed results { id number outcome code }
    operation { id status total processed } userErrors { code field message }";

/// A shop with some orders of one piece each, oldest first, and staff.
pub struct Shop {
    pub app: TestApp,
    pub pouch: Goods,
    pub buyer: Client,
    pub staff: Client,
    pub orders: Vec<String>,
}

impl Shop {
    /// A shop in which three things are worked off in one transaction.
    pub async fn with(orders: usize) -> Self {
        Self::of(TestApp::with(by_three).await, orders).await
    }

    pub async fn of(app: TestApp, orders: usize) -> Self {
        let store = app.store("pouches").await;
        let pouch = app.goods(store, "POUCH", 2999, 100).await;
        let (buyer, _) = app.buyer("ada").await;
        let staff = app.staff().await;
        let mut shop = Self { app, pouch, buyer, staff, orders: Vec::new() };
        for _ in 0..orders {
            let order = shop.buyer.places(&shop.pouch, 1).await;
            shop.orders.push(order);
            shop.app.clock.advance_seconds(1);
        }
        shop
    }

    /// Has all pending orders brought to a status in the background; the operation's id.
    pub async fn accepted(&self, status: &str) -> String {
        let input = json!({ "orders": self.orders, "action": to(status), "asJob": true, "reason": "morning round" });
        accepted(&self.staff, "ordersBulkAction", input).await
    }

    /// Works off one chunk of an operation of orders.
    pub async fn step(&self, operation: &str) -> Step {
        turn::step::<Orders>(&self.app.app, operation.parse::<BulkOperationId>().unwrap()).await.unwrap()
    }

    /// How many events of this kind there are.
    pub async fn events_of(&self, kind: &str) -> i64 {
        self.app.sql_count(&format!("SELECT COUNT(*) FROM events WHERE kind = '{kind}'")).await
    }
}

pub fn by_three(config: &mut ServeConfig) {
    config.bulk.chunk = 3;
}

pub fn to(status: &str) -> Value {
    json!({ "updateStatus": { "status": status } })
}

/// Asks for a bulk action that must be accepted as an operation; its id.
pub async fn accepted(client: &Client, mutation: &str, input: Value) -> String {
    let payload = client.mutate(mutation, input, ANSWER).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    assert_eq!((&payload["processed"], &payload["results"]), (&json!(0), &json!([])));
    assert_eq!(payload["operation"]["status"], "QUEUED");
    payload["operation"]["id"].as_str().unwrap().to_owned()
}

/// An operation as its caller sees it.
pub async fn operation(client: &Client, id: &str, selection: &str) -> Value {
    let query = format!("query($id: ID!) {{ bulkOperation(id: $id) {{ {selection} }} }}");
    client.ask(&query, json!({ "id": id })).await["bulkOperation"].clone()
}

/// Status and numbers of an operation: processed, succeeded, skipped, failed.
pub async fn stands(client: &Client, id: &str) -> (String, [i64; 4]) {
    let operation = operation(client, id, OPERATION).await;
    let number = |field: &str| operation[field].as_i64().unwrap();
    let numbers = ["processed", "succeeded", "skipped", "failed"].map(number);
    (operation["status"].as_str().unwrap().to_owned(), numbers)
}
