//! What figures cost in a database with many orders: CPU time of the service and of the database together, per request. Answers
//! are not kept (`STATS_CACHE_TIMEOUT=0`): each is made anew.
//!
//! `BENCH_DATABASES` names databases, SQLite files or PostgreSQL, with commas between; they are migrated, and filled with
//! `BENCH_ORDERS` made-up orders (100,000 unless told) when they have none. Without it a SQLite file is made for the run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a benchmark that cannot run says so and ends")]
#![allow(clippy::disallowed_methods, reason = "it reads its settings from the environment and starts clients of its own")]

use filled::{Filled, row};
use server::Server;

#[path = "support/filled.rs"]
mod filled;
#[path = "support/server.rs"]
mod server;

const PERIODS: [&str; 7] = ["", "DAY", "WEEK", "MONTH", "YEAR", "LAST_7_DAYS", "LAST_30_DAYS"];
/// Windows that are no period of the calendar: one of 98 days, one of a year and a half, neither from midnight.
const WINDOWS: [&str; 2] = [
    "from: \"2026-03-05T10:11:12Z\", to: \"2026-06-11T01:02:03Z\"",
    "from: \"2025-01-17T08:00:00Z\", to: \"2026-07-20T13:37:00Z\"",
];

fn main() {
    // Under `cargo test` benches are only built to see that they still are.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(filled::each(measure));
}

/// Everything about one database.
async fn measure(url: &str) {
    let filled = Filled::open(url).await;
    let server = Server::start(url, &[("STATS_CACHE_TIMEOUT", "0")]);
    server.ready().await;
    let store = filled.store().await;
    for (name, query) in queries() {
        row(&server, &filled.admin(), &name, &query).await;
    }
    let of_store = format!("{{ orderStatistics(store: \"{store}\") {{ totalOrders totalRevenue }} }}");
    row(&server, &filled.admin(), "orderStatistics of a store's orders", &of_store).await;
    for (who, token) in [("seller", filled.seller()), ("seller of three stores", filled.chain())] {
        for window in ["", "(period: LAST_30_DAYS)", &format!("({})", WINDOWS[0])] {
            for (figures, selection) in [
                ("orderStatistics", "totalOrders totalRevenue ordersByStatus { status count }"),
                ("topProducts", "rows { product { id name } orders revenue }"),
            ] {
                let query = format!("{{ {figures}{window} {{ {selection} }} }}");
                row(&server, &token, &format!("{who}: {figures}{}", shortened(window)), &query).await;
            }
        }
        let days = "{ salesTrend(interval: DAY, period: LAST_30_DAYS) { points { from netSales count } } }";
        row(&server, &token, &format!("{who}: salesTrend(interval: DAY, period: LAST_30_DAYS)"), days).await;
    }
}

/// What is measured: a name and a query of each.
fn queries() -> Vec<(String, String)> {
    let mut windows: Vec<String> =
        PERIODS.into_iter().filter(|period| !period.is_empty()).map(|period| format!("period: {period}")).collect();
    windows.extend(WINDOWS.map(str::to_owned));
    windows.push(String::new());
    let mut queries = Vec::new();
    for (figures, selection) in [
        ("orderStatistics", "totalOrders totalRevenue averageOrderValue ordersByStatus { status count total averageOrderValue }"),
        ("paymentStatistics", "totalPayments paidAmount successRate byStatus { status count } byType { type count }"),
        ("topProducts", "rows { product { id name } revenue }"),
        ("topStores", "rows { store { id name } revenue }"),
        ("topCustomers", "rows { customer { id name } revenue }"),
        ("transitionTimes", "rows { from to count medianSeconds percentile95Seconds }"),
        ("customerMetrics", "totalCustomers newCustomers activeCustomers"),
        ("satisfaction", "averageScore reviewCount distribution { rating count }"),
        (
            "dashboardOverview",
            "orders { allOrders { count growth } delivered { count growth } } revenue { netSales growth } customers { totalCustomers newCustomers } activeCustomers { count growth }",
        ),
    ] {
        for window in &windows {
            let arguments = if window.is_empty() { String::new() } else { format!("({window})") };
            queries
                .push((format!("{figures}{}", shortened(&arguments)), format!("{{ {figures}{arguments} {{ {selection} }} }}")));
        }
    }
    for (figures, selection) in [
        ("dashboardSummary", "totalOrders totalRevenue summary { status count }"),
        ("chartData(metric: SALES, period: LAST_30_DAYS)", "points { date value }"),
        ("chartData(metric: ORDERS_COUNT, period: YEAR)", "points { date value }"),
        ("chartData(metric: NEW_CUSTOMERS_COUNT, period: YEAR)", "points { date value }"),
        ("salesTrend(interval: DAY, period: LAST_30_DAYS, timezone: \"Europe/Berlin\")", "points { from netSales count }"),
        ("salesTrend(interval: DAY, period: YEAR)", "points { from netSales count }"),
        ("salesTrend(interval: WEEK, period: YEAR, timezone: \"Asia/Kathmandu\")", "points { from netSales count }"),
        ("salesTrend(interval: MONTH)", "points { from netSales count }"),
    ] {
        queries.push((figures.replace("timezone: ", "").replace('"', ""), format!("{{ {figures} {{ {selection} }} }}")));
    }
    queries
}

fn shortened(arguments: &str) -> String {
    arguments.replace(":00Z", "").replace("T01:02:03Z", "").replace("T10:11:12Z", "").replace('"', "")
}
