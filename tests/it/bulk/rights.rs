//! Who may begin operations, see them, and what becomes of them when who asked may not any more.

use entity::stored::Role;
use serde_json::{Value, json};

use super::{OPERATION, Shop, operation, stands, to};
use crate::support::refusals;

#[tokio::test]
async fn operations_of_others_are_not_there() {
    let shop = Shop::with(2).await;
    let id = shop.accepted("CONFIRMED").await;
    let seller = shop.app.seller(shop.pouch.store).await;
    for client in [&seller, &shop.buyer] {
        assert_eq!(operation(client, &id, "id").await, Value::Null);
        let data =
            client.ask("query($id: ID!) { node(id: $id) { id } bulkOperations { totalCount } }", json!({ "id": id })).await;
        assert_eq!(data, json!({ "node": null, "bulkOperations": { "totalCount": 0 } }));
        let payload = client.mutate("bulkOperationCancel", json!({ "operation": id }), "userErrors { code field }").await;
        assert_eq!(refusals(&payload), ["NOT_FOUND at operation"]);
        let input = json!({ "orders": shop.orders, "action": to("CONFIRMED"), "asJob": true });
        assert_eq!(client.try_mutate("ordersBulkAction", input, "processed").await.code(), "FORBIDDEN");
    }
    let admin = shop.app.admin().await;
    let data = admin.ask("query($id: ID!) { node(id: $id) { __typename id } }", json!({ "id": id })).await;
    assert_eq!(data["node"], json!({ "__typename": "BulkOperation", "id": id }));
    let asked = operation(&admin, &id, "createdBy { email } reason").await;
    assert_eq!(asked, json!({ "createdBy": { "email": "staff@shop.test" }, "reason": "morning round" }));
    let nobody = shop.app.anonymous();
    assert_eq!(nobody.send("{ bulkOperations { totalCount } }", json!({})).await.code(), "UNAUTHENTICATED");
    assert_eq!(nobody.ask("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await["node"], Value::Null);
}

#[tokio::test]
async fn it_breaks_off_when_who_asked_is_blocked() {
    let shop = Shop::with(5).await;
    let admin = shop.app.admin().await;
    let id = shop.accepted("CONFIRMED").await;
    shop.step(&id).await;
    shop.app.sql("UPDATE users SET is_active = FALSE WHERE email = 'staff@shop.test'").await;
    shop.app.app.standings.invalidate_all();
    shop.app.work().await;
    let broken = operation(&admin, &id, OPERATION).await;
    assert_eq!((&broken["status"], &broken["failureCode"]), (&json!("FAILED"), &json!("ACTOR_GONE")));
    assert_eq!((stands(&admin, &id).await.1, shop.events_of("ORDER_CONFIRMED").await), ([3, 3, 0, 0], 3));
}

#[tokio::test]
async fn it_breaks_off_when_who_asked_has_no_right_to_it_any_more() {
    let shop = Shop::with(5).await;
    let (second, _) = shop.app.user("second@shop.test", Role::Admin, &[]).await;
    let admin = shop.app.admin().await;
    let input = json!({ "orders": shop.orders, "action": { "delete": true }, "asJob": true });
    let id = super::accepted(&second, "ordersBulkAction", input).await;
    assert_eq!(operation(&second, &id, "action toStatus").await, json!({ "action": "DELETE", "toStatus": null }));
    shop.step(&id).await;
    shop.app.sql("UPDATE users SET role = 'STAFF' WHERE email = 'second@shop.test'").await;
    shop.app.app.standings.invalidate_all();
    shop.app.work().await;
    let broken = operation(&admin, &id, OPERATION).await;
    assert_eq!((&broken["status"], &broken["failureCode"]), (&json!("FAILED"), &json!("FORBIDDEN")));
    assert_eq!(shop.app.rows("orders").await, 2);
}
