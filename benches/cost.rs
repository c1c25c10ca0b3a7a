//! What a request costs: CPU time of the service and of the database together, per request, on SQLite and on PostgreSQL.
//!
//! CPU time, unlike wall time, hardly depends on what else the machine does. The peer is the same JSON made by one prepared
//! SQL statement over a bare connection: what the database alone would take.
//!
//! `BENCH_DATABASE_URL` names a PostgreSQL server on this machine; without it only SQLite is measured.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a benchmark that cannot run says so and ends")]
#![allow(clippy::disallowed_methods, reason = "it reads BENCH_DATABASE_URL and starts clients of its own")]

use std::io::Write as _;

use entity::stored::Role;
use ordergraph::{
    app::App,
    auth::{
        token::Keys,
        user::{self, NewUser},
    },
    clock::Clock,
    config::{RateConfig, ServeConfig},
    db::{Db, statement},
};
use sea_orm::{ConnectionTrait as _, DbBackend};
use serde_json::json;
use server::{SECRET, Server};

#[path = "cost/peer.rs"]
mod peer;
#[path = "support/server.rs"]
mod server;

/// Orders in the database before anything is measured.
const ORDERS: usize = 20_000;
/// Requests of each kind that are measured.
const REQUESTS: usize = 4_000;

const LISTING: &str = "{ orders(first: 20) { nodes { id number status paymentStatus placedAt currency \
    totals { subtotal shipping tax discount total } customer { id name email } \
    items { nodes { id name sku quantity unitPrice total } } payments { id status type amount } } } }";
const ONE: &str = "query($id: ID!) { order(id: $id) { id number status paymentStatus placedAt currency \
    totals { subtotal shipping tax discount total } customer { id name email } \
    items { nodes { id name sku quantity unitPrice total } } payments { id status type amount } } }";
const CREATE: &str = "mutation($input: OrderCreateInput!) { orderCreate(input: $input) { \
    order { id number totals { total } } userErrors { code field message } } }";

fn main() {
    // Under `cargo test` benches are only built to see that they still are.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        println!("CPU per request, service and database together; {REQUESTS} requests over 8 connections");
        println!(
            "{:<12}{:<26}{:>12}{:>12}{:>12}{:>14}",
            "database", "request", "service ms", "database ms", "sum ms", "one SQL ms"
        );
        let folder = std::env::temp_dir().join(format!("ordergraph-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        measure("SQLite", &format!("sqlite://{}?mode=rwc", folder.join("bench.db").display())).await;
        if let Ok(server) = std::env::var("BENCH_DATABASE_URL") {
            let admin = Db::open(&server, 2).await.expect("the server of BENCH_DATABASE_URL");
            let name = format!("ordergraph_bench_{}", std::process::id());
            admin.writer().execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database");
            let cut = server.rfind('/').expect("postgres://host/database");
            measure("PostgreSQL", &format!("{}/{name}", &server[..cut])).await;
            admin.writer().execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await.expect("dropped");
        }
        let _ = std::fs::remove_dir_all(&folder);
    });
}

/// Everything about one database.
async fn measure(label: &str, url: &str) {
    let db = Db::open(url, 16).await.expect("a database");
    <migration::Migrator as migration::MigratorTrait>::up(db.writer(), None).await.expect("migrations");
    let app = App::new(
        ServeConfig { rates: RateConfig::off(), ..ServeConfig::default() },
        db.clone(),
        Clock::System,
        Keys::new(SECRET.as_bytes()).expect("a key"),
    );
    let new = NewUser {
        email: "bench@example.com".into(),
        name: "Bench".into(),
        role: Role::Admin,
        password: "benchmarks".into(),
        stores: Vec::new(),
    };
    let user = user::create(&app, new).await.expect("a user");
    // The token must outlive the run; it is issued anew for each part.
    let token = || app.keys.issue(user, app.clock.now()).expect("a token").0;
    let server = Server::start(url, &[]);
    server.ready().await;

    let store = server.mutate(&token(), "storeCreate", "store { id }", json!({ "name": "Bench", "currency": "EUR" })).await["store"]["id"].clone();
    let mut skus = Vec::new();
    for index in 0..50 {
        let sku = format!("SKU-{index}");
        let input = json!({ "store": store, "name": format!("Product {index}"), "status": "ACTIVE", "isPhysical": false,
            "variants": [{ "sku": sku, "price": format!("{}.99", 5 + index), "stock": 100_000_000 }] });
        server.mutate(&token(), "productCreate", "product { id }", input).await;
        skus.push(sku);
    }
    let customer = |index: usize| json!({ "name": format!("Customer {index}"), "email": format!("c{index}@example.com") });
    let mut customers = Vec::new();
    for index in 0..500 {
        let created = server.mutate(&token(), "customerCreate", "customer { id }", customer(index)).await;
        customers.push(created["customer"]["id"].as_str().expect("an id").to_owned());
    }
    let order = |index: usize| {
        let line =
            |offset: usize| json!({ "sku": skus[(index * 7 + offset * 13) % skus.len()], "quantity": 1 + (index + offset) % 3 });
        json!({ "query": CREATE, "variables": { "input": {
            "customer": customers[index % customers.len()], "items": [line(0), line(1)] } } })
    };
    server.load(&token(), ORDERS, order).await;
    if db.backend() == DbBackend::Postgres {
        db.writer().execute_unprepared("VACUUM ANALYZE").await.expect("statistics");
    }
    let ids = db.reader().query_all_raw(statement(db.reader(), "SELECT id FROM orders LIMIT 1000", [])).await.expect("ids");
    let ids: Vec<entity::id::OrderId> = ids.iter().map(|row| row.try_get_by_index(0).expect("an id")).collect();

    let listing = server.cost(&token(), REQUESTS, |_| json!({ "query": LISTING })).await;
    print_row(label, "20 orders with relations", listing, peer::listing(&db, REQUESTS).await);
    let one = server
        .cost(&token(), REQUESTS, |index| json!({ "query": ONE, "variables": { "id": ids[index % ids.len()].to_string() } }))
        .await;
    print_row(label, "one order", one, peer::one(&db, REQUESTS, &ids).await);
    let created = server.cost(&token(), REQUESTS, |index| order(ORDERS + index)).await;
    print_row(label, "order of two lines created", created, peer::create(&db, REQUESTS).await);
}

fn print_row(label: &str, request: &str, (service, database): (f64, f64), peer: f64) {
    println!("{label:<12}{request:<26}{service:>12.3}{database:>12.3}{:>12.3}{peer:>14.3}", service + database);
    let _ = std::io::stdout().flush();
}
