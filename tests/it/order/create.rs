//! `orderCreate`.

use serde_json::json;

use crate::support::{TestApp, refusals};

#[tokio::test]
async fn a_buyer_places_an_order() {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 2999, 10).await;
    let (buyer, customer) = app.buyer("ada").await;
    let input = json!({ "items": [{ "sku": "POUCH", "quantity": 2 }], "note": " gift ", "idempotencyKey": "k1" });
    let selection = "replayed userErrors { code field message }
        order { id number status statusDisplay paymentStatus fulfillmentStatus type currency note version
            customer { id } customerName totals { subtotal shipping total balance }
            items { nodes { name sku quantity unitPrice total store { slug } product { name } } } stores { slug }
            events { nodes { sequence kind actorKind changes { field old new } } }
            availableActions { action allowed reason } productsDisplay placedAt }";
    let created = buyer.mutate("orderCreate", input.clone(), selection).await;
    assert_eq!(refusals(&created), Vec::<String>::new());
    let order = &created["order"];
    assert_eq!(order["number"], "ORD-20260115-0001");
    assert_eq!(order["status"], "PENDING");
    assert_eq!(order["note"], "gift");
    assert_eq!(order["customer"]["id"], customer.to_string());
    assert_eq!(order["totals"], json!({ "subtotal": "59.98", "shipping": "0.00", "total": "59.98", "balance": "59.98" }));
    assert_eq!(order["items"]["nodes"][0]["unitPrice"], "29.99");
    assert_eq!(order["placedAt"], "2026-01-15T12:00:00Z");
    assert_eq!(app.available(&pouch).await, 8);

    let again = buyer.mutate("orderCreate", input, selection).await;
    assert_eq!(again["replayed"], true);
    assert_eq!(again["order"]["id"], order["id"]);
    assert_eq!(again["order"]["events"]["nodes"][0]["kind"], "ORDER_CREATED");
    assert_eq!(app.available(&pouch).await, 8);
    assert_eq!(app.rows("orders").await, 1);
}
