//! Imports: tiny sources with the oddities of real ones.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use entity::time::Timestamp;
use ordergraph::{
    clock::Clock,
    db::{Db, statement},
    import::{self, ImportError, Options, Source, progress::Silent, report::Report},
};

use crate::support::{TestApp, TestDb};

mod again;
mod bundle;
mod generate;
mod olist;
mod refused;

/// A folder of its own that goes away with it.
pub struct Folder(PathBuf, Option<TestDb>);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("ordergraph-import-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path, None)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file, whole.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        fs::write(self.0.join(name), content).unwrap();
        self
    }

    /// Adds to a file.
    pub fn append(&self, name: &str, content: &str) -> &Self {
        let path = self.0.join(name);
        let old = fs::read_to_string(&path).unwrap();
        fs::write(path, old + content).unwrap();
        self
    }

    pub fn olist(&self) -> Source {
        Source::Olist(self.0.clone())
    }

    pub fn bundle(&self) -> Source {
        Source::Bundle(self.0.clone())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// An empty, migrated database that goes away with the folder.
pub async fn fresh() -> (Db, Folder) {
    let database = TestDb::migrated().await;
    let db = database.open().await;
    let mut folder = Folder::new();
    folder.1 = Some(database);
    (db, folder)
}

/// 2026-03-01T00:00:00Z.
pub const NOW: Timestamp = Timestamp(1_772_323_200_000_000);

pub async fn run(db: &Db, source: Source) -> Report {
    run_with(db, source, Options::default()).await.unwrap()
}

pub async fn run_with(db: &Db, source: Source, options: Options) -> Result<Report, ImportError> {
    let report = import::run(db, &Clock::held(NOW), source, options, &Silent).await?;
    if !report.interrupted {
        for file in &report.files {
            assert_eq!(file.not_reached(), 0, "every row of {} is accounted for", file.file);
        }
    }
    Ok(report)
}

/// The rows of a statement that selects one text.
pub async fn texts(db: &Db, sql: &str) -> Vec<String> {
    use sea_orm::ConnectionTrait as _;
    let rows = db.reader().query_all_raw(statement(db.reader(), sql, [])).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index::<Option<String>>(0).unwrap().unwrap_or("null".into())).collect()
}

/// The single number of a statement.
pub async fn number(db: &Db, sql: &str) -> i64 {
    use sea_orm::ConnectionTrait as _;
    let row = db.reader().query_one_raw(statement(db.reader(), sql, [])).await.unwrap().unwrap();
    row.try_get_by_index::<Option<i64>>(0).unwrap().unwrap_or_default()
}

/// Counts of every table that an import fills.
pub async fn counts(db: &Db) -> Vec<(&'static str, i64)> {
    let mut counts = Vec::new();
    for table in ["stores", "customers", "products", "product_variants", "orders", "order_items", "payments", "reviews", "events"]
    {
        counts.push((table, number(db, &format!("SELECT COUNT(*) FROM {table}")).await));
    }
    counts
}

/// Everything an import wrote, in words.
pub async fn everything(db: &Db) -> Vec<String> {
    let mut all = Vec::new();
    for sql in [
        "SELECT external_id || '|' || slug || '|' || name FROM stores ORDER BY external_id",
        "SELECT external_id || '|' || search_text || '|' || created_at FROM customers ORDER BY external_id",
        "SELECT p.external_id || '|' || p.name || '|' || v.sku || '|' || v.price_minor || '|' || v.available \
         FROM products p JOIN product_variants v ON v.product_id = p.id ORDER BY p.external_id",
        "SELECT external_id || '|' || number || '|' || status || '|' || payment_status || '|' || fulfillment_status || '|' \
         || total_minor || '|' || paid_minor || '|' || event_seq || '|' || updated_at || '|' || search_text \
         FROM orders ORDER BY external_id",
        "SELECT o.external_id || '|' || i.position || '|' || i.name || '|' || i.total_minor || '|' || i.stock_taken \
         FROM order_items i JOIN orders o ON o.id = i.order_id ORDER BY o.external_id, i.position",
        "SELECT external_id || '|' || status || '|' || type || '|' || method || '|' || captured_minor || '|' || processed_at \
         FROM payments WHERE processed_at IS NOT NULL ORDER BY external_id",
        "SELECT external_id || '|' || rating || '|' || COALESCE(content, '-') FROM reviews ORDER BY external_id",
        "SELECT o.external_id || '|' || e.seq || '|' || e.kind || '|' || e.actor || '|' || e.occurred_at || '|' \
         || COALESCE(e.reason, '-') || '|' || e.changes \
         FROM events e JOIN orders o ON o.id = e.order_id ORDER BY o.external_id, e.seq",
        "SELECT day || '|' || last FROM number_counters ORDER BY day",
    ] {
        all.extend(texts(db, sql).await);
    }
    all
}
