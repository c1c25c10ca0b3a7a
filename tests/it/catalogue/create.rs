//! `productCreate`.

use serde_json::{Value, json};

use crate::support::{TestApp, refusals};

const SELECTION: &str = "replayed userErrors { code field message }
    product { id name status isPhysical store { slug } variants { sku name price currency available } }";

fn product(store: impl ToString, variants: Value) -> Value {
    json!({ "store": store.to_string(), "name": " Pouch ", "variants": variants })
}

#[tokio::test]
async fn a_seller_creates_a_product_with_its_stock_once() {
    let app = TestApp::new().await;
    let store = app.store_in("own", "JPY").await;
    let seller = app.seller(store).await;
    let mut input =
        product(store, json!([{ "sku": "A", "price": "1200", "stock": 3 }, { "sku": "B", "name": "Big", "price": "0" }]));
    input["idempotencyKey"] = json!("k");
    let created = seller.mutate("productCreate", input.clone(), SELECTION).await;
    assert_eq!(refusals(&created), Vec::<String>::new());
    let found = &created["product"];
    assert_eq!((&found["name"], &found["status"], &found["isPhysical"]), (&json!("Pouch"), &json!("DRAFT"), &json!(true)));
    let expected = json!([
        { "sku": "A", "name": "", "price": "1200", "currency": "JPY", "available": 3 },
        { "sku": "B", "name": "Big", "price": "0", "currency": "JPY", "available": 0 },
    ]);
    assert_eq!(found["variants"], expected);
    let again = seller.mutate("productCreate", input, SELECTION).await;
    assert_eq!((&again["replayed"], &again["product"]), (&json!(true), found));
    assert_eq!((app.rows("products").await, app.rows("product_variants").await, app.rows("events").await), (1, 2, 1));
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once_and_nothing_is_kept() {
    let app = TestApp::new().await;
    let store = app.store("own").await;
    app.goods(store, "TAKEN", 100, 1).await;
    let seller = app.seller(store).await;
    let variants = json!([
        { "sku": "TAKEN", "price": "1" },
        { "sku": "NEW", "price": "0.001" },
        { "sku": "TWICE", "price": "1" },
        { "sku": "TWICE", "price": "1" },
        { "sku": " ", "price": "-1", "stock": -1 },
        { "sku": "MANY", "price": "99999999999999", "stock": 9999999999_i64 },
    ]);
    let refused = seller.mutate("productCreate", product(store, variants), SELECTION).await;
    let mut found = refusals(&refused);
    found.sort();
    let expected = [
        "INVALID_AMOUNT at variants.1.price",
        "INVALID_AMOUNT at variants.4.price",
        "INVALID_AMOUNT at variants.5.price",
        "INVALID_INPUT at variants.4.sku",
        "INVALID_QUANTITY at variants.4.stock",
        "INVALID_QUANTITY at variants.5.stock",
        "SKU_TAKEN at variants.0.sku",
        "SKU_TAKEN at variants.3.sku",
    ];
    assert_eq!(found, expected);
    let empty = seller.mutate("productCreate", product(store, json!([])), SELECTION).await;
    assert_eq!(refusals(&empty), ["EMPTY at variants"]);
    let many: Vec<_> = (0..101).map(|number| json!({ "sku": format!("S{number}"), "price": "1" })).collect();
    let refused = seller.mutate("productCreate", product(store, json!(many)), SELECTION).await;
    assert_eq!(refusals(&refused), ["TOO_MANY_VARIANTS at variants"]);
    for price in [json!("1e400"), json!(1), json!(null)] {
        let answer = seller.try_mutate("productCreate", product(store, json!([{ "sku": "X", "price": price }])), SELECTION).await;
        assert!(answer.body["data"].is_null() && !answer.body["errors"].is_null(), "{:#}", answer.body);
    }
    assert_eq!(app.rows("products").await, 1);
}

#[tokio::test]
async fn nobody_creates_goods_for_others() {
    let app = TestApp::new().await;
    let (own, other) = (app.store("own").await, app.store("other").await);
    let seller = app.seller(own).await;
    let (buyer, customer) = app.buyer("ada").await;
    let variants = json!([{ "sku": "A", "price": "1" }]);
    for id in [other.to_string(), customer.to_string(), "store_01h455vb4pex5vsknk084sn02q".to_owned()] {
        let refused = seller.mutate("productCreate", product(id, variants.clone()), SELECTION).await;
        assert_eq!(refusals(&refused), ["NOT_FOUND at store"]);
    }
    assert_eq!(buyer.try_mutate("productCreate", product(own, variants.clone()), SELECTION).await.code(), "FORBIDDEN");
    assert_eq!(app.anonymous().try_mutate("productCreate", product("", variants), SELECTION).await.code(), "UNAUTHENTICATED");
    assert_eq!(app.rows("products").await, 0);
}
