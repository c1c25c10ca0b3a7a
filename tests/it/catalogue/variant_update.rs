//! `productVariantUpdate`.

use serde_json::json;

use crate::support::{TestApp, refusals};

const SELECTION: &str = "userErrors { code field } variant { sku name price available }";

#[tokio::test]
async fn a_seller_changes_own_variants_and_orders_stay_as_they_are() {
    let app = TestApp::new().await;
    let (own, other) = (app.store("own").await, app.store("other").await);
    let (mine, theirs) = (app.goods(own, "A", 100, 5).await, app.goods(other, "B", 100, 5).await);
    let (buyer, _) = app.buyer("ada").await;
    let placed = buyer.mutate("orderCreate", json!({ "items": [{ "sku": "A", "quantity": 1 }] }), "order { id }").await;
    let seller = app.seller(own).await;
    let input = json!({ "variant": mine.variant.to_string(), "sku": "A-NEW", "name": "Big", "price": "9.99" });
    let changed = seller.mutate("productVariantUpdate", input, SELECTION).await;
    assert_eq!(changed["variant"], json!({ "sku": "A-NEW", "name": "Big", "price": "9.99", "available": 4 }));
    let query = "query($id: ID!) { order(id: $id) { items { nodes { sku unitPrice variant { sku } } } } }";
    let order = buyer.ask(query, json!({ "id": placed["order"]["id"] })).await;
    assert_eq!(order["order"]["items"]["nodes"], json!([{ "sku": "A", "unitPrice": "1.00", "variant": { "sku": "A-NEW" } }]));
    for (variant, field, value, refusal) in [
        (mine.variant.to_string(), "sku", "B", "SKU_TAKEN at sku"),
        (mine.variant.to_string(), "price", "-1", "INVALID_AMOUNT at price"),
        (theirs.variant.to_string(), "price", "1", "NOT_FOUND at variant"),
        (mine.product.to_string(), "price", "1", "NOT_FOUND at variant"),
    ] {
        let refused = seller.mutate("productVariantUpdate", json!({ "variant": variant, field: value }), SELECTION).await;
        assert_eq!(refusals(&refused), [refusal]);
    }
}
