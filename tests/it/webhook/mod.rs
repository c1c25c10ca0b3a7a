//! Outgoing webhooks: `src/webhook`, `src/graphql/webhook`.

mod address;
mod endpoint;
mod order;
mod replay;
mod retry;
mod scope;
mod signature;

use entity::user;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use crate::support::{Client, Receiver, TestApp, refusals};

/// What a test asks of a delivery.
const DELIVERY: &str = "id messageId type state attemptCount nextAttemptAt lastError orderId position
    attempts { at statusCode error durationMs answer }";

/// A service that may call receivers on this machine, which answer within a second or never.
async fn service() -> TestApp {
    TestApp::with(|config| {
        config.webhooks.allow_private = true;
        config.webhooks.timeout = 1;
    })
    .await
}

/// Makes an endpoint; its id and its secret. The reader of the log stands at its end from now on.
async fn endpoint(app: &TestApp, client: &Client, receiver: &Receiver, more: Value) -> (String, String) {
    app.work().await;
    let mut input = json!({ "url": receiver.url });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let selection = "endpoint { id } secret userErrors { code field message }";
    let payload = client.mutate("webhookEndpointCreate", input, selection).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    (payload["endpoint"]["id"].as_str().unwrap().to_owned(), payload["secret"].as_str().unwrap().to_owned())
}

/// Lets time pass and signs staff in anew: the token of before may have ended.
async fn later(app: &TestApp, seconds: i64) -> Client {
    app.clock.advance_seconds(seconds);
    let email = user::Column::Email.eq("staff@shop.test");
    let staff = user::Entity::find().filter(email).one(app.db().reader()).await.unwrap().unwrap();
    let (token, _) = app.app.keys.issue(staff.id, app.clock.now()).unwrap();
    Client::new(app.router.clone(), Some(token))
}

/// The deliveries of an endpoint, oldest first.
async fn deliveries(client: &Client, endpoint: &str, arguments: &str) -> Vec<Value> {
    let query =
        format!("query($id: ID!) {{ webhookEndpoint(id: $id) {{ deliveries{arguments} {{ nodes {{ {DELIVERY} }} }} }} }}");
    let data = client.ask(&query, json!({ "id": endpoint })).await;
    let mut nodes = data["webhookEndpoint"]["deliveries"]["nodes"].as_array().unwrap().clone();
    // Those of one moment have ids in no order; positions have one.
    nodes.sort_by_key(|node| node["position"].as_str().map_or(0, |position| position.parse::<i64>().unwrap()));
    nodes
}

/// An endpoint's fields.
async fn shown(client: &Client, endpoint: &str) -> Value {
    let query = "query($id: ID!) { webhookEndpoint(id: $id) { status disabledReason failingSince events url } }";
    client.ask(query, json!({ "id": endpoint })).await["webhookEndpoint"].clone()
}
