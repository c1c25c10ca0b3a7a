//! The progress of bulk operations.

use ordergraph::{bulk::turn, order::bulk::Orders};
use serde_json::{Value, json};

use super::{Live, Socket};
use crate::{
    bulk::{accepted, by_three, to},
    support::Client,
};

pub const PROGRESS: &str = "subscription($id: ID!) { bulkOperationProgress(id: $id) { status total processed } }";

/// A shop with five orders, staff, and an operation on all of them that nobody began.
pub async fn shop() -> (Live, Client, String) {
    let live = Live::with(by_three).await;
    let store = live.app.store("pouches").await;
    let pouch = live.app.goods(store, "POUCH", 2999, 10).await;
    let (buyer, _) = live.app.buyer("ada").await;
    for _ in 0..5 {
        buyer.places(&pouch, 1).await;
    }
    let staff = live.app.staff().await;
    let input = json!({ "selectAll": true, "action": to("CONFIRMED"), "asJob": true });
    let id = accepted(&staff, "ordersBulkAction", input).await;
    (live, staff, id)
}

async fn progress(socket: &mut Socket) -> Value {
    let message = socket.message().await;
    assert_eq!(message["type"], "next", "{message:#}");
    message["payload"]["data"]["bulkOperationProgress"].clone()
}

#[tokio::test]
async fn it_is_told_from_where_it_stands_until_it_is_over() {
    let (live, staff, id) = shop().await;
    let mut socket = live.begun(&staff).await;
    socket.subscribe("bulk", PROGRESS, json!({ "id": id })).await;
    assert_eq!(progress(&mut socket).await, json!({ "status": "QUEUED", "total": 5, "processed": 0 }));
    turn::step::<Orders>(&live.app.app, id.parse().unwrap()).await.unwrap();
    assert_eq!(progress(&mut socket).await, json!({ "status": "RUNNING", "total": 5, "processed": 3 }));
    live.app.work().await;
    assert_eq!(progress(&mut socket).await, json!({ "status": "SUCCEEDED", "total": 5, "processed": 5 }));
    assert_eq!(socket.message().await, json!({ "id": "bulk", "type": "complete" }));
    socket.subscribe("again", PROGRESS, json!({ "id": id })).await;
    assert_eq!(progress(&mut socket).await["status"], "SUCCEEDED", "what is over is told once");
    assert_eq!(socket.message().await, json!({ "id": "again", "type": "complete" }));
}

#[tokio::test]
async fn operations_that_one_does_not_see_are_not_told_of() {
    let (live, _, id) = shop().await;
    let (bob, _) = live.app.buyer("bob").await;
    for (client, code) in [(&bob, "NOT_FOUND"), (&live.app.anonymous(), "UNAUTHENTICATED")] {
        let mut socket = live.begun(client).await;
        for wanted in [id.as_str(), "x"] {
            socket.subscribe(wanted, PROGRESS, json!({ "id": wanted })).await;
            let message = socket.message().await;
            assert_eq!((&message["type"], &message["payload"][0]["extensions"]["code"]), (&json!("error"), &json!(code)));
        }
    }
}
