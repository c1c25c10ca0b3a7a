//! Who sees what of which order.

use entity::{id::OrderId, stored::PaymentGateway};
use serde_json::{Value, json};

use crate::support::{Client, Goods, NOW, TestApp};

/// Two stores, a buyer, and an order with goods of both: 2 pouches at 10.00, 1 mug at 20.00.
struct Shop {
    app: TestApp,
    pouch: Goods,
    mug: Goods,
    buyer: Client,
    mixed: OrderId,
}

async fn shop() -> Shop {
    let app = TestApp::new().await;
    let (left, right) = (app.store("left").await, app.store("right").await);
    let (pouch, mug) = (app.goods(left, "POUCH", 1000, 100).await, app.goods(right, "MUG", 2000, 100).await);
    let (buyer, customer) = app.buyer("ada").await;
    let address = r#"{"fullName":"Ada","email":"ada@buyer.test","streetAddress":"Quay 1","city":"Bergen","country":"NO"}"#;
    let mixed = app
        .order_row("ORD-MIXED", customer, &[(&pouch, 2, 1000), (&mug, 1, 2000)], |order| {
            order.shipping_address = Some(address.to_owned());
            order.billing_address = Some(address.to_owned());
        })
        .await;
    app.paid(mixed, PaymentGateway::Manual, 4_000).await;
    Shop { app, pouch, mug, buyer, mixed }
}

const SEEN: &str = "customer { name } customerEmail stores { slug } items { totalCount nodes { sku order { id } } }
    payments { amount } totals { subtotal total paid balance } total shippingAddress { email city } billingAddress { city }
    productsDisplay";

#[tokio::test]
async fn buyer_and_staff_see_the_whole_order() {
    let Shop { app, buyer, mixed, .. } = shop().await;
    let id = mixed.to_string();
    let whole = json!({
        "customer": { "name": "ada" },
        "customerEmail": "ada@buyer.test",
        "stores": [{ "slug": "left" }, { "slug": "right" }],
        "items": { "totalCount": 2, "nodes": [{ "sku": "POUCH", "order": { "id": id } }, { "sku": "MUG", "order": { "id": id } }] },
        "payments": [{ "amount": "40.00" }],
        "totals": { "subtotal": "40.00", "total": "40.00", "paid": "40.00", "balance": "0.00" },
        "total": "40.00",
        "shippingAddress": { "email": "ada@buyer.test", "city": "Bergen" },
        "billingAddress": { "city": "Bergen" },
        "productsDisplay": "Product POUCH +1 other product",
    });
    for client in [&buyer, &app.staff().await] {
        let mut seen = client.order(&id, SEEN).await;
        seen["stores"].as_array_mut().unwrap().sort_by_key(|store| store["slug"].to_string());
        assert_eq!(seen, whole);
        assert_eq!(client.numbers("").await, ["ORD-MIXED"]);
    }
}

#[tokio::test]
async fn a_seller_sees_own_lines_and_what_follows_from_them() {
    let Shop { app, pouch, mixed, .. } = shop().await;
    let seller = app.seller(pouch.store).await;
    let id = mixed.to_string();
    let part = json!({
        "customer": null,
        "customerEmail": null,
        "stores": [{ "slug": "left" }],
        "items": { "totalCount": 1, "nodes": [{ "sku": "POUCH", "order": { "id": id } }] },
        "payments": [],
        "totals": { "subtotal": "20.00", "total": "20.00", "paid": "0.00", "balance": "20.00" },
        "total": "20.00",
        "shippingAddress": { "email": null, "city": "Bergen" },
        "billingAddress": null,
        "productsDisplay": "Product POUCH",
    });
    assert_eq!(seller.order(&id, SEEN).await, part);
    let data = seller.ask(&format!("{{ orders {{ nodes {{ {SEEN} }} edges {{ node {{ {SEEN} }} }} }} }}"), json!({})).await;
    assert_eq!(data["orders"]["nodes"], json!([part]));
    assert_eq!(data["orders"]["edges"], json!([{ "node": part }]));
    let lines =
        seller.ask("{ orderItems { nodes { sku order { total customerEmail } } } payments { nodes { id } } }", json!({})).await;
    assert_eq!(lines["orderItems"]["nodes"], json!([{ "sku": "POUCH", "order": { "total": "20.00", "customerEmail": null } }]));
    assert_eq!(lines["payments"]["nodes"], json!([]));
}

#[tokio::test]
async fn a_seller_who_buys_sees_own_purchases_whole() {
    let Shop { app, pouch, mug, .. } = shop().await;
    let seller = app.seller(pouch.store).await;
    let bought = seller.places(&mug, 1).await;
    assert_eq!(seller.order(&bought, "total items { nodes { sku } }").await["total"], "20.00");
    let data = seller.ask("{ myOrders { nodes { id } } orders { totalCount } }", json!({})).await;
    assert_eq!(data["myOrders"]["nodes"], json!([{ "id": bought }]));
    assert_eq!(data["orders"]["totalCount"], 2);
}

