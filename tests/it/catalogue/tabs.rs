//! `productStatusCounts`.

use serde_json::{Value, json};

use crate::support::{Client, TestApp};

async fn tabs(client: &Client, filter: Value) -> Value {
    let query = "query($f: ProductFilter) { productStatusCounts(filter: $f) { all lowStock outOfStock tabs { status count } } }";
    let mut counts = client.ask(query, json!({ "f": filter })).await["productStatusCounts"].clone();
    counts["tabs"].as_array_mut().unwrap().retain(|tab| tab["count"] != 0);
    counts
}

#[tokio::test]
async fn tabs_count_products_by_state_and_stock() {
    let app = TestApp::new().await;
    let (left, right) = (app.store("left").await, app.store("right").await);
    for (store, sku, stock) in [(left, "PEN", 50), (left, "INK", 10), (left, "NIB", 0), (right, "MUG", 11)] {
        app.goods(store, sku, 1_000, stock).await;
    }
    let staff = app.staff().await;
    let variants = json!([{ "sku": "CUP", "price": "5", "stock": 0 }, { "sku": "CUP-2", "price": "5", "stock": 3 }]);
    let input = json!({ "store": right.to_string(), "name": "Cup", "variants": variants });
    staff.mutate("productCreate", input, "product { id } userErrors { code field message }").await;
    let draft = json!({ "status": "DRAFT", "count": 1 });
    let published = |count: i64| json!({ "status": "PUBLISHED", "count": count });
    let expected = json!({ "all": 5, "lowStock": 2, "outOfStock": 1, "tabs": [draft, published(4)] });
    assert_eq!(tabs(&staff, Value::Null).await, expected);
    assert_eq!(tabs(&staff, json!({ "status": ["PUBLISHED"] })).await, expected);
    let seen = tabs(&app.anonymous(), Value::Null).await;
    assert_eq!(seen, json!({ "all": 4, "lowStock": 1, "outOfStock": 1, "tabs": [published(4)] }));
    let seen = tabs(&app.seller(right).await, json!({ "store": right.to_string() })).await;
    assert_eq!(seen, json!({ "all": 2, "lowStock": 1, "outOfStock": 0, "tabs": [draft, published(1)] }));
    let seen = tabs(&staff, json!({ "search": "nothing of the kind" })).await;
    assert_eq!(seen, json!({ "all": 0, "lowStock": 0, "outOfStock": 0, "tabs": [] }));
}
