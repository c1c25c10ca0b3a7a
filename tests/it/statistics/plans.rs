//! SQLite plans a statement alike however many rows there are, so a small shop shows whether a large one would wait: no figure
//! reads orders, lines, payments, customers or events from end to end, and no first page of a list reads them out of an
//! index's order.

use entity::{id::StoreId, store, stored::Role};
use ordergraph::{
    clock::Clock,
    import::{
        Options,
        generate::{self, Wanted},
        progress::Silent,
    },
};
use sea_orm::{ConnectionTrait as _, DbBackend, EntityTrait as _, Statement};
use serde_json::json;

use crate::support::{Client, NOW, TestApp};

const PERIODS: [&str; 5] = [
    "",
    "(period: MONTH)",
    "(period: LAST_30_DAYS)",
    // Ends that no day has.
    "(from: \"2026-03-05T10:11:12Z\", to: \"2026-06-11T01:02:03Z\")",
    "(from: \"2025-01-17T08:00:00Z\", to: \"2026-07-20T13:37:00Z\")",
];

const FIGURES: [(&str, &str); 9] = [
    ("orderStatistics", "totalOrders totalRevenue ordersByStatus { status count total }"),
    ("paymentStatistics", "totalPayments paidAmount byStatus { status count } byType { type count }"),
    ("topProducts", "rows { product { id } revenue }"),
    ("topStores", "rows { store { id } revenue }"),
    ("topCustomers", "rows { customer { id } revenue }"),
    ("transitionTimes", "rows { from to count medianSeconds percentile95Seconds }"),
    ("customerMetrics", "totalCustomers newCustomers activeCustomers"),
    ("satisfaction", "averageScore reviewCount distribution { rating count }"),
    ("dashboardOverview", "orders { allOrders { count growth } } revenue { netSales growth } activeCustomers { count growth }"),
];

const TRENDS: [&str; 4] = [
    "dashboardSummary { totalOrders totalRevenue summary { status count } }",
    "chartData(metric: NEW_CUSTOMERS_COUNT, period: YEAR) { points { date value } }",
    "salesTrend(interval: DAY, period: LAST_30_DAYS, timezone: \"Europe/Berlin\") { points { from netSales } }",
    "salesTrend(interval: MONTH) { points { from netSales count } }",
];

const FILTERS: [&str; 14] = [
    "",
    "status: { in: [PENDING] }",
    "status: { in: [PENDING, CONFIRMED] }",
    "paymentStatus: { in: [PAID] }",
    "paymentStatus: { in: [UNPAID, FAILED] }",
    "fulfillmentStatus: { in: [SHIPPED] }",
    "type: { in: [PICKUP] }",
    "paymentType: { in: [CASH] }",
    "currency: \"JPY\"",
    "onHold: true",
    "overdue: true",
    "total: { gte: \"30\" }, currency: \"EUR\"",
    "placedAt: { gte: \"2026-05-01T00:00:00Z\", lt: \"2026-05-02T00:00:00Z\" }",
    "search: \"müller\"",
];

/// What must not be read as a whole; the letters are what statements call these tables.
const LARGE: [&str; 18] = [
    "orders",
    "o",
    "order_items",
    "i",
    "payments",
    "customers",
    "c",
    "events",
    "e",
    "s",
    "store_groups",
    "g",
    "rankings",
    "order_rollups",
    "customer_rollups",
    "k",
    "t",
    "transition_histograms",
];

async fn shop() -> (TestApp, Client) {
    let app = TestApp::new().await;
    let wanted = Wanted { orders: 120, seed: 5, until: NOW, from: None };
    generate::run(app.db(), &Clock::held(NOW), &wanted, Options::default(), &Silent).await.unwrap();
    let staff = app.staff().await;
    app.work().await;
    (app, staff)
}

/// Searches that are almost as bad: everything with some value that much has.
const WIDE: [&str; 9] = [
    "(status=?)",
    "(payment_status=?)",
    "(fulfillment_status=?)",
    "(type=?)",
    "(gateway=?)",
    "(currency=?)",
    "(store_id=?)",
    "(kind=?)",
    "(level=?)",
];

/// The steps of statements in which a large table, or a large part of one, is read from end to end.
async fn scans(app: &TestApp, statements: &[String], may_be_wide: bool) -> Vec<String> {
    let mut scans = Vec::new();
    // What an upsert would look for if it changed a key does not count.
    let is_plan = |sql: &&String| {
        ["SELECT", "WITH", "INSERT", "UPDATE", "DELETE"].iter().any(|verb| sql.starts_with(verb)) && !sql.contains(" VALUES ")
    };
    for sql in statements.iter().filter(is_plan) {
        let explain = Statement::from_string(DbBackend::Sqlite, format!("EXPLAIN QUERY PLAN {sql}"));
        for step in app.db().reader().query_all_raw(explain).await.unwrap() {
            let step: String = step.try_get_by_index(3).unwrap();
            let of = |how: &str| step.strip_prefix(how).and_then(|step| step.split(' ').next());
            let is_large = |table: &str| LARGE.contains(&table);
            // That index holds only customers that were never counted.
            let is_scan = of("SCAN ").is_some_and(is_large) && !step.ends_with("customers_unnumbered");
            let is_wide = of("SEARCH ").is_some_and(is_large) && WIDE.iter().any(|wide| step.ends_with(wide));
            if is_scan || (is_wide && !may_be_wide) {
                scans.push(format!("{step} in {sql}"));
            }
        }
    }
    scans.sort_unstable();
    scans.dedup();
    scans
}

