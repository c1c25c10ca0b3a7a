//! `orderStatistics`.

use entity::stored::Role;
use serde_json::{Value, json};

use crate::support::{Client, Goods, TestApp};

/// Places an order through the API, for a caller or by staff for somebody; its id.
pub async fn place(client: &Client, lines: &[(&Goods, i64)], more: Value) -> String {
    let items: Vec<Value> = lines.iter().map(|(goods, quantity)| json!({ "sku": goods.sku, "quantity": quantity })).collect();
    let mut input = json!({ "items": items });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let payload = client.mutate("orderCreate", input, "userErrors { code field message } order { id }").await;
    payload["order"]["id"].as_str().unwrap_or_else(|| panic!("{payload:#}")).to_owned()
}

async fn figures(client: &Client, arguments: &str, selection: &str) -> Value {
    let query = format!("{{ orderStatistics{arguments} {{ {selection} }} }}");
    client.ask(&query, json!({})).await["orderStatistics"].clone()
}

const SUMS: &str = "currency currencies totalOrders pendingOrders deliveredOrders cancelledOrders
    grossSales refunds totalRevenue averageOrderValue";

#[tokio::test]
async fn an_empty_shop_gives_zeros() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let all = figures(
        &staff,
        "",
        &format!("{SUMS} from to ordersByMonth {{ period }} ordersByStatus {{ status count total }} recentOrders {{ id }}"),
    )
    .await;
    assert_eq!(all["currency"], Value::Null);
    assert_eq!(all["currencies"], json!([]));
    assert_eq!(all["totalOrders"], 0);
    assert_eq!(all["grossSales"], "0.00");
    assert_eq!(all["averageOrderValue"], "0.00");
    assert_eq!(all["ordersByMonth"], json!([]));
    assert_eq!(all["recentOrders"], json!([]));
    assert_eq!(all["from"], Value::Null);
    assert_eq!(all["ordersByStatus"].as_array().unwrap().len(), 10);
    let yen = figures(&staff, "(currency: \"JPY\")", "currency grossSales").await;
    assert_eq!(yen, json!({ "currency": "JPY", "grossSales": "0" }));
}

#[tokio::test]
async fn staff_buyers_and_sellers_see_their_own_figures() {
    let app = TestApp::new().await;
    let (one, two) = (app.store("one").await, app.store("two").await);
    let (pen, ink) = (app.goods(one, "PEN", 1_000, 100).await, app.goods(two, "INK", 333, 100).await);
    let staff = app.staff().await;
    let (ada, ada_id) = app.buyer("ada").await;
    let (bob, _) = app.buyer("bob").await;
    place(&ada, &[(&pen, 2), (&ink, 1)], json!({})).await;
    place(&bob, &[(&ink, 2)], json!({})).await;
    place(&staff, &[(&pen, 1)], json!({ "customer": ada_id.to_string(), "status": "DELIVERED" })).await;
    let cancelled = place(&ada, &[(&pen, 5)], json!({})).await;
    ada.mutate("orderCancel", json!({ "order": cancelled, "reason": "changed my mind" }), "order { id }").await;

    let all = figures(&staff, "", SUMS).await;
    let expected = json!({ "currency": "EUR", "currencies": ["EUR"], "totalOrders": 4, "pendingOrders": 2, "deliveredOrders": 1,
        "cancelledOrders": 1, "grossSales": "39.99", "refunds": "0.00", "totalRevenue": "39.99", "averageOrderValue": "13.33" });
    assert_eq!(all, expected);
    let own = figures(&ada, "", SUMS).await;
    assert_eq!((&own["totalOrders"], &own["grossSales"], &own["cancelledOrders"]), (&json!(3), &json!("33.33"), &json!(1)));
    let seller = app.seller(two).await;
    let sold = figures(&seller, "", &format!("{SUMS} recentOrders {{ id }} ordersByMonth {{ period count total }}")).await;
    assert_eq!(
        (&sold["totalOrders"], &sold["grossSales"], &sold["averageOrderValue"]),
        (&json!(2), &json!("9.99"), &json!("5.00"))
    );
    assert_eq!(sold["recentOrders"].as_array().unwrap().len(), 2);
    assert_eq!(sold["ordersByMonth"], json!([{ "period": "2026-01", "count": 2, "total": "9.99" }]));
    assert_eq!(figures(&seller, "(scope: BUYER)", "totalOrders").await["totalOrders"], 0);
}

