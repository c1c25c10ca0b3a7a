//! `topProducts`, `topStores`, `topCustomers`, `customerMetrics`, `cartMetrics`, `customerStatistics`, `transitionTimes`,
//! `satisfaction`.

use serde_json::{Value, json};

use super::orders::place;
use crate::support::{Client, TestApp};

async fn code(client: &Client, query: &str) -> String {
    client.send(query, json!({})).await.code().to_owned()
}

const TOP: &str = "currency currencies rows { units orders revenue";

#[tokio::test]
async fn what_sold_most_comes_first() {
    let app = TestApp::new().await;
    let (one, two) = (app.store("one").await, app.store_in("two", "BRL").await);
    let (pen, ink) = (app.goods(one, "PEN", 1_000, 100).await, app.goods(one, "INK", 300, 100).await);
    let cafe = app.goods_in(two, "CAFE", 700, 100, "BRL", false).await;
    let staff = app.staff().await;
    let (ada, _) = app.buyer("ada").await;
    let (bob, _) = app.buyer("bob").await;
    place(&ada, &[(&pen, 1), (&ink, 1)], json!({})).await;
    place(&bob, &[(&ink, 5)], json!({})).await;
    place(&bob, &[(&cafe, 9)], json!({})).await;
    let cancelled = place(&bob, &[(&pen, 50)], json!({})).await;
    bob.mutate("orderCancel", json!({ "order": cancelled, "reason": "too many" }), "order { id }").await;

    let top = async |query: &str| {
        let data = staff.ask(&format!("{{ top: {query} }}"), json!({})).await;
        data["top"].clone()
    };
    let row = |name: &str, subject: &str, units: i32, orders: i32, revenue: &str| json!({ name: { "name": subject }, "units": units, "orders": orders, "revenue": revenue });
    let products = top(&format!("topProducts {{ {TOP} product {{ name }} }} }}")).await;
    assert_eq!(products["currency"], "EUR");
    assert_eq!(products["currencies"], json!(["BRL", "EUR"]));
    let (pen_row, ink_row) = (row("product", "Product PEN", 1, 1, "10.00"), row("product", "Product INK", 6, 2, "18.00"));
    assert_eq!(products["rows"], json!([ink_row, pen_row]));
    let by = |by: &str| format!("topProducts(by: {by}, first: 1, period: DAY) {{ {TOP} product {{ name }} }} }}");
    assert_eq!(top(&by("UNITS")).await["rows"], json!([ink_row]));
    let stores = top(&format!("topStores(currency: \"BRL\", by: ORDERS) {{ {TOP} store {{ slug }} }} }}")).await;
    assert_eq!(stores["rows"], json!([{ "store": { "slug": "two" }, "units": 9, "orders": 1, "revenue": "63.00" }]));
    let customers = top(&format!("topCustomers(period: WEEK) {{ {TOP} customer {{ name }} }} }}")).await;
    assert_eq!(customers["rows"], json!([row("customer", "bob", 5, 1, "15.00"), row("customer", "ada", 2, 1, "13.00")]));
    // Counted or not yet, the answer is the same.
    app.work().await;
    assert_eq!(top(&format!("topProducts {{ {TOP} product {{ name }} }} }}")).await, products);

    let seller = app.seller(two).await;
    let own = seller.ask(&format!("{{ topProducts {{ {TOP} product {{ name }} }} }} }}"), json!({})).await;
    assert_eq!(own["topProducts"]["rows"], json!([row("product", "Product CAFE", 9, 1, "63.00")]));
    assert_eq!(own["topProducts"]["currencies"], json!(["BRL"]));
    for query in ["{ topStores { asOf } }", "{ topCustomers { asOf } }", "{ customerMetrics { asOf } }"] {
        assert_eq!(code(&seller, query).await, "FORBIDDEN", "{query}");
    }
    assert_eq!(code(&ada, "{ topProducts { asOf } }").await, "FORBIDDEN");
    assert_eq!(code(&app.anonymous(), "{ topProducts { asOf } }").await, "UNAUTHENTICATED");
    for wrong in ["first: 0", "first: 101", "period: DAY, to: \"2026-01-01T00:00:00Z\"", "timezone: \"Mars/Base\""] {
        assert_eq!(code(&staff, &format!("{{ topProducts({wrong}) {{ asOf }} }}")).await, "BAD_USER_INPUT", "{wrong}");
    }
    let turned = "from: \"2026-01-02T00:00:00Z\", to: \"2026-01-01T00:00:00Z\"";
    assert_eq!(code(&staff, &format!("{{ topProducts({turned}) {{ asOf }} }}")).await, "BAD_USER_INPUT");
}