/// The same of what a query needs.
async fn scans_of(app: &TestApp, staff: &Client, query: &str, may_be_wide: bool) -> Vec<String> {
    let (_, statements) = app.statements_of(staff.ask(query, json!({}))).await;
    scans(app, &statements, may_be_wide).await
}

#[tokio::test]
async fn no_import_reads_a_table_from_end_to_end() {
    let app = TestApp::new().await;
    if app.db().backend() != DbBackend::Sqlite {
        return;
    }
    let wanted = Wanted { orders: 120, seed: 5, until: NOW, from: None };
    let clock = Clock::held(NOW);
    let run = generate::run(app.db(), &clock, &wanted, Options::default(), &Silent);
    let (done, statements) = app.statements_of(run).await;
    done.unwrap();
    assert!(statements.iter().any(|sql| sql.contains("SET number = r.number")), "{statements:#?}");
    assert_eq!(scans(&app, &statements, false).await, Vec::<String>::new());
}

#[tokio::test]
async fn no_figure_reads_a_table_from_end_to_end() {
    let (app, staff) = shop().await;
    if app.db().backend() != DbBackend::Sqlite {
        return;
    }
    let mut bad = Vec::new();
    for (figure, selection) in FIGURES {
        for period in PERIODS {
            bad.extend(scans_of(&app, &staff, &format!("{{ {figure}{period} {{ {selection} }} }}"), false).await);
        }
    }
    for trend in TRENDS {
        bad.extend(scans_of(&app, &staff, &format!("{{ {trend} }}"), false).await);
    }
    assert_eq!(bad, Vec::<String>::new());
}

/// Sums are kept by the period, so that what is added up is no more than a window holds, and never rows of orders.
#[tokio::test]
async fn no_figure_of_a_seller_reads_all_orders_of_the_stores() {
    let (app, _) = shop().await;
    if app.db().backend() != DbBackend::Sqlite {
        return;
    }
    let stores = store::Entity::find().all(app.db().reader()).await.unwrap();
    let stores: Vec<StoreId> = stores.iter().map(|store| store.id).collect();
    let mut bad = Vec::new();
    for count in [1, 3] {
        let (seller, _) = app.user(&format!("{count}@shop.test"), Role::Customer, &stores[..count]).await;
        for period in PERIODS {
            for (figure, selection) in [FIGURES[0], FIGURES[2]] {
                let query = format!("{{ {figure}{period} {{ {selection} }} }}");
                let (_, statements) = app.statements_of(seller.ask(&query, json!({}))).await;
                bad.extend(scans(&app, &statements, false).await);
                // Of all time nothing lies beside the sums.
                bad.extend(statements.into_iter().filter(|sql| period.is_empty() && sql.contains("order_items")));
            }
        }
        for trend in ["salesTrend(interval: DAY, period: LAST_30_DAYS)", "salesTrend(interval: MONTH)"] {
            bad.extend(scans_of(&app, &seller, &format!("{{ {trend} {{ points {{ netSales }} }} }}"), false).await);
        }
    }
    assert_eq!(bad, Vec::<String>::new());
}

#[tokio::test]
async fn no_first_page_reads_a_table_out_of_order() {
    let (app, staff) = shop().await;
    if app.db().backend() != DbBackend::Sqlite {
        return;
    }
    let mut bad = Vec::new();
    for filter in FILTERS {
        for sort in ["PLACED_AT", "TOTAL", "CUSTOMER_NAME", "NUMBER", "UPDATED_AT", "SHIP_BY", "STATUS"] {
            let query =
                format!("{{ orders(first: 20, filter: {{ {filter} }}, sort: [{{ field: {sort} }}]) {{ nodes {{ id }} }} }}");
            // To walk an index in its order is how a page is found; to count the few with some value is, too.
            bad.extend(scans_of(&app, &staff, &query, true).await.into_iter().filter(|scan| !scan.contains(" INDEX orders_")));
        }
    }
    for list in ["orderItems", "payments", "payments(sort: [{ field: AMOUNT }])", "customers", "products"] {
        let scans = scans_of(&app, &staff, &format!("{{ {list} {{ nodes {{ id }} }} }}"), true).await;
        bad.extend(scans.into_iter().filter(|scan| !scan.contains(" INDEX ")));
    }
    assert_eq!(bad, Vec::<String>::new());
}