#[tokio::test]
async fn what_one_may_not_see_does_not_exist() {
    let Shop { app, mixed, .. } = shop().await;
    let (other, _) = app.buyer("bob").await;
    let store = app.store("third").await;
    let stranger = app.seller(store).await;
    let staff = app.staff().await;
    let ids = staff.order(&mixed.to_string(), "items { nodes { id } } payments { id } customer { id }").await;
    let line = ids["items"]["nodes"][0]["id"].clone();
    let all = json!([mixed.to_string(), line, ids["payments"][0]["id"], ids["customer"]["id"], "x"]);
    let query = "query($ids: [ID!]!, $id: ID!) { nodes(ids: $ids) { id } node(id: $id) { id } order(id: $id) { id }
        orderByNumber(number: \"ORD-MIXED\") { id } orders { totalCount nodes { id } } orderItems { totalCount } payments { totalCount } }";
    for client in [&other, &stranger] {
        let data = client.ask(query, json!({ "ids": all, "id": mixed.to_string() })).await;
        assert_eq!(
            data,
            json!({ "nodes": [null, null, null, null, null], "node": null, "order": null, "orderByNumber": null,
                "orders": { "totalCount": 0, "nodes": [] }, "orderItems": { "totalCount": 0 }, "payments": { "totalCount": 0 } })
        );
    }
    let data = staff.ask(query, json!({ "ids": all, "id": mixed.to_string() })).await;
    let found: Vec<Value> = data["nodes"].as_array().unwrap().iter().map(|node| node["id"].clone()).collect();
    assert_eq!(found[..4], all.as_array().unwrap()[..4]);
    assert_eq!((&found[4], &data["orderByNumber"]["id"]), (&Value::Null, &json!(mixed.to_string())));
}

#[tokio::test]
async fn nobody_is_told_to_sign_in() {
    let Shop { app, mixed, .. } = shop().await;
    let anonymous = app.anonymous();
    let id = mixed.to_string();
    for field in [
        "orders { totalCount }".to_owned(),
        "myOrders { totalCount }".to_owned(),
        "recentOrders { totalCount }".to_owned(),
        "orderItems { totalCount }".to_owned(),
        "payments { totalCount }".to_owned(),
        format!("order(id: \"{id}\") {{ id }}"),
        "order(id: \"x\") { id }".to_owned(),
        "orderByNumber(number: \"ORD-MIXED\") { id }".to_owned(),
    ] {
        let answer = anonymous.send(&format!("{{ {field} }}"), json!({})).await;
        assert_eq!(answer.code(), "UNAUTHENTICATED", "{field}");
    }
    // `node` says of everything personal that it is not there.
    let data = anonymous.ask("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
    assert_eq!(data["node"], Value::Null);
}

#[tokio::test]
async fn ids_by_the_hundred_and_no_more() {
    let Shop { app, .. } = shop().await;
    let ids = vec!["x"; 101];
    let answer = app.staff().await.send("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": ids })).await;
    assert_eq!(answer.code(), "BAD_USER_INPUT");
}

#[tokio::test]
async fn recent_orders_are_six_of_the_last_days() {
    let Shop { app, pouch, buyer, .. } = shop().await;
    let customer = app.customer("Eve", None, None).await;
    for day in 1..=8_i64 {
        let placed_at = NOW.plus_seconds(-day * 86_400);
        app.order_row(&format!("ORD-{day}"), customer, &[(&pouch, 1, 100)], |order| order.placed_at = placed_at).await;
    }
    let staff = app.staff().await;
    let numbers = async |arguments: &str| {
        let data = staff.ask(&format!("{{ recentOrders{arguments} {{ nodes {{ number }} }} }}"), json!({})).await;
        let nodes = data["recentOrders"]["nodes"].as_array().unwrap().clone();
        nodes.iter().map(|node| node["number"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(numbers("").await, ["ORD-MIXED", "ORD-1", "ORD-2", "ORD-3", "ORD-4", "ORD-5"]);
    assert_eq!(numbers("(days: 2, first: 20)").await, ["ORD-MIXED", "ORD-1", "ORD-2"]);
    for days in [0, -1, 3_651] {
        let answer = staff.send(&format!("{{ recentOrders(days: {days}) {{ totalCount }} }}"), json!({})).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT");
    }
    assert_eq!(buyer.ask("{ recentOrders { totalCount } }", json!({})).await["recentOrders"]["totalCount"], 1);
}

#[tokio::test]
async fn lines_are_found_by_what_they_are_of() {
    let Shop { app, pouch, mug, buyer, mixed } = shop().await;
    buyer.places(&pouch, 1).await;
    let staff = app.staff().await;
    let skus = async |filter: String| {
        let data =
            staff.ask(&format!("{{ orderItems(filter: {{ {filter} }}) {{ nodes {{ sku quantity }} }} }}"), json!({})).await;
        let nodes = data["orderItems"]["nodes"].as_array().unwrap().clone();
        let mut texts: Vec<String> =
            nodes.iter().map(|node| format!("{} {}", node["quantity"], node["sku"].as_str().unwrap())).collect();
        texts.sort();
        texts.join(", ")
    };
    assert_eq!(skus(String::new()).await, "1 MUG, 1 POUCH, 2 POUCH");
    assert_eq!(skus(format!("order: \"{mixed}\"")).await, "1 MUG, 2 POUCH");
    assert_eq!(skus(format!("store: \"{}\"", mug.store)).await, "1 MUG");
    assert_eq!(skus(format!("product: \"{}\"", pouch.product)).await, "1 POUCH, 2 POUCH");
    assert_eq!(skus(format!("variant: \"{}\", order: \"{mixed}\"", pouch.variant)).await, "2 POUCH");
    assert_eq!(skus("sku: \"MUG\"".into()).await, "1 MUG");
    assert_eq!(skus(format!("store: \"{}\"", mug.product)).await, "", "an id of another type names nothing");
}
