//! What pages and counts of lists cost in a database with many orders: CPU time of the service and of the database together,
//! per request, for filters, sort orders, searches, deep pages and counts.
//!
//! `BENCH_DATABASES` names databases, SQLite files or PostgreSQL, with commas between; they are migrated, and filled with
//! `BENCH_ORDERS` made-up orders (100,000 unless told) when they have none. Without it a SQLite file is made for the run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a benchmark that cannot run says so and ends")]
#![allow(clippy::disallowed_methods, reason = "it reads its settings from the environment and starts clients of its own")]

use entity::id::{CustomerId, ProductId, StoreId};
use filled::{Filled, most_of, one, row};
use ordergraph::db::Db;
use serde_json::Value;
use server::Server;

#[path = "support/filled.rs"]
mod filled;
#[path = "support/server.rs"]
mod server;

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
    let server = Server::start(url, &[]);
    server.ready().await;
    let store = filled.store().await;
    for (name, query) in queries(&filled.db, store).await {
        row(&server, &filled.admin(), &name, &query).await;
    }
    for (who, token) in [("seller", filled.seller()), ("seller of three stores", filled.chain())] {
        for arguments in ["first: 20", "first: 20, sort: [{ field: NUMBER }]", "first: 20, filter: { status: { in: [PENDING] } }"]
        {
            row(&server, &token, &format!("{who}: {arguments}"), &nodes("orders", arguments)).await;
        }
        for filter in ["", "status: { in: [PENDING] }"] {
            let query = format!("{{ orders(first: 0, filter: {{ {filter} }}) {{ totalCount }} }}");
            row(&server, &token, &format!("{who}: {filter} counted"), &query).await;
        }
        row(&server, &token, &format!("{who}: tabs"), "{ orderStatusCounts { all tabs { status count } } }").await;
    }
    for (list, arguments) in [
        ("orders", "sort: [{ field: PLACED_AT }]"),
        ("orders", "sort: [{ field: TOTAL }]"),
        ("orders", "sort: [{ field: CUSTOMER_NAME }]"),
        ("orders", "filter: { status: { in: [DELIVERED] } }"),
        ("orders", "filter: { search: \".example\" }"),
        ("orderItems", "filter: {}"),
        ("payments", "sort: [{ field: AMOUNT }]"),
        ("payments", "filter: { type: [CREDIT] }"),
        ("customers", "sort: [{ field: NAME }]"),
        ("products", "sort: [{ field: NAME }]"),
    ] {
        let after = end_of(&server, &filled.admin(), list, arguments, 1_000).await;
        for (page, after) in [("1", Value::Null), ("1,000", after)] {
            let query = nodes(list, &format!("first: 20, after: {after}, {arguments}"));
            row(&server, &filled.admin(), &format!("page {page} of {list}({arguments})"), &query).await;
        }
    }
}

