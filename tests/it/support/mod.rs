//! What tests stand on: a service of their own, clients that call it through the router, builders that write rows.

mod build;
mod client;
pub mod cut;
mod database;
pub mod fake;
pub mod fake_clover;
pub mod fake_paypal;
pub mod fake_shippo;
pub mod fake_stripe;
pub mod gateway;
mod order;
mod post;
mod receiver;
mod redis;
mod twilio;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::Router;
use entity::time::Timestamp;
use ordergraph::{
    app::App,
    auth::token::Keys,
    clock::Clock,
    config::{RateConfig, ServeConfig},
    db::Db,
    graphql::Api,
    http,
    list::followed::Followed,
    payment::gateway::Gateways,
};

pub use build::Goods;
pub use client::{Client, refusals};
pub use database::TestDb;
pub use post::{Behaviour, Post};
pub use receiver::{Received, Receiver, Reply};
pub use redis::RedisServer;
pub use twilio::FakeTwilio;

/// 2026-01-15T12:00:00Z: where the clock of every test stands.
pub const NOW: Timestamp = Timestamp(1_768_478_400_000_000);

/// A service on a database of its own.
pub struct TestApp {
    pub app: App,
    pub clock: Clock,
    pub router: Router,
    statements: Statements,
    database: Arc<TestDb>,
}

/// Statements sent to the database.
#[derive(Clone, Default)]
pub struct Statements {
    count: Arc<AtomicUsize>,
    texts: Arc<Mutex<Vec<String>>>,
}

impl Statements {
    fn note(&self, sql: &str) {
        self.count.fetch_add(1, Ordering::SeqCst);
        self.texts.lock().unwrap().push(sql.to_owned());
    }
}

impl TestApp {
    /// The service with default settings.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// The service that follows no lists and keeps no answers: each is made as for those who ask it first.
    pub async fn forgetful() -> Self {
        Self::with(|config| config.cache.cache_memory_mb = 0).await
    }

    /// The service with some settings changed.
    pub async fn with(change: impl FnOnce(&mut ServeConfig)) -> Self {
        Self::with_gateways(change, Gateways::default()).await
    }

    /// The service with these payment providers.
    pub async fn with_gateways(change: impl FnOnce(&mut ServeConfig), gateways: Gateways) -> Self {
        // A failing test shows what the service logged; the second test of a process finds it begun.
        let errors = tracing_subscriber::fmt().with_test_writer().with_max_level(tracing::Level::ERROR);
        let _ = errors.try_init();
        Self::on(Arc::new(TestDb::migrated().await), Clock::held(NOW), change, gateways).await
    }

    /// Another copy of the service on the same database and clock.
    pub async fn copy(&self, change: impl FnOnce(&mut ServeConfig)) -> Self {
        Self::on(self.database.clone(), self.clock.clone(), change, Gateways::default()).await
    }

    async fn on(database: Arc<TestDb>, clock: Clock, change: impl FnOnce(&mut ServeConfig), gateways: Gateways) -> Self {
        let mut db = database.open().await;
        let statements = Statements::default();
        let noted = statements.clone();
        db.on_statement(move |sql| noted.note(sql));
        // Tests ask faster than people do.
        let mut config = ServeConfig { rates: RateConfig::off(), ..ServeConfig::default() };
        change(&mut config);
        let keys = Keys::new(b"a key for tests that is long enough").unwrap();
        let mut app = App::new(config, db, clock.clone(), keys);
        app.gateways = Arc::new(gateways);
        app.followed = Arc::new(Followed::new(Ord::min(app.config.cache.cache_memory_mb, 8)).always());
        let router = http::router(Api::new(app.clone()));
        Self { app, clock, router, statements, database }
    }

    /// Does all background work there is to do at the time of the clock.
    pub async fn work(&self) {
        ordergraph::worker::drain(&self.app).await.unwrap();
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.app.db
    }

    /// Another connection to the same database, for changing what the API would not.
    pub async fn second_connection(&self) -> Db {
        self.database.open().await
    }

    /// How many statements `run` sends.
    pub async fn statements_of<T>(&self, run: impl Future<Output = T>) -> (T, Vec<String>) {
        self.statements.texts.lock().unwrap().clear();
        let before = self.statements.count.load(Ordering::SeqCst);
        let value = run.await;
        let texts = std::mem::take(&mut *self.statements.texts.lock().unwrap());
        assert_eq!(self.statements.count.load(Ordering::SeqCst) - before, texts.len());
        (value, texts)
    }
}