#[tokio::test]
async fn a_side_that_is_not_the_callers_is_refused() {
    let app = TestApp::new().await;
    let (buyer, _) = app.buyer("ada").await;
    let refused = async |client: &Client, arguments: &str| {
        let answer = client.send(&format!("{{ orderStatistics{arguments} {{ totalOrders }} }}"), json!({})).await;
        (answer.code().to_owned(), answer.body["errors"][0]["extensions"]["field"].clone())
    };
    let is = |code: &str, field: Value| (code.to_owned(), field);
    assert_eq!(refused(&app.anonymous(), "(scope: ALL)").await, is("UNAUTHENTICATED", Value::Null));
    assert_eq!(refused(&buyer, "(scope: ALL)").await, is("FORBIDDEN", json!(["scope"])));
    assert_eq!(refused(&buyer, "(scope: SELLER)").await, is("FORBIDDEN", json!(["scope"])));
    assert_eq!(refused(&buyer, "(store: \"1\")").await, is("FORBIDDEN", json!(["store"])));
    assert_eq!(refused(&buyer, "(timezone: \"Mars/Base\")").await, is("BAD_USER_INPUT", json!(["timezone"])));
}

#[tokio::test]
async fn amounts_of_different_currencies_are_never_added() {
    let app = TestApp::new().await;
    let (euro, brazil) = (app.store("euro").await, app.store_in("brazil", "BRL").await);
    let pen = app.goods(euro, "PEN", 1_000, 100).await;
    let cafe = app.goods_in(brazil, "CAFE", 700, 100, "BRL", false).await;
    let staff = app.staff().await;
    let (ada, _) = app.buyer("ada").await;
    place(&ada, &[(&pen, 1)], json!({})).await;
    place(&ada, &[(&cafe, 1)], json!({})).await;
    place(&ada, &[(&cafe, 2)], json!({})).await;
    let selection = "currency currencies totalOrders grossSales recentOrders(first: 100) { currency }";
    let most = figures(&staff, "", selection).await;
    assert_eq!((&most["currency"], &most["totalOrders"], &most["grossSales"]), (&json!("BRL"), &json!(2), &json!("21.00")));
    assert_eq!(most["currencies"], json!(["BRL", "EUR"]));
    assert_eq!(most["recentOrders"], json!([{ "currency": "BRL" }, { "currency": "BRL" }]));
    let euros = figures(&staff, "(currency: \"EUR\")", selection).await;
    assert_eq!((&euros["totalOrders"], &euros["grossSales"]), (&json!(1), &json!("10.00")));
}

#[tokio::test]
async fn months_follow_the_time_zone_and_leave_none_out() {
    let app = TestApp::new().await;
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 1_000, 100).await;
    let staff = app.staff().await;
    let customer = app.customer("ada", None, None).await.to_string();
    for (placed_at, status) in
        [("2025-10-31T22:59:59Z", "PENDING"), ("2025-10-31T23:00:00Z", "CANCELLED"), ("2026-01-14T00:00:00Z", "PENDING")]
    {
        let order = place(&staff, &[(&pen, 1)], json!({ "customer": customer, "placedAt": placed_at })).await;
        if status == "CANCELLED" {
            staff.moves(&order, &["orderCancel"]).await;
        }
    }
    let months = "ordersByMonth { period count total grossSales }";
    let row = |period: &str, count: i32, total: &str, gross: &str| json!({ "period": period, "count": count, "total": total, "grossSales": gross });
    let berlin = figures(&staff, "(timezone: \"Europe/Berlin\")", months).await;
    let expected = json!([
        row("2025-10", 1, "10.00", "10.00"),
        row("2025-11", 1, "10.00", "0.00"),
        row("2025-12", 0, "0.00", "0.00"),
        row("2026-01", 1, "10.00", "10.00"),
    ]);
    assert_eq!(berlin["ordersByMonth"], expected);
    let utc = figures(&staff, "", months).await;
    assert_eq!(utc["ordersByMonth"][0], row("2025-10", 2, "20.00", "10.00"));
    assert_eq!(utc["ordersByMonth"][1], row("2025-11", 0, "0.00", "0.00"));
    let month = figures(&staff, "(period: MONTH, timezone: \"Europe/Berlin\")", "from to totalOrders").await;
    assert_eq!(month, json!({ "from": "2025-12-31T23:00:00Z", "to": "2026-01-15T12:00:00Z", "totalOrders": 1 }));
    let day = figures(&staff, "(period: DAY)", "totalOrders").await;
    assert_eq!(day["totalOrders"], 0);
}

