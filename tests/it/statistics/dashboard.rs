//! `salesTrend`, `chartData`, `dashboardOverview`, `dashboardSummary`, and what all figures have in common.

use ordergraph::statistics::rollup::reading::Shared;
use serde_json::{Value, json};

use super::orders::place;
use crate::support::{Client, TestApp};

/// Orders of two stores on several days, one of them cancelled.
async fn shop() -> (TestApp, Client) {
    let app = TestApp::new().await;
    let (one, two) = (app.store("one").await, app.store("two").await);
    let (pen, ink) = (app.goods(one, "PEN", 1_000, 100).await, app.goods(two, "INK", 333, 100).await);
    let staff = app.staff().await;
    let customer = app.customer("ada", None, None).await.to_string();
    for (placed_at, status) in [
        ("2026-01-15T09:00:00Z", "PENDING"),
        ("2026-01-13T23:30:00Z", "DELIVERED"),
        ("2026-01-12T00:00:00Z", "PENDING"),
        ("2026-01-08T11:00:00Z", "PENDING"),
        ("2026-01-08T13:00:00Z", "PENDING"),
    ] {
        let more = json!({ "customer": customer, "placedAt": placed_at, "status": status });
        let order = place(&staff, &[(&pen, 1), (&ink, 1)], more).await;
        if placed_at.starts_with("2026-01-12") {
            staff.mutate("orderCancel", json!({ "order": order, "reason": "no" }), "order { id }").await;
        }
    }
    (app, staff)
}

#[tokio::test]
async fn a_trend_has_a_point_for_each_day_with_its_orders() {
    let (app, staff) = shop().await;
    let query = "{ salesTrend { currency currencies interval timezone from to asOf
        totals { count grossSales refunds netSales averageOrderValue }
        points { date count grossSales refunds netSales averageOrderValue filter } } }";
    for _ in 0..2 {
        let trend = staff.ask(query, json!({})).await["salesTrend"].clone();
        assert_eq!((&trend["from"], &trend["to"]), (&json!("2026-01-12T00:00:00Z"), &json!("2026-01-15T12:00:00Z")));
        assert_eq!((&trend["interval"], &trend["timezone"], &trend["asOf"]), (&json!("DAY"), &json!("UTC"), &trend["to"]));
        let totals =
            json!({ "count": 3, "grossSales": "26.66", "refunds": "0.00", "netSales": "26.66", "averageOrderValue": "13.33" });
        assert_eq!(trend["totals"], totals);
        let points = trend["points"].as_array().unwrap();
        let told: Vec<Value> = points.iter().map(|point| json!([point["date"], point["count"], point["grossSales"]])).collect();
        let expected =
            json!([["2026-01-12", 1, "0.00"], ["2026-01-13", 1, "13.33"], ["2026-01-14", 0, "0.00"], ["2026-01-15", 1, "13.33"]]);
        assert_eq!(json!(told), expected);
        for point in points {
            let found =
                staff.ask("query($f: OrderFilter) { orders(filter: $f) { totalCount } }", json!({ "f": point["filter"] })).await;
            assert_eq!(found["orders"]["totalCount"], point["count"]);
        }
        app.work().await;
    }
    let berlin = "{ salesTrend(period: WEEK, timezone: \"Europe/Berlin\") { points { date count } } }";
    let berlin = staff.ask(berlin, json!({})).await["salesTrend"]["points"].clone();
    assert_eq!(berlin[2], json!({ "date": "2026-01-14", "count": 1 }));
    let weeks = "{ salesTrend(interval: WEEK, from: \"2026-01-05T00:00:00Z\") { points { date count } } }";
    let weeks = staff.ask(weeks, json!({})).await["salesTrend"]["points"].clone();
    assert_eq!(weeks, json!([{ "date": "2026-01-05", "count": 2 }, { "date": "2026-01-12", "count": 3 }]));
}

#[tokio::test]
async fn a_seller_sees_the_trend_of_own_lines_and_staff_any_store() {
    let (app, staff) = shop().await;
    let store = app.store("three").await;
    let seller = app.seller(store).await;
    let nib = app.goods(store, "NIB", 50, 100).await;
    let pen = app.goods(store, "PENCIL", 100, 100).await;
    let (bob, _) = app.buyer("bob").await;
    place(&bob, &[(&nib, 2), (&pen, 1)], json!({})).await;
    for _ in 0..2 {
        let query = "{ salesTrend(period: DAY) { totals { count grossSales } points { filter } } }";
        let trend = seller.ask(query, json!({})).await["salesTrend"].clone();
        assert_eq!(trend["totals"], json!({ "count": 1, "grossSales": "2.00" }));
        let found = "query($f: OrderFilter) { orders(filter: $f) { totalCount } }";
        let found = seller.ask(found, json!({ "f": trend["points"][0]["filter"] })).await;
        assert_eq!(found["orders"]["totalCount"], 1);
        let query = "query($s: ID!) { orderStatistics(store: $s) { totalOrders grossSales refunds } }";
        let figures = staff.ask(query, json!({ "s": store.to_string() })).await["orderStatistics"].clone();
        assert_eq!(figures, json!({ "totalOrders": 1, "grossSales": "2.00", "refunds": "0.00" }));
        app.work().await;
    }
    let other = "query($s: ID!) { orderStatistics(store: $s) { totalOrders } }";
    let one = app.store("four").await.to_string();
    assert_eq!(seller.ask(other, json!({ "s": one })).await["orderStatistics"]["totalOrders"], 0);
    assert_eq!(bob.send(other, json!({ "s": one })).await.code(), "FORBIDDEN");
}