#[tokio::test]
async fn equals_are_in_the_order_of_their_ids() {
    let app = TestApp::new().await;
    let store = app.store("one").await;
    let staff = app.staff().await;
    let (ada, _) = app.buyer("ada").await;
    let mut ids = Vec::new();
    for sku in ["A", "B", "C", "D"] {
        let goods = app.goods(store, sku, 500, 10).await;
        place(&ada, &[(&goods, 1)], json!({})).await;
        ids.push(goods.product);
    }
    ids.sort();
    let expected: Vec<Value> = ids.iter().take(3).map(|id| json!({ "product": { "id": id.to_string() } })).collect();
    for _ in 0..2 {
        let data = staff.ask("{ topProducts(first: 3, period: YEAR) { rows { product { id } } } }", json!({})).await;
        assert_eq!(data["topProducts"]["rows"], json!(expected));
        app.work().await;
    }
}

#[tokio::test]
async fn customers_are_counted_once_and_compared() {
    let app = TestApp::new().await;
    let pen = app.goods(app.store("one").await, "PEN", 1_000, 100).await;
    let staff = app.staff().await;
    let ada = app.customer("ada", None, None).await;
    let bob = app.customer("bob", None, None).await;
    // Bob came last December, in the part of it that is compared with this January; the other customers came now.
    app.sql("UPDATE customers SET created_at = 1765000000000000 WHERE name = 'bob'").await;
    for (customer, placed_at) in [(ada, "2026-01-02T00:00:00Z"), (ada, "2026-01-03T00:00:00Z"), (bob, "2025-12-03T00:00:00Z")] {
        place(&staff, &[(&pen, 1)], json!({ "customer": customer.to_string(), "placedAt": placed_at })).await;
    }
    let cancelled = json!({ "customer": bob.to_string(), "placedAt": "2026-01-05T00:00:00Z" });
    let cancelled = place(&staff, &[(&pen, 1)], cancelled).await;
    staff.moves(&cancelled, &["orderCancel"]).await;
    let query = "{ customerMetrics { totalCustomers totalGrowth newCustomers newCustomersGrowth activeCustomers
        activeCustomersGrowth growthRate from to } }";
    let expected = json!({ "totalCustomers": 3, "totalGrowth": 200.0, "newCustomers": 2, "newCustomersGrowth": 100.0,
        "activeCustomers": 1, "activeCustomersGrowth": 0.0, "growthRate": 200.0,
        "from": "2026-01-01T00:00:00Z", "to": "2026-01-15T12:00:00Z" });
    assert_eq!(staff.ask(query, json!({})).await["customerMetrics"], expected);
    app.work().await;
    assert_eq!(staff.ask(query, json!({})).await["customerMetrics"], expected);
    let december = "{ customerMetrics(from: \"2025-12-01T00:00:00Z\", to: \"2025-12-31T23:59:59Z\") {
        totalCustomers activeCustomers activeCustomersGrowth newCustomersGrowth growthRate } }";
    let expected = json!({ "totalCustomers": 1, "activeCustomers": 1, "activeCustomersGrowth": null,
        "newCustomersGrowth": null, "growthRate": null });
    assert_eq!(staff.ask(december, json!({})).await["customerMetrics"], expected);
    let carts = "{ cartMetrics(period: WEEK) { totalCarts abandonedCarts abandonedRate } }";
    let none = json!({ "totalCarts": 0, "abandonedCarts": 0, "abandonedRate": 0.0 });
    assert_eq!(staff.ask(carts, json!({})).await["cartMetrics"], none);
}

#[tokio::test]
async fn a_customer_sees_own_figures_and_staff_anybodys() {
    let app = TestApp::new().await;
    let pen = app.goods(app.store("one").await, "PEN", 1_000, 100).await;
    let staff = app.staff().await;
    let (ada, ada_id) = app.buyer("ada").await;
    let (bob, _) = app.buyer("bob").await;
    place(&ada, &[(&pen, 2)], json!({})).await;
    let cancelled = place(&ada, &[(&pen, 5)], json!({})).await;
    ada.mutate("orderCancel", json!({ "order": cancelled, "reason": "no" }), "order { id }").await;
    let old = json!({ "customer": ada_id.to_string(), "placedAt": "2025-11-03T00:00:00Z", "status": "DELIVERED" });
    place(&staff, &[(&pen, 1)], old).await;
    let selection = "currency totalOrders totalSpent monthlyOrders averageOrderValue abandonedCarts
        orderStatusCounts { pending processing shipped completed cancelled returned damaged } recentOrders(first: 2) { total }";
    let expected = json!({ "currency": "EUR", "totalOrders": 3, "totalSpent": "30.00", "monthlyOrders": 2,
        "averageOrderValue": "15.00", "abandonedCarts": 0, "recentOrders": [{ "total": "50.00" }, { "total": "20.00" }],
        "orderStatusCounts": { "pending": 1, "processing": 0, "shipped": 0, "completed": 1, "cancelled": 1, "returned": 0,
            "damaged": 0 } });
    let mut own = ada.ask(&format!("{{ customerStatistics {{ {selection} }} }}"), json!({})).await["customerStatistics"].clone();
    // Two orders of the same moment.
    own["recentOrders"].as_array_mut().unwrap().sort_by_key(|order| std::cmp::Reverse(order["total"].to_string()));
    assert_eq!(own, expected);
    let query = |more: &str| format!("{{ customerStatistics(customer: \"{ada_id}\"{more}) {{ totalOrders totalSpent }} }}");
    let of_staff = staff.ask(&query(", period: YEAR"), json!({})).await;
    assert_eq!(of_staff["customerStatistics"], json!({ "totalOrders": 2, "totalSpent": "20.00" }));
    // This month's orders are whatever the window, also where it holds none.
    for window in ["from: \"2024-01-01T00:00:00Z\", to: \"2024-02-01T00:00:00Z\"", "to: \"2025-12-01T00:00:00Z\""] {
        let month = format!("{{ customerStatistics({window}) {{ monthlyOrders }} }}");
        assert_eq!(ada.ask(&month, json!({})).await["customerStatistics"]["monthlyOrders"], 2, "{window}");
    }
    assert_eq!(bob.ask(&query(""), json!({})).await["customerStatistics"], Value::Null);
    assert_eq!(code(&app.anonymous(), "{ customerStatistics { totalOrders } }").await, "UNAUTHENTICATED");
}

