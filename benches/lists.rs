//! What pages and counts of lists cost in a database with many orders: CPU time of the service and of the database together,
//! per request, for filters, sort orders, searches, deep pages and counts.
//!
//! `BENCH_LISTS` names databases, SQLite files or PostgreSQL, with commas between; they are migrated, and filled with
//! `BENCH_ORDERS` made-up orders (100,000 unless told) when they have none. Without it a SQLite file is made for the run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a benchmark that cannot run says so and ends")]
#![allow(clippy::disallowed_methods, reason = "it reads its settings from the environment and starts clients of its own")]

use std::io::Write as _;

use entity::{
    id::{CustomerId, ProductId, StoreId},
    stored::Role,
    time::Timestamp,
};
use ordergraph::{
    app::App,
    auth::{
        token::Keys,
        user::{self, NewUser},
    },
    clock::Clock,
    config::ServeConfig,
    db::{Db, statement},
    import::{
        Options,
        generate::{self, Wanted},
        progress::Silent,
    },
};
use sea_orm::{ConnectionTrait as _, TryGetable};
use serde_json::json;
use server::{SECRET, Server};

#[path = "support/server.rs"]
mod server;

/// Requests of each kind that are measured.
const REQUESTS: usize = 200;

/// 2026-10-31T00:00:00Z: the last order.
const UNTIL: Timestamp = Timestamp(1_793_404_800_000_000);

fn main() {
    // Under `cargo test` benches are only built to see that they still are.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        println!("CPU per request, service and database together; {REQUESTS} requests of each kind");
        match std::env::var("BENCH_LISTS") {
            Ok(urls) => {
                for url in urls.split(',') {
                    measure(url.trim()).await;
                }
            }
            Err(_) => {
                let folder = std::env::temp_dir().join(format!("ordergraph-lists-{}", std::process::id()));
                std::fs::create_dir_all(&folder).expect("a folder");
                measure(&format!("sqlite://{}?mode=rwc", folder.join("lists.db").display())).await;
                let _ = std::fs::remove_dir_all(&folder);
            }
        }
    });
}

/// Everything about one database.
async fn measure(url: &str) {
    let db = Db::open(url, 16).await.expect("a database");
    <migration::Migrator as migration::MigratorTrait>::up(db.writer(), None).await.expect("migrations");
    let count = "SELECT CAST(COUNT(*) AS bigint) FROM orders";
    if one::<i64>(&db, count).await == 0 {
        let orders = std::env::var("BENCH_ORDERS").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000);
        let wanted = Wanted { orders, seed: 1, until: UNTIL, from: None };
        generate::run(&db, &Clock::System, &wanted, Options::default(), &Silent).await.expect("orders");
    }
    db.learn().await.expect("statistics");
    if db.backend() == sea_orm::DbBackend::Postgres {
        db.writer().execute_unprepared("VACUUM ANALYZE").await.expect("statistics");
    }
    println!("\n{}: {} orders", if url.starts_with("sqlite") { "SQLite" } else { "PostgreSQL" }, one::<i64>(&db, count).await);
    println!("{:<58}{:>11}{:>12}{:>9}", "request", "service ms", "database ms", "sum ms");
    let app = App::new(ServeConfig::default(), db.clone(), Clock::System, Keys::new(SECRET.as_bytes()).expect("a key"));
    let store: StoreId = one(&db, &most_of("store_id", "order_items")).await;
    let slug: String = one(&db, &format!("SELECT slug FROM stores WHERE id = ({})", most_of("store_id", "order_items"))).await;
    let someone = |name: &str, role: Role, stores: Vec<String>| NewUser {
        email: format!("{name}-{}@bench.example", app.clock.now().0),
        name: name.into(),
        role,
        password: "benchmarks".into(),
        stores,
    };
    let admin = user::create(&app, someone("admin", Role::Admin, Vec::new())).await.expect("a user");
    let seller = user::create(&app, someone("seller", Role::Customer, vec![slug])).await.expect("a user");
    let server = Server::start(url);
    server.ready().await;
    let token = |user| app.keys.issue(user, app.clock.now()).expect("a token").0;
    for (name, query) in queries(&db, store).await {
        row(&server, &token(admin), &name, &query).await;
    }
    for query in ["first: 20", "first: 20, sort: [{ field: NUMBER }]", "first: 20, filter: { status: { in: [PENDING] } }"] {
        row(&server, &token(seller), &format!("seller: {query}"), &nodes("orders", query)).await;
    }
}

async fn row(server: &Server, token: &str, name: &str, query: &str) {
    let (service, database) = server.cost(token, REQUESTS, |_| json!({ "query": query })).await;
    println!("{name:<58}{service:>11.2}{database:>12.2}{:>9.2}", service + database);
    let _ = std::io::stdout().flush();
}

fn nodes(list: &str, arguments: &str) -> String {
    format!("{{ {list}({arguments}) {{ nodes {{ id }} }} }}")
}

fn most_of(column: &str, table: &str) -> String {
    format!("SELECT {column} FROM {table} WHERE {column} IS NOT NULL GROUP BY {column} ORDER BY COUNT(*) DESC LIMIT 1")
}

/// The one value of a statement.
async fn one<T: TryGetable>(db: &Db, sql: &str) -> T {
    let row = db.reader().query_one_raw(statement(db.reader(), sql, [])).await.expect("an answer").expect("a row");
    row.try_get_by_index(0).expect("a value")
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
    ];
    let mut queries = Vec::new();
    for filter in &filters {
        for sort in ["PLACED_AT", "TOTAL", "CUSTOMER_NAME"] {
            let arguments = format!("first: 20, filter: {{ {filter} }}, sort: [{{ field: {sort} }}]");
            queries.push((format!("{filter} by {sort}"), nodes("orders", &arguments)));
        }
        queries.push((format!("{filter} counted"), format!("{{ orders(first: 0, filter: {{ {filter} }}) {{ totalCount }} }}")));
    }
    for sort in ["UPDATED_AT", "NUMBER", "STATUS", "SHIP_BY"] {
        queries.push((format!("by {sort}"), nodes("orders", &format!("first: 20, sort: [{{ field: {sort}, direction: ASC }}]"))));
    }
    for (list, arguments) in [
        ("orderItems", String::new()),
        ("orderItems", format!("filter: {{ store: \"{store}\" }}")),
        ("orderItems", format!("filter: {{ product: \"{product}\" }}")),
        ("orderItems", format!("filter: {{ sku: \"{sku}\" }}")),
        ("payments", String::new()),
        ("payments", "sort: [{ field: AMOUNT }]".into()),
        ("payments", "filter: { status: [FAILED] }".into()),
        ("payments", "filter: { type: [CASH] }".into()),
        ("payments", format!("filter: {{ reference: \"{reference}\" }}")),
        ("customers", String::new()),
        ("customers", "sort: [{ field: NAME }]".into()),
        ("customers", "filter: { search: \"müller\" }".into()),
        ("customers", "filter: { search: \"nowhere to be found\" }".into()),
        ("products", String::new()),
        ("products", format!("filter: {{ store: \"{store}\" }}")),
        ("products", "filter: { search: \"scarf\" }".into()),
    ] {
        let all = format!("first: 20{}{arguments}", if arguments.is_empty() { "" } else { ", " });
        queries.push((format!("{list} {arguments}"), nodes(list, &all)));
    }
    queries
}