#[tokio::test]
async fn a_filter_counts_the_orders_it_lists_in_few_statements() {
    let app = TestApp::new().await;
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 1_000, 100).await;
    let staff = app.staff().await;
    let (ada, _) = app.buyer("ada").await;
    for status in ["PENDING", "CONFIRMED", "SHIPPED"] {
        let customer = app.customer(status, None, None).await.to_string();
        place(&staff, &[(&pen, 1)], json!({ "customer": customer, "status": status })).await;
    }
    place(&ada, &[(&pen, 1)], json!({})).await;
    let query =
        "query($filter: OrderFilter) { orders(filter: $filter) { totalCount } orderStatistics(filter: $filter) { totalOrders } }";
    for (filter, count) in [
        (json!({}), 4),
        (json!({ "status": { "in": ["PENDING"] } }), 2),
        (json!({ "not": { "status": { "in": ["PENDING"] } } }), 2),
        (json!({ "search": "ada" }), 1),
    ] {
        let data = staff.ask(query, json!({ "filter": filter })).await;
        assert_eq!(data["orders"]["totalCount"], count, "{filter}");
        assert_eq!(data["orderStatistics"]["totalOrders"], count, "{filter}");
    }
    app.work().await;
    let (_, statements) = app.statements_of(figures(&staff, "", "totalOrders grossSales ordersByMonth { count }")).await;
    assert_eq!(statements.len(), 5, "{statements:#?}");
}

#[tokio::test]
async fn a_figure_of_a_store_is_of_the_orders_that_its_filter_finds() {
    let app = TestApp::new().await;
    let (one, two) = (app.store("one").await, app.store("two").await);
    let (pen, ink) = (app.goods(one, "PEN", 1_000, 100).await, app.goods(two, "INK", 333, 100).await);
    let staff = app.staff().await;
    let (ada, _) = app.buyer("ada").await;
    let (bob, _) = app.buyer("bob").await;
    place(&ada, &[(&pen, 2), (&ink, 1)], json!({})).await;
    place(&bob, &[(&pen, 1)], json!({})).await;
    place(&bob, &[(&ink, 9)], json!({})).await;
    let query = "query($store: ID, $filter: OrderFilter) { orderStatistics(store: $store, filter: $filter, from: \"2020-01-01T00:00:00Z\")
        { totalOrders grossSales filter ordersByStatus { status count filter } recentOrders { total } } }";
    let counted = "query($filter: OrderFilter) { orders(filter: $filter) { totalCount } }";
    let deep = json!({ "and": [{ "and": [{ "and": [{ "and": [{ "search": "ada" }] }] }] }] });
    let large = |parts: usize| json!({ "or": vec![json!({}); parts - 1], "status": { "in": ["PENDING"] }, "placedAt": { "gte": "2021-01-01T00:00:00Z" } });
    let refused = staff.send(query, json!({ "store": one.to_string(), "filter": large(51) })).await;
    assert_eq!(refused.code(), "BAD_USER_INPUT");
    for (filter, count, sales) in [
        (json!({}), 2, "30.00"),
        (json!({ "total": { "gte": "20" } }), 1, "20.00"),
        (json!({ "not": { "total": { "gte": "20" } } }), 1, "10.00"),
        (json!({ "paymentStatus": { "in": ["UNPAID"] }, "placedAt": { "gte": "2021-01-01T00:00:00Z" } }), 2, "30.00"),
        (json!({ "search": "bob", "store": two.to_string() }), 0, "0.00"),
        (json!({ "store": two.to_string() }), 1, "20.00"),
        (deep, 1, "20.00"),
        (large(50), 2, "30.00"),
    ] {
        let asked = json!({ "store": one.to_string(), "filter": filter });
        let figure = staff.ask(query, asked).await["orderStatistics"].clone();
        assert_eq!((&figure["totalOrders"], &figure["grossSales"]), (&json!(count), &json!(sales)), "{filter}");
        assert_eq!(figure["recentOrders"].as_array().map(Vec::len), Some(count), "{filter}");
        let pending = figure["ordersByStatus"].as_array().unwrap().iter().find(|row| row["status"] == "PENDING").unwrap();
        for told in [&figure["filter"], &pending["filter"]] {
            let found = staff.ask(counted, json!({ "filter": told })).await;
            assert_eq!(found["orders"]["totalCount"], count, "{filter}: {told}");
        }
    }
}

