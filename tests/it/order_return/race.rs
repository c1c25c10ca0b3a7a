//! Returns at once.

use serde_json::json;
use tokio::task::JoinSet;

use super::life::{RETURNED, line, shop};
use crate::support::refusals;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_return_the_same_pieces_at_once_as_many_succeed_as_there_are() {
    let (app, pouch, _, buyer, staff, order) = shop().await;
    let item = line(&buyer, &order, "POUCH").await;
    let calls: JoinSet<_> = (0..8)
        .map(|index| {
            let client = if index % 2 == 0 { buyer.clone() } else { staff.clone() };
            let input = json!({ "order": order, "lines": [{ "item": item, "quantity": 1 }] });
            async move { refusals(&client.mutate("returnCreate", input, RETURNED).await) }
        })
        .collect();
    let refused = calls.join_all().await.into_iter().flatten().collect::<Vec<_>>();
    assert_eq!(refused, vec!["QUANTITY_EXCEEDED at lines.0.quantity"; 5]);
    assert_eq!(app.rows("returns").await, 3);
    assert_eq!(app.stock(&pouch).await, (7, 3, 0, 10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goods_are_received_once_however_many_receive_them() {
    let (app, pouch, mug, buyer, staff, order) = shop().await;
    let id = buyer.mutate("returnCreate", json!({ "order": order }), RETURNED).await["return"]["id"].clone();
    let calls: JoinSet<_> = (0..6)
        .map(|_| {
            let (staff, input) = (staff.clone(), json!({ "return": id, "refund": false }));
            async move { refusals(&staff.mutate("returnReceive", input, RETURNED).await) }
        })
        .collect();
    let refused = calls.join_all().await.into_iter().flatten().collect::<Vec<_>>();
    assert_eq!(refused, vec!["RETURN_NOT_OPEN at return"; 5]);
    assert_eq!((app.stock(&pouch).await, app.stock(&mug).await), ((10, 0, 0, 10), (10, 0, 0, 10)));
    assert!(ordergraph::doctor::examine(app.db()).await.unwrap().is_empty());
}