#[tokio::test]
async fn a_chart_has_calendar_days_today_among_them() {
    let (_app, staff) = shop().await;
    let query =
        "query($m: ChartMetric!) { chartData(metric: $m) { metricLabel period periodLabel currency points { date value } } }";
    let chart = staff.ask(query, json!({ "m": "SALES" })).await["chartData"].clone();
    assert_eq!((&chart["metricLabel"], &chart["periodLabel"]), (&json!("Sales"), &json!("Last 7 days")));
    let points = chart["points"].as_array().unwrap();
    assert_eq!((points.len(), &points[0]["date"], &points[6]["date"]), (7, &json!("2026-01-09"), &json!("2026-01-15")));
    assert_eq!(points[6]["value"], "13.33");
    let count = staff.ask(query, json!({ "m": "ORDERS_COUNT" })).await["chartData"]["points"].clone();
    let values: Vec<&str> = count.as_array().unwrap().iter().map(|point| point["value"].as_str().unwrap()).collect();
    assert_eq!(values, ["0", "0", "0", "1", "1", "0", "1"]);
    let new = staff.ask(query, json!({ "m": "NEW_CUSTOMERS_COUNT" })).await["chartData"].clone();
    assert_eq!((&new["points"][6]["value"], &new["currency"]), (&json!("2"), &Value::Null));
    let month = staff.ask("{ chartData(metric: SALES, period: LAST_30_DAYS) { points { date } } }", json!({})).await;
    assert_eq!(month["chartData"]["points"].as_array().unwrap().len(), 30);
}

#[tokio::test]
async fn the_overview_compares_with_the_same_part_of_the_period_before() {
    let (app, staff) = shop().await;
    let query = "{ dashboardOverview { currency from to previousFrom previousTo asOf lastUpdated timezone
        orders { allOrders { count growth } pending { count growth } delivered { count growth } cancelled { count growth }
            returned { count growth } damaged { count growth } }
        customers { newCustomers newCustomersGrowth totalCustomers totalGrowth } activeCustomers { count growth }
        revenue { grossSales refunds netSales growth }
        abandonedCart { rate change totalCarts abandonedCount } } }";
    for _ in 0..2 {
        let all = staff.ask(query, json!({})).await["dashboardOverview"].clone();
        assert_eq!((&all["from"], &all["to"]), (&json!("2026-01-12T00:00:00Z"), &json!("2026-01-15T12:00:00Z")));
        // Of the week before only what was placed until Thursday noon.
        assert_eq!((&all["previousFrom"], &all["previousTo"]), (&json!("2026-01-05T00:00:00Z"), &json!("2026-01-08T12:00:00Z")));
        let orders = json!({ "allOrders": { "count": 3, "growth": 200.0 }, "pending": { "count": 1, "growth": 0.0 },
            "delivered": { "count": 1, "growth": null }, "cancelled": { "count": 1, "growth": null },
            "returned": { "count": 0, "growth": 0.0 }, "damaged": { "count": 0, "growth": 0.0 } });
        assert_eq!(all["orders"], orders);
        // The buyer, and the customer that staff are.
        let customers = json!({ "newCustomers": 2, "newCustomersGrowth": null, "totalCustomers": 2, "totalGrowth": null });
        assert_eq!(all["customers"], customers);
        assert_eq!(all["activeCustomers"], json!({ "count": 1, "growth": 0.0 }));
        let revenue = json!({ "grossSales": "26.66", "refunds": "0.00", "netSales": "26.66", "growth": 100.0 });
        assert_eq!(all["revenue"], revenue);
        assert_eq!(all["abandonedCart"], json!({ "rate": 0.0, "change": 0.0, "totalCarts": 0, "abandonedCount": 0 }));
        let summary = "{ dashboardSummary { totalOrders totalRevenue currency error asOf summary { status count label } } }";
        let summary = staff.ask(summary, json!({})).await["dashboardSummary"].clone();
        assert_eq!(
            (&summary["totalOrders"], &summary["totalRevenue"], &summary["error"]),
            (&json!(5), &json!("53.32"), &Value::Null)
        );
        assert_eq!(summary["summary"][0], json!({ "status": "PENDING", "count": 3, "label": "Pending" }));
        app.work().await;
    }
}

