//! `bulkOperationCancel`.

use ordergraph::bulk::turn::Step;
use serde_json::{Value, json};

use super::{Shop, stands};
use crate::support::{Client, refusals};

async fn cancel(client: &Client, id: &str) -> Value {
    let selection = "operation { status processed } userErrors { code field message }";
    client.mutate("bulkOperationCancel", json!({ "operation": id }), selection).await
}

#[tokio::test]
async fn one_that_nobody_began_is_over_at_once() {
    let shop = Shop::with(4).await;
    let id = shop.accepted("CONFIRMED").await;
    let before = shop.app.state().await;
    assert_eq!(cancel(&shop.staff, &id).await["operation"]["status"], "CANCELLED");
    shop.app.work().await;
    assert_eq!(stands(&shop.staff, &id).await, ("CANCELLED".to_owned(), [0, 0, 0, 0]));
    assert_eq!(shop.app.state().await, before);
}

#[tokio::test]
async fn one_that_runs_stops_after_the_chunk_in_hand() {
    let shop = Shop::with(8).await;
    let id = shop.accepted("CONFIRMED").await;
    assert_eq!(shop.step(&id).await, Step::More);
    assert_eq!(stands(&shop.staff, &id).await, ("RUNNING".to_owned(), [3, 3, 0, 0]));
    assert_eq!(cancel(&shop.staff, &id).await["operation"]["status"], "CANCELLING");
    assert_eq!(cancel(&shop.staff, &id).await["operation"]["status"], "CANCELLING", "stopping twice is stopping once");
    shop.app.work().await;
    assert_eq!(stands(&shop.staff, &id).await, ("CANCELLED".to_owned(), [3, 3, 0, 0]));
    assert_eq!(shop.events_of("ORDER_CONFIRMED").await, 3);
    assert_eq!(cancel(&shop.staff, &id).await["operation"], json!({ "status": "CANCELLED", "processed": 3 }));
}

#[tokio::test]
async fn what_is_over_is_not_stopped() {
    let shop = Shop::with(2).await;
    let id = shop.accepted("CONFIRMED").await;
    shop.app.work().await;
    let payload = cancel(&shop.staff, &id).await;
    assert_eq!((refusals(&payload), &payload["operation"]), (vec!["ALREADY_ENDED at operation".to_owned()], &Value::Null));
    assert_eq!(refusals(&cancel(&shop.staff, "x").await), ["NOT_FOUND at operation"]);
}
