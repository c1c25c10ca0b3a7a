//! `productUpdate`.

use serde_json::json;

use crate::support::{TestApp, refusals};

const SELECTION: &str = "userErrors { code field } product { name description status isPhysical }";

#[tokio::test]
async fn a_seller_changes_own_products_only() {
    let app = TestApp::new().await;
    let (own, other) = (app.store("own").await, app.store("other").await);
    let (mine, theirs) = (app.goods(own, "A", 100, 1).await, app.goods(other, "B", 100, 1).await);
    let seller = app.seller(own).await;
    let input = json!({ "product": mine.product.to_string(), "name": "New", "status": "ARCHIVED", "isPhysical": true });
    let changed = seller.mutate("productUpdate", input.clone(), SELECTION).await;
    assert_eq!(changed["product"], json!({ "name": "New", "description": "", "status": "ARCHIVED", "isPhysical": true }));
    seller.mutate("productUpdate", input, SELECTION).await;
    assert_eq!(app.rows("events").await, 1, "a change that changes nothing is no event");
    for id in [theirs.product.to_string(), mine.variant.to_string(), "product_01h455vb4pex5vsknk084sn02q".to_owned()] {
        let refused = seller.mutate("productUpdate", json!({ "product": id, "name": "Mine" }), SELECTION).await;
        assert_eq!(refusals(&refused), ["NOT_FOUND at product"], "{id}");
    }
    let blank = seller.mutate("productUpdate", json!({ "product": mine.product.to_string(), "name": " " }), SELECTION).await;
    assert_eq!(refusals(&blank), ["INVALID_INPUT at name"]);
}