#[tokio::test]
async fn dashboards_are_for_staff_and_bad_arguments_are_named() {
    let (app, staff) = shop().await;
    let (ada, _) = app.buyer("bob").await;
    for query in
        ["{ dashboardOverview { asOf } }", "{ dashboardSummary { totalOrders } }", "{ chartData(metric: SALES) { asOf } }"]
    {
        let refused = ada.send(query, json!({})).await;
        // There is no argument to change.
        assert_eq!((refused.code(), &refused.body["errors"][0]["extensions"]["field"]), ("FORBIDDEN", &Value::Null), "{query}");
        assert_eq!(app.anonymous().send(query, json!({})).await.code(), "UNAUTHENTICATED", "{query}");
    }
    for query in [
        "{ salesTrend(period: DAY, from: \"2026-01-01T00:00:00Z\") { asOf } }",
        "{ salesTrend(from: \"2027-01-01T00:00:00Z\") { asOf } }",
        "{ salesTrend(from: \"1990-01-01T00:00:00Z\") { asOf } }",
        "{ chartData(metric: SALES, timezone: \"Mars/Base\") { asOf } }",
    ] {
        assert_eq!(staff.send(query, json!({})).await.code(), "BAD_USER_INPUT", "{query}");
    }
    let seller_only = ada.send("{ topProducts { asOf } }", json!({})).await;
    assert_eq!((seller_only.code(), &seller_only.body["errors"][0]["extensions"]["field"]), ("FORBIDDEN", &Value::Null));
    for query in ["salesTrend(interval: MONTH, to: \"2026-01-01T00:00:00Z\")", "dashboardOverview(to: \"2026-01-01T00:00:00Z\")"]
    {
        let refused = staff.send(&format!("{{ {query} {{ asOf }} }}"), json!({})).await;
        let named = &refused.body["errors"][0]["extensions"]["field"];
        assert_eq!((refused.code(), named), ("BAD_USER_INPUT", &json!(["from"])), "{query}");
    }
    let century = "{ salesTrend(interval: MONTH, from: \"1990-01-01T00:00:00Z\") { totals { count } } }";
    assert_eq!(staff.ask(century, json!({})).await["salesTrend"]["totals"]["count"], 5);
}

#[tokio::test]
async fn figures_lead_to_their_orders_and_agree_with_each_other() {
    let (app, staff) = shop().await;
    for _ in 0..2 {
        let query = "{ a: orderStatistics { asOf totalOrders filter ordersByStatus { status count filter } }
            b: orderStatistics(currency: \"EUR\", from: \"2026-01-08T00:00:00Z\", to: \"2026-01-08T12:00:00Z\",
                filter: { status: { in: [PENDING] }, not: { search: \"nobody\" } }) { asOf totalOrders filter }
            c: paymentStatistics { asOf totalPayments } }";
        let all = staff.ask(query, json!({})).await;
        assert_eq!((&all["a"]["asOf"], &all["b"]["asOf"]), (&all["c"]["asOf"], &all["c"]["asOf"]));
        let count = async |filter: &Value| {
            let found = staff.ask("query($f: OrderFilter) { orders(filter: $f) { totalCount } }", json!({ "f": filter })).await;
            found["orders"]["totalCount"].clone()
        };
        assert_eq!((count(&all["a"]["filter"]).await, &all["a"]["totalOrders"]), (json!(5), &json!(5)));
        assert_eq!((count(&all["b"]["filter"]).await, &all["b"]["totalOrders"]), (json!(1), &json!(1)));
        for row in all["a"]["ordersByStatus"].as_array().unwrap() {
            assert_eq!(count(&row["filter"]).await, row["count"], "{row}");
        }
        app.work().await;
    }
}

#[tokio::test]
async fn the_figures_of_an_operation_reach_up_to_one_moment() {
    let (app, _) = shop().await;
    let operation = Shared::default();
    let now = operation.now(&app.app);
    app.clock.advance_seconds(5);
    assert_eq!((operation.now(&app.app), operation.lock(&app.app).await.unwrap().as_of()), (now, now));
    assert_eq!(Shared::default().now(&app.app), now.plus_seconds(5));
}

#[tokio::test]
async fn the_zone_of_reports_can_be_set() {
    let app = TestApp::with(|config| config.reports.report_timezone = chrono_tz::Tz::Asia__Kathmandu).await;
    let staff = app.staff().await;
    let trend = staff.ask("{ salesTrend(period: DAY) { timezone from } }", json!({})).await["salesTrend"].clone();
    assert_eq!(trend, json!({ "timezone": "Asia/Kathmandu", "from": "2026-01-14T18:15:00Z" }));
}
