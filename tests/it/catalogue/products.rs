//! `products`, `product`, and products by `node`.

use serde_json::{Value, json};

use crate::support::{Client, TestApp};

async fn names(client: &Client, filter: Value) -> Vec<String> {
    let query =
        "query($filter: ProductFilter) { products(filter: $filter, sort: [{ field: NAME, direction: ASC }]) { nodes { name } } }";
    let data = client.ask(query, json!({ "filter": filter })).await;
    let nodes = data["products"]["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_is_not_on_sale_is_shown_to_its_store_and_staff_only() {
    let app = TestApp::new().await;
    let (own, other) = (app.store("own").await, app.store("other").await);
    let hidden = app.goods(own, "HIDDEN", 100, 1).await;
    app.goods(other, "SHOWN", 100, 0).await;
    let staff = app.staff().await;
    staff
        .mutate("productUpdate", json!({ "product": hidden.product.to_string(), "status": "DRAFT" }), "userErrors { code }")
        .await;
    let (seller, rival) = (app.seller(own).await, app.seller(other).await);
    let query = "query($p: ID!, $v: ID!) { product(id: $p) { name } p: node(id: $p) { id } v: node(id: $v) { id } }";
    let variables = json!({ "p": hidden.product.to_string(), "v": hidden.variant.to_string() });
    for client in [&staff, &seller] {
        assert_eq!(names(client, json!({})).await, ["Product HIDDEN", "Product SHOWN"]);
        assert_eq!(names(client, json!({ "status": ["DRAFT"] })).await, ["Product HIDDEN"]);
        let seen = client.ask(query, variables.clone()).await;
        assert_eq!((&seen["p"]["id"], &seen["v"]["id"]), (&variables["p"], &variables["v"]));
    }
    for client in [&app.anonymous(), &rival] {
        assert_eq!(names(client, json!({})).await, ["Product SHOWN"]);
        assert_eq!(names(client, json!({ "status": ["DRAFT"] })).await, [""; 0]);
        assert_eq!(client.ask(query, variables.clone()).await, json!({ "product": null, "p": null, "v": null }));
    }
}

#[tokio::test]
async fn filters_hold_together_and_signs_stand_for_themselves() {
    let app = TestApp::new().await;
    let (own, other) = (app.store("own").await, app.store("other").await);
    let odd = app.goods(own, "100%_A", 100, 1).await;
    app.goods(own, "1000-B", 100, 0).await;
    app.goods(other, "Z", 100, 1).await;
    let public = app.anonymous();
    assert_eq!(names(&public, json!({ "search": "0%_a" })).await, ["Product 100%_A"]);
    assert_eq!(names(&public, json!({ "search": "PRODUCT 1" })).await, ["Product 100%_A", "Product 1000-B"]);
    assert_eq!(names(&public, json!({ "inStock": false })).await, ["Product 1000-B"]);
    assert_eq!(names(&public, json!({ "store": own.to_string(), "inStock": true })).await, ["Product 100%_A"]);
    assert_eq!(names(&public, json!({ "store": odd.product.to_string() })).await, [""; 0]);
    assert_eq!(names(&public, json!({ "ids": [odd.product.to_string(), "nonsense"] })).await, ["Product 100%_A"]);
    let query = "query($id: ID!) { store(id: $id) { products(first: 1, sort: [{ field: NAME }]) { totalCount nodes { name } pageInfo { hasNextPage } } } }";
    let data = public.ask(query, json!({ "id": own.to_string() })).await;
    let expected = json!({ "totalCount": 2, "nodes": [{ "name": "Product 1000-B" }], "pageInfo": { "hasNextPage": true } });
    assert_eq!(data["store"]["products"], expected);
}