/// What a seller sees of own purchases alone may be asked for, and is found there.
#[tokio::test]
async fn a_figure_of_a_seller_who_buys_is_of_the_orders_that_its_filter_finds() {
    let app = TestApp::new().await;
    let (one, two, three) = (app.store("one").await, app.store("two").await, app.store("three").await);
    let (pen, ink) = (app.goods(one, "PEN", 1_000, 100).await, app.goods(two, "INK", 333, 100).await);
    let (cara, _) = app.user("cara@seller.test", Role::Customer, &[one, three]).await;
    let (bob, _) = app.buyer("bob").await;
    place(&cara, &[(&pen, 1)], json!({})).await;
    place(&cara, &[(&pen, 2), (&ink, 1)], json!({})).await;
    place(&cara, &[(&ink, 9)], json!({})).await;
    place(&bob, &[(&pen, 4), (&ink, 1)], json!({})).await;
    let query = "query($filter: OrderFilter, $store: ID) { orderStatistics(store: $store, filter: $filter, scope: SELLER)
        { totalOrders grossSales filter ordersByStatus { status count filter } recentOrders { id } } }";
    let counted = "query($filter: OrderFilter) { orders(filter: $filter) { totalCount } }";
    for (filter, count, sales) in [
        (json!({}), 3, "70.00"),
        (json!({ "total": { "gte": "15" } }), 1, "20.00"),
        (json!({ "not": { "total": { "gte": "15" } } }), 2, "50.00"),
        (json!({ "search": "cara" }), 2, "30.00"),
        (json!({ "search": "bob" }), 0, "0.00"),
        (json!({ "search": "pen" }), 3, "70.00"),
        (json!({ "or": [{ "search": "cara" }, { "number": "none" }] }), 2, "30.00"),
        (json!({ "paymentStatus": { "in": ["UNPAID"] } }), 2, "30.00"),
        (json!({ "store": two.to_string() }), 1, "20.00"),
        (json!({ "product": ink.product.to_string() }), 1, "20.00"),
        (json!({ "stores": [two.to_string()] }), 1, "20.00"),
        (json!({ "stores": [two.to_string(), one.to_string()] }), 3, "70.00"),
        (json!({ "stores": [] }), 0, "0.00"),
        (json!({ "stores": ["nothing"] }), 0, "0.00"),
    ] {
        for store in [json!(null), json!(one.to_string())] {
            let figure = cara.ask(query, json!({ "filter": filter, "store": store })).await["orderStatistics"].clone();
            assert_eq!((&figure["totalOrders"], &figure["grossSales"]), (&json!(count), &json!(sales)), "{filter}");
            assert_eq!(figure["recentOrders"].as_array().map(Vec::len), Some(count), "{filter}");
            let pending = figure["ordersByStatus"].as_array().unwrap().iter().find(|row| row["status"] == "PENDING").unwrap();
            for told in [&figure["filter"], &pending["filter"]] {
                let found = cara.ask(counted, json!({ "filter": told })).await;
                assert_eq!(found["orders"]["totalCount"], count, "{filter}: {told}");
            }
        }
    }
}