#[tokio::test]
async fn times_are_from_status_to_status() {
    let app = TestApp::new().await;
    let pen = app.goods(app.store("one").await, "PEN", 1_000, 100).await;
    let staff = app.staff().await;
    let (ada, _) = app.buyer("ada").await;
    // Confirmed after 40, 80 … 800 seconds.
    let mut orders = Vec::new();
    for _ in 0..20 {
        orders.push(place(&ada, &[(&pen, 1)], json!({})).await);
    }
    for order in &orders {
        app.clock.advance_seconds(40);
        staff.moves(order, &["orderConfirm"]).await;
    }
    let query = |arguments: &str| {
        format!(
            "{{ transitionTimes{arguments} {{ rows {{ from to count averageSeconds medianSeconds percentile95Seconds leftOut }} }} }}"
        )
    };
    let row = |count: i32, average: i32, median: i32, late: i32| {
        json!([{ "from": "PENDING", "to": "CONFIRMED", "count": count, "averageSeconds": average,
        "medianSeconds": median, "percentile95Seconds": late, "leftOut": 0 }])
    };
    for _ in 0..2 {
        assert_eq!(staff.ask(&query(""), json!({})).await["transitionTimes"]["rows"], row(20, 420, 400, 760));
        // The first of them was confirmed at 12:00:40.
        let early = "(to: \"2026-01-15T12:02:00Z\")";
        assert_eq!(staff.ask(&query(early), json!({})).await["transitionTimes"]["rows"], row(3, 80, 80, 120));
        let none = staff.ask(&query("(toStatus: SHIPPED)"), json!({})).await;
        assert_eq!(none["transitionTimes"]["rows"], json!([]));
        app.work().await;
    }
    assert_eq!(code(&ada, &query("")).await, "FORBIDDEN");
}

#[tokio::test]
async fn the_table_of_recent_orders_has_its_columns() {
    let app = TestApp::forgetful().await;
    let (one, two) = (app.store("one").await, app.store("two").await);
    let (pen, ink) = (app.goods(one, "PEN", 1_000, 100).await, app.goods(two, "INK", 300, 100).await);
    let staff = app.staff().await;
    let (ada, _) = app.buyer("ada").await;
    place(&ada, &[(&pen, 2), (&ink, 1)], json!({})).await;
    app.sql("UPDATE order_items SET image_url = 'https://shop.test/ink.png' WHERE name LIKE '%INK%'").await;
    let query = "{ recentOrders { totalCount nodes { customerName customerEmail total statusDisplay productImage itemsCount
        firstProductName } } }";
    let row = staff.ask(query, json!({})).await["recentOrders"].clone();
    let expected = json!({ "totalCount": 1, "nodes": [{ "customerName": "ada", "customerEmail": "ada@buyer.test", "total": "23.00",
        "statusDisplay": "Pending", "productImage": "https://shop.test/ink.png", "itemsCount": 2, "firstProductName": "Product PEN" }] });
    assert_eq!(row, expected);
    let sold = app.seller(one).await.ask(query, json!({})).await["recentOrders"]["nodes"][0].clone();
    assert_eq!(
        (&sold["itemsCount"], &sold["firstProductName"], &sold["productImage"]),
        (&json!(1), &json!("Product PEN"), &Value::Null)
    );
    let (_, statements) = app.statements_of(staff.ask(query, json!({}))).await;
    assert_eq!(statements.len(), 3, "{statements:#?}");
}
