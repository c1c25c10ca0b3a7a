//! `productsBulkAction`.

use serde_json::{Value, json};

use super::{ANSWER, accepted, by_three, stands, to};
use crate::support::{Client, TestApp, refusals};

fn outcomes(payload: &Value) -> Vec<&str> {
    let results = payload["results"].as_array().unwrap();
    results.iter().map(|one| one["code"].as_str().unwrap_or_else(|| one["outcome"].as_str().unwrap())).collect()
}

async fn status(client: &Client, id: &str) -> Value {
    client.ask("query($id: ID!) { product(id: $id) { status } }", json!({ "id": id })).await["product"]["status"].clone()
}

#[tokio::test]
async fn sellers_move_products_of_their_stores_and_no_others() {
    let app = TestApp::new().await;
    let (store, other) = (app.store("pouches").await, app.store("mugs").await);
    let pouch = app.goods(store, "POUCH", 2999, 10).await.product.to_string();
    let bag = app.goods(store, "BAG", 999, 10).await.product.to_string();
    let mug = app.goods(other, "MUG", 1850, 10).await.product.to_string();
    let seller = app.seller(store).await;
    let input = json!({ "products": [mug, bag, "x"], "action": to("DRAFT"), "reason": "photographs" });
    let payload = seller.mutate("productsBulkAction", input.clone(), ANSWER).await;
    assert_eq!(outcomes(&payload), ["NOT_FOUND", "SUCCEEDED", "NOT_FOUND"]);
    assert_eq!(outcomes(&seller.mutate("productsBulkAction", input, ANSWER).await), ["NOT_FOUND", "ALREADY_DONE", "NOT_FOUND"]);
    let all = json!({ "selectAll": true, "action": to("ARCHIVED"), "dryRun": true });
    let told = seller.mutate("productsBulkAction", all.clone(), ANSWER).await;
    assert_eq!((&told["processed"], &told["skipped"], &told["failed"]), (&json!(2), &json!(0), &json!(0)));
    assert_eq!(status(&seller, &pouch).await, "PUBLISHED");
    let some = json!({ "selectAll": true, "filter": { "status": ["PUBLISHED"] }, "action": to("ARCHIVED") });
    assert_eq!(seller.mutate("productsBulkAction", some, ANSWER).await["processed"], 1);
    let staff = app.staff().await;
    let stand = [status(&staff, &pouch).await, status(&staff, &bag).await, status(&staff, &mug).await];
    assert_eq!(stand, ["ARCHIVED", "DRAFT", "PUBLISHED"]);
    assert_eq!(app.sql_count("SELECT COUNT(*) FROM events WHERE kind = 'PRODUCT_UPDATED' AND reason = 'photographs'").await, 1);
}

#[tokio::test]
async fn what_was_never_ordered_is_deleted_by_administrators() {
    let app = TestApp::with(by_three).await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 2999, 10).await;
    let bag = app.goods(store, "BAG", 999, 10).await;
    let (buyer, _) = app.buyer("ada").await;
    buyer.places(&pouch, 1).await;
    let input = |dry: bool| {
        let products = [pouch.product.to_string(), bag.product.to_string()];
        json!({ "products": products, "action": { "delete": true }, "dryRun": dry, "asJob": true })
    };
    let (seller, staff) = (app.seller(store).await, app.staff().await);
    for client in [&seller, &staff] {
        let payload = client.mutate("productsBulkAction", input(false), ANSWER).await;
        assert_eq!(refusals(&payload), ["FORBIDDEN at action"]);
    }
    assert_eq!(buyer.try_mutate("productsBulkAction", input(false), ANSWER).await.code(), "FORBIDDEN");
    let admin = app.admin().await;
    for dry in [true, false] {
        let id = accepted(&admin, "productsBulkAction", input(dry)).await;
        app.work().await;
        assert_eq!(stands(&admin, &id).await, ("SUCCEEDED".to_owned(), [2, 1, 0, 1]), "dry: {dry}");
        assert_eq!(app.rows("products").await, if dry { 2 } else { 1 });
        let results = super::operation(&admin, &id, "results { nodes { code } }").await;
        assert_eq!(results["results"]["nodes"], json!([{ "code": "PRODUCT_IN_USE" }, { "code": null }]));
    }
    assert_eq!((app.rows("product_variants").await, app.available(&pouch).await), (1, 9));
    assert_eq!(app.sql_count("SELECT COUNT(*) FROM events WHERE kind = 'PRODUCT_DELETED'").await, 1);
}

#[tokio::test]
async fn wrong_choices_are_refused() {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 2999, 10).await.product.to_string();
    let admin = app.admin().await;
    for (input, reason) in [
        (json!({ "action": to("DRAFT") }), "NOTHING_SELECTED at products"),
        (json!({ "products": [], "action": to("DRAFT") }), "NOTHING_SELECTED at products"),
        (json!({ "products": [pouch], "selectAll": true, "action": to("DRAFT") }), "NOTHING_SELECTED at products"),
        (json!({ "products": [pouch], "filter": {}, "action": to("DRAFT") }), "INVALID_INPUT at filter"),
        (json!({ "products": [pouch], "action": { "delete": false } }), "INVALID_INPUT at action"),
        (json!({ "products": [pouch], "action": to("DRAFT"), "idempotencyKey": "" }), "INVALID_INPUT at idempotencyKey"),
        (json!({ "products": [pouch], "action": to("DRAFT"), "reason": "x".repeat(2_001) }), "INVALID_INPUT at reason"),
    ] {
        assert_eq!(refusals(&admin.mutate("productsBulkAction", input, ANSWER).await), [reason]);
    }
    assert_eq!((status(&admin, &pouch).await, app.rows("events").await), (json!("PUBLISHED"), 0));
}
