//! `stockAdjust`.

use serde_json::json;

use crate::support::{TestApp, refusals};

const SELECTION: &str = "replayed userErrors { code field available } variant { available }";

#[tokio::test]
async fn a_seller_adjusts_own_stock_once_a_key() {
    let app = TestApp::new().await;
    let (own, other) = (app.store("own").await, app.store("other").await);
    let (mine, theirs) = (app.goods(own, "A", 100, 5).await, app.goods(other, "B", 100, 5).await);
    let seller = app.seller(own).await;
    let input = json!({ "variant": mine.variant.to_string(), "delta": -2, "reason": "broken", "idempotencyKey": "k" });
    for replayed in [false, true] {
        let adjusted = seller.mutate("stockAdjust", input.clone(), SELECTION).await;
        assert_eq!((&adjusted["replayed"], &adjusted["variant"]["available"]), (&json!(replayed), &json!(3)));
    }
    let dry = json!({ "variant": mine.variant.to_string(), "setTo": 70, "dryRun": true });
    assert_eq!(seller.mutate("stockAdjust", dry, SELECTION).await["variant"]["available"], 70);
    assert_eq!(app.available(&mine).await, 3);
    for (variant, change, refusal) in [
        (mine.variant.to_string(), json!({ "delta": -4 }), "INSUFFICIENT_STOCK at delta"),
        (mine.variant.to_string(), json!({ "delta": 9223372036854775807_i64 }), "INVALID_QUANTITY at delta"),
        (mine.variant.to_string(), json!({ "setTo": -1 }), "INVALID_QUANTITY at setTo"),
        (mine.variant.to_string(), json!({}), "INVALID_QUANTITY at delta"),
        (mine.variant.to_string(), json!({ "delta": 1, "setTo": 1 }), "INVALID_QUANTITY at delta"),
        (theirs.variant.to_string(), json!({ "delta": 1 }), "NOT_FOUND at variant"),
        (mine.product.to_string(), json!({ "delta": 1 }), "NOT_FOUND at variant"),
    ] {
        let mut input = change;
        input["variant"] = json!(variant);
        let refused = seller.mutate("stockAdjust", input, SELECTION).await;
        assert_eq!(refusals(&refused), [refusal]);
        if refusal.starts_with("INSUFFICIENT") {
            assert_eq!(refused["userErrors"][0]["available"], 3);
        }
    }
    assert_eq!((app.available(&mine).await, app.available(&theirs).await), (3, 5));
    let (buyer, _) = app.buyer("ada").await;
    assert_eq!(buyer.try_mutate("stockAdjust", json!({ "variant": "" }), SELECTION).await.code(), "FORBIDDEN");
}