/// The cursor in front of a page of 20; of the last page where there are not so many.
async fn end_of(server: &Server, token: &str, list: &str, arguments: &str, number: usize) -> Value {
    let mut after = Value::Null;
    // Pages of 100 lead there sooner.
    for _ in 0..(number - 1) / 5 {
        let query = format!(
            "query($after: String) {{ {list}(first: 100, after: $after, {arguments}) {{ pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let answer = server.ask(token, serde_json::json!({ "query": query, "variables": { "after": after } })).await;
        let page = &answer["data"][list]["pageInfo"];
        if page["hasNextPage"] != true {
            break;
        }
        after = page["endCursor"].clone();
    }
    after
}

fn nodes(list: &str, arguments: &str) -> String {
    format!("{{ {list}({arguments}) {{ nodes {{ id }} }} }}")
}

/// What is measured: a name and a query of each.
async fn queries(db: &Db, store: StoreId) -> Vec<(String, String)> {
    let rare: StoreId = one(db, &most_of("store_id", "order_items").replace("DESC", "ASC")).await;
    let product: ProductId = one(db, &most_of("product_id", "order_items")).await;
    let customer: CustomerId = one(db, &most_of("customer_id", "orders")).await;
    let (number, reference): (String, String) =
        (one(db, "SELECT MAX(number) FROM orders").await, one(db, "SELECT MAX(reference) FROM payments").await);
    let sku: String = one(db, "SELECT MIN(sku) FROM order_items").await;
    let filters = [
        String::new(),
        "status: { in: [DELIVERED] }".into(),
        "status: { in: [PENDING] }".into(),
        "status: { in: [PENDING, CONFIRMED, PROCESSING] }".into(),
        "status: { in: [RETURNED] }".into(),
        "paymentStatus: { in: [PAID] }".into(),
        "paymentStatus: { in: [UNPAID, FAILED] }".into(),
        "fulfillmentStatus: { in: [SHIPPED] }".into(),
        "type: { in: [PICKUP] }".into(),
        "paymentType: { in: [CASH] }".into(),
        "currency: \"JPY\"".into(),
        "onHold: true".into(),
        "overdue: true".into(),
        "total: { gte: \"300\" }, currency: \"EUR\"".into(),
        "placedAt: { gte: \"2026-05-01T00:00:00Z\", lt: \"2026-05-02T00:00:00Z\" }".into(),
        "placedAt: { gte: \"2025-03-05T10:11:12Z\" }".into(),
        "placedAt: { gte: \"2025-03-05T10:11:12Z\" }, status: { in: [PENDING] }".into(),
        format!("store: \"{store}\""),
        format!("store: \"{rare}\""),
        format!("store: \"{store}\", status: {{ in: [PENDING] }}"),
        format!("product: \"{product}\""),
        format!("customer: \"{customer}\""),
        format!("number: \"{number}\""),
        format!("search: \"{number}\""),
        format!("search: \"{reference}\""),
        format!("search: \"{sku}\""),
        "search: \"müller\"".into(),
        "search: \"ada holm\"".into(),
        "search: \".example\"".into(),
        "search: \"nowhere to be found\"".into(),
        "search: \"a\"".into(),
        "search: \"ß\"".into(),
        "search: \"@\"".into(),
        "search: \"o@e\"".into(),
    ];
    let mut queries = Vec::new();
    for filter in &filters {
        for sort in ["PLACED_AT", "TOTAL", "CUSTOMER_NAME"] {
            let arguments = format!("first: 20, filter: {{ {filter} }}, sort: [{{ field: {sort} }}]");
            queries.push((format!("{filter} by {sort}"), nodes("orders", &arguments)));
        }
        queries.push((format!("{filter} counted"), format!("{{ orders(first: 0, filter: {{ {filter} }}) {{ totalCount }} }}")));
    }
    for filter in ["", &format!("store: \"{store}\""), "placedAt: { gte: \"2025-03-05T10:11:12Z\" }", "search: \"müller\""] {
        let tabs = format!("{{ orderStatusCounts(filter: {{ {filter} }}) {{ all tabs {{ status count }} }} }}");
        queries.push((format!("tabs {filter}"), tabs));
    }
    for sort in ["UPDATED_AT", "NUMBER", "STATUS", "SHIP_BY"] {
        queries.push((format!("by {sort}"), nodes("orders", &format!("first: 20, sort: [{{ field: {sort}, direction: ASC }}]"))));
    }
    let others: [(&str, &[&str], Vec<String>); 4] = [
        (
            "orderItems",
            &[""],
            vec![
                String::new(),
                format!("store: \"{store}\""),
                format!("product: \"{product}\""),
                format!("sku: \"{sku}\""),
                format!("search: \"{}\"", sku.get(..sku.len() - 1).unwrap_or_default()),
                format!("search: \"{sku}\""),
                "search: \"scarf\"".into(),
                "search: \"a\"".into(),
                "search: \"nowhere to be found\"".into(),
                "search: \"@\"".into(),
            ],
        ),
        (
            "payments",
            &["CREATED_AT", "AMOUNT"],
            vec![
                String::new(),
                "status: [FAILED]".into(),
                "status: [PAID, AUTHORIZED]".into(),
                "type: [CASH]".into(),
                "gateway: [MANUAL]".into(),
                "currency: \"JPY\"".into(),
                "createdAt: { gte: \"2026-05-01T00:00:00Z\", lt: \"2026-05-02T00:00:00Z\" }".into(),
                format!("customer: \"{customer}\""),
                format!("reference: \"{reference}\""),
                format!("search: \"{reference}\""),
                format!("search: \"{number}\""),
                "search: \"ORD-2026\"".into(),
                "search: \"pi_e65\"".into(),
                "search: \"nowhere to be found\"".into(),
                "search: \"@\"".into(),
            ],
        ),
        (
            "customers",
            &["CREATED_AT", "NAME"],
            vec![
                String::new(),
                "status: [BLOCKED]".into(),
                "createdAt: { gte: \"2026-05-01T00:00:00Z\", lt: \"2026-05-02T00:00:00Z\" }".into(),
                "search: \"müller\"".into(),
                "search: \"ada holm\"".into(),
                "search: \".example\"".into(),
                "search: \"a\"".into(),
                "search: \"+\"".into(),
                "search: \"+49\"".into(),
                "search: \"@\"".into(),
                "search: \"nowhere to be found\"".into(),
            ],
        ),
        (
            "products",
            &["CREATED_AT", "NAME"],
            vec![
                String::new(),
                format!("store: \"{store}\""),
                "status: [ACTIVE]".into(),
                "inStock: true".into(),
                "inStock: false".into(),
                "search: \"scarf\"".into(),
                format!("search: \"{sku}\""),
                "search: \"@\"".into(),
            ],
        ),
    ];
    for (list, sorts, filters) in others {
        for filter in filters {
            for sort in sorts {
                let by = if sort.is_empty() { String::new() } else { format!(", sort: [{{ field: {sort} }}]") };
                let arguments = format!("first: 20, filter: {{ {filter} }}{by}");
                queries.push((format!("{list} {filter} by {sort}"), nodes(list, &arguments)));
            }
            let counted = format!("{{ {list}(first: 0, filter: {{ {filter} }}) {{ totalCount }} }}");
            queries.push((format!("{list} {filter} counted"), counted));
        }
    }
    queries
}
