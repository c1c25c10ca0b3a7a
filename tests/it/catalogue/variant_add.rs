//! `productVariantAdd`.

use serde_json::json;

use crate::support::{TestApp, refusals};

const SELECTION: &str = "replayed userErrors { code field }
    variant { id sku price available product { variants { sku } } }";

#[tokio::test]
async fn a_variant_is_added_behind_the_others_once() {
    let app = TestApp::new().await;
    let (own, other) = (app.store("own").await, app.store("other").await);
    let (mine, theirs) = (app.goods(own, "A", 100, 1).await, app.goods(other, "B", 100, 1).await);
    let seller = app.seller(own).await;
    let input = json!({ "product": mine.product.to_string(), "sku": "A-2", "price": "2.50", "stock": 4, "idempotencyKey": "k" });
    let added = seller.mutate("productVariantAdd", input.clone(), SELECTION).await;
    assert_eq!(refusals(&added), Vec::<String>::new());
    assert_eq!(added["variant"]["product"]["variants"], json!([{ "sku": "A" }, { "sku": "A-2" }]));
    assert_eq!((&added["variant"]["price"], &added["variant"]["available"]), (&json!("2.50"), &json!(4)));
    assert_eq!(seller.mutate("productVariantAdd", input, SELECTION).await["replayed"], true);
    for (product, sku, price, refusal) in [
        (mine.product.to_string(), "B", "1", "SKU_TAKEN at sku"),
        (mine.product.to_string(), "C", "0.001", "INVALID_AMOUNT at price"),
        (theirs.product.to_string(), "C", "1", "NOT_FOUND at product"),
        (mine.variant.to_string(), "C", "1", "NOT_FOUND at product"),
    ] {
        let refused =
            seller.mutate("productVariantAdd", json!({ "product": product, "sku": sku, "price": price }), SELECTION).await;
        assert_eq!(refusals(&refused), [refusal]);
    }
    assert_eq!(app.rows("product_variants").await, 3);
}
