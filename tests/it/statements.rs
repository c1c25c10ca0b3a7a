//! How many SQL statements the important queries send, exactly: one more is a regression, one fewer is news.

use entity::stored::PaymentGateway;
use serde_json::json;

use crate::support::{Client, TestApp};

/// A shop with as many orders, two lines and a payment each, of three buyers.
async fn shop(orders: usize) -> (TestApp, Client) {
    let app = TestApp::forgetful().await;
    let (left, right) = (app.store("left").await, app.store("right").await);
    let (pouch, mug) = (app.goods(left, "POUCH", 1000, 9).await, app.goods(right, "MUG", 2000, 9).await);
    let customers =
        [app.customer("A", None, None).await, app.customer("B", None, None).await, app.customer("C", None, None).await];
    for index in 0..orders {
        let id =
            app.order_row(&format!("ORD-{index:03}"), customers[index % 3], &[(&pouch, 1, 1000), (&mug, 1, 2000)], |_| {}).await;
        app.paid(id, PaymentGateway::Manual, 3_000).await;
    }
    let staff = app.staff().await;
    // Who the caller is, is remembered for some seconds: what is counted is the query alone.
    staff.ask("{ viewer { role } }", json!({})).await;
    (app, staff)
}

const WHOLE: &str = "id number status total totals { paid } productsDisplay customer { name } payments { amount }
    items { totalCount nodes { name quantity total } } availableActions { allowed }";

async fn count(app: &TestApp, client: &Client, query: &str) -> usize {
    let (_, statements) = app.statements_of(client.ask(query, json!({}))).await;
    statements.len()
}

#[tokio::test]
async fn a_page_of_orders_with_all_that_belongs_to_them_is_two_statements() {
    let (app, staff) = shop(100).await;
    for first in [20, 100] {
        let page = |selection: &str| format!("{{ orders(first: {first}) {{ {selection} }} }}");
        assert_eq!(count(&app, &staff, &page(&format!("nodes {{ {WHOLE} }}"))).await, 2);
        assert_eq!(count(&app, &staff, &page(&format!("edges {{ node {{ {WHOLE} }} cursor }} totalCount"))).await, 3);
        assert_eq!(count(&app, &staff, &page("nodes { number status total customerName }")).await, 1);
        assert_eq!(count(&app, &staff, &page("nodes { number payments { amount } }")).await, 2);
        assert_eq!(count(&app, &staff, &page("nodes { productsDisplay stores { name } }")).await, 3);
    }
}

#[tokio::test]
async fn one_order_with_all_that_belongs_to_it_is_one_statement() {
    let (app, staff) = shop(2).await;
    let data = staff.ask("{ orderByNumber(number: \"ORD-001\") { id } }", json!({})).await;
    let query = |selection: &str| format!("{{ order(id: {}) {{ {selection} }} }}", data["orderByNumber"]["id"]);
    assert_eq!(count(&app, &staff, &query(WHOLE)).await, 1);
    assert_eq!(count(&app, &staff, &query("number status total")).await, 1);
    assert_eq!(count(&app, &staff, &query("number events { nodes { kind } }")).await, 2);
}

#[tokio::test]
async fn what_lines_point_to_is_loaded_together() {
    let (app, staff) = shop(20).await;
    let lines =
        "nodes { items { nodes { store { name } product { name store { slug } } variant { sku price } order { number } } } }";
    // Orders, lines; then stores, products, variants and orders, each at once; what products point to is loaded already.
    let query = format!("{{ orders(first: 20) {{ {lines} }} }}");
    let (_, statements) = app.statements_of(staff.ask(&query, json!({}))).await;
    assert!(statements.len() <= 7, "{}: {statements:#?}", statements.len());
    let query = "{ orderItems(first: 40) { nodes { sku total store { name } order { number customer { name } } } } }";
    let (_, statements) = app.statements_of(staff.ask(query, json!({}))).await;
    assert!(statements.len() <= 4, "{}: {statements:#?}", statements.len());
}

#[tokio::test]
async fn a_seller_pays_no_more_for_seeing_less() {
    let (app, _) = shop(20).await;
    let store = app.store("third").await;
    app.sql("UPDATE order_items SET store_id = (SELECT id FROM stores WHERE slug = 'third') WHERE name = 'Product MUG'").await;
    let seller = app.seller(store).await;
    seller.ask("{ viewer { role } }", json!({})).await;
    let query = "{ orders(first: 20) { nodes { number total totals { subtotal } items { nodes { name } } } } }";
    assert_eq!(count(&app, &seller, query).await, 2);
}

#[tokio::test]
async fn parcels_and_their_way_are_loaded_together() {
    let (app, staff) = shop(20).await;
    let ids = staff.ask("{ orders(first: 20) { nodes { id } } }", json!({})).await;
    for node in ids["orders"]["nodes"].as_array().unwrap() {
        let order = node["id"].as_str().unwrap();
        staff.moves(order, &["orderConfirm", "orderShip"]).await;
        staff.mutate("trackingEventAdd", json!({ "order": order, "status": "SHIPPED" }), "replayed").await;
    }
    // Who the caller is, is remembered for some seconds only.
    staff.ask("{ viewer { role } }", json!({})).await;
    let parcels = "fulfillments { number status lines { quantity item { name } } store { name } trackingEvents { status } }
        trackingEvents { location } holds { reason }";
    // Orders; then parcels, tracking events and holds; then lines, what they are lines of, and stores.
    for first in [1, 20] {
        let query = format!("{{ orders(first: {first}) {{ nodes {{ number shipBy overdue onHold {parcels} }} }} }}");
        assert_eq!(count(&app, &staff, &query).await, 7);
    }
}
