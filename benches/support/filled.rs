//! Databases with many orders to measure on, and the people who ask.

use std::io::Write as _;

use entity::{id::StoreId, id::UserId, stored::Role, time::Timestamp};
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

use crate::server::{SECRET, Server};

/// Requests of each kind that are measured, fewer where one takes long.
const REQUESTS: usize = 200;

/// For how long one kind is measured at most, as one request says beforehand.
const PATIENCE: f64 = 4.0;

/// 2026-10-31T00:00:00Z: the last order.
const UNTIL: Timestamp = Timestamp(1_793_404_800_000_000);

/// Calls `measure` with each database that `BENCH_DATABASES` names, SQLite files or PostgreSQL, with commas between; without it
/// with a SQLite file made for the run.
pub async fn each(measure: impl AsyncFn(&str)) {
    println!("CPU per request, service and database together; up to {REQUESTS} requests of each kind");
    match std::env::var("BENCH_DATABASES") {
        Ok(urls) => {
            for url in urls.split(',') {
                measure(url.trim()).await;
            }
        }
        Err(_) => {
            let folder = std::env::temp_dir().join(format!("ordergraph-bench-{}", std::process::id()));
            std::fs::create_dir_all(&folder).expect("a folder");
            measure(&format!("sqlite://{}?mode=rwc", folder.join("bench.db").display())).await;
            let _ = std::fs::remove_dir_all(&folder);
        }
    }
}

/// A migrated database with orders, and people of it.
pub struct Filled {
    /// The database.
    pub db: Db,
    app: App,
    admin: UserId,
    seller: UserId,
    chain: UserId,
}

impl Filled {
    /// Opens it, and fills it with `BENCH_ORDERS` made-up orders (100,000 unless told) when it has none.
    pub async fn open(url: &str) -> Self {
        let db = Db::open(url, 16).await.expect("a database");
        <migration::Migrator as migration::MigratorTrait>::up(db.writer(), None).await.expect("migrations");
        let count = "SELECT CAST(COUNT(*) AS bigint) FROM orders";
        if one::<i64>(&db, count).await == 0 {
            let orders = std::env::var("BENCH_ORDERS").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000);
            let wanted = Wanted { orders, seed: 1, until: UNTIL, from: None };
            generate::run(&db, &Clock::System, &wanted, Options::default(), &Silent).await.expect("orders");
        }
        let name = if url.starts_with("sqlite") { "SQLite" } else { "PostgreSQL" };
        println!("\n{name}: {} orders", one::<i64>(&db, count).await);
        let app = App::new(ServeConfig::default(), db.clone(), Clock::System, Keys::new(SECRET.as_bytes()).expect("a key"));
        let mut slugs = Vec::new();
        for place in 0..3 {
            let store = format!("{} OFFSET {place}", most_of("store_id", "order_items"));
            slugs.push(one::<String>(&db, &format!("SELECT slug FROM stores WHERE id = ({store})")).await);
        }
        let now = app.clock.now().0;
        let someone = |name: &str, role: Role, stores: Vec<String>| NewUser {
            email: format!("{name}-{now}@bench.example"),
            name: name.into(),
            role,
            password: "benchmarks".into(),
            stores,
        };
        let admin = user::create(&app, someone("admin", Role::Admin, Vec::new())).await.expect("a user");
        let seller = user::create(&app, someone("seller", Role::Customer, slugs[..1].to_vec())).await.expect("a user");
        let chain = user::create(&app, someone("chain", Role::Customer, slugs)).await.expect("a user");
        let filled = Self { db, app, admin, seller, chain };
        filled.learn().await;
        println!("{:<58}{:>11}{:>12}{:>9}{:>15}", "request", "service ms", "database ms", "sum ms", "first took ms");
        filled
    }

    /// Waits for nothing: has everything counted and the database know its tables.
    async fn learn(&self) {
        ordergraph::worker::drain(&self.app).await.expect("everything is worked off");
        if self.db.backend() == sea_orm::DbBackend::Postgres {
            self.db.writer().execute_unprepared("VACUUM ANALYZE").await.expect("statistics");
        }
    }

    /// A token of somebody who sees everything.
    pub fn admin(&self) -> String {
        self.token(self.admin)
    }

    /// A token of the seller who sold most.
    pub fn seller(&self) -> String {
        self.token(self.seller)
    }

    /// A token of the seller of the three stores that sold most.
    pub fn chain(&self) -> String {
        self.token(self.chain)
    }

    /// The store that sold most.
    pub async fn store(&self) -> StoreId {
        one(&self.db, &most_of("store_id", "order_items")).await
    }

    fn token(&self, user: UserId) -> String {
        self.app.keys.issue(user, self.app.clock.now()).expect("a token").0
    }
}

/// Measures one kind of request and prints it.
pub async fn row(server: &Server, token: &str, name: &str, query: &str) {
    let timed = async || {
        let begun = std::time::Instant::now();
        server.ask(token, json!({ "query": query })).await;
        begun.elapsed().as_secs_f64()
    };
    let first = timed().await;
    // What is followed is read with the second question.
    timed().await;
    let requests = REQUESTS.min((PATIENCE / timed().await) as usize).max(10);
    let (service, database) = server.cost(token, requests, |_| json!({ "query": query })).await;
    println!("{name:<58}{service:>11.2}{database:>12.2}{:>9.2}{:>15.1}", service + database, first * 1_000.0);
    let _ = std::io::stdout().flush();
}

/// A query for what occurs most in a column.
pub fn most_of(column: &str, table: &str) -> String {
    format!("SELECT {column} FROM {table} WHERE {column} IS NOT NULL GROUP BY {column} ORDER BY COUNT(*) DESC LIMIT 1")
}

/// The one value of a statement.
pub async fn one<T: TryGetable>(db: &Db, sql: &str) -> T {
    let row = db.reader().query_one_raw(statement(db.reader(), sql, [])).await.expect("an answer").expect("a row");
    row.try_get_by_index(0).expect("a value")
}
