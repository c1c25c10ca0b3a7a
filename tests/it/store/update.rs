//! `storeUpdate`.

use serde_json::json;

use crate::support::{TestApp, refusals};

const SELECTION: &str = "userErrors { code field } store { name slug currency }";

#[tokio::test]
async fn a_seller_changes_the_own_store_only() {
    let app = TestApp::new().await;
    let (own, other) = (app.store("own").await, app.store("other").await);
    let seller = app.seller(own).await;
    let changed =
        seller.mutate("storeUpdate", json!({ "store": own.to_string(), "name": "New", "currency": "USD" }), SELECTION).await;
    assert_eq!(changed["store"], json!({ "name": "New", "slug": "own", "currency": "USD" }));
    let taken = seller.mutate("storeUpdate", json!({ "store": own.to_string(), "slug": "other" }), SELECTION).await;
    assert_eq!(refusals(&taken), ["SLUG_TAKEN at slug"]);
    let (buyer, customer) = app.buyer("ada").await;
    for id in [other.to_string(), customer.to_string(), "store_01h455vb4pex5vsknk084sn02q".to_owned(), String::new()] {
        let refused = seller.mutate("storeUpdate", json!({ "store": id, "name": "Mine" }), SELECTION).await;
        assert_eq!(refusals(&refused), ["NOT_FOUND at store"], "{id}");
        assert_eq!(buyer.try_mutate("storeUpdate", json!({ "store": id }), SELECTION).await.code(), "FORBIDDEN");
    }
}

#[tokio::test]
async fn the_currency_stays_once_there_are_products() {
    let app = TestApp::new().await;
    let store = app.store("own").await;
    app.goods(store, "A", 100, 1).await;
    let staff = app.staff().await;
    let refused = staff.mutate("storeUpdate", json!({ "store": store.to_string(), "currency": "JPY" }), SELECTION).await;
    assert_eq!(refusals(&refused), ["CURRENCY_FIXED at currency"]);
    let same = staff.mutate("storeUpdate", json!({ "store": store.to_string(), "currency": "EUR" }), SELECTION).await;
    assert_eq!(refusals(&same), Vec::<String>::new());
}
