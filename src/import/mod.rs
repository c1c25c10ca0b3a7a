//! Brings orders from elsewhere in: a documented bundle of CSV files (`docs/import.md`), and an adapter for the layout of
//! the Olist data set.
//!
//! A source turns its files into the same records ([`record`]); one writer stores them. Rows are known by their external
//! ids, so an import can be broken off anywhere and run again: what is there is skipped. Every row is stored, skipped, or
//! named with the reason. No stock moves and nobody is told: the history carries the actor IMPORT.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use sea_orm::{ConnectionTrait, DbBackend};

use crate::{clock::Clock, db::Db, fault::Fault, list::followed};

pub(crate) mod assemble;
pub(crate) mod bundle;
mod directory;
mod feed;
pub mod generate;
pub(crate) mod history;
mod id;
mod olist;
mod orders;
mod parties;
mod party;
pub mod progress;
pub(crate) mod record;
pub mod report;
mod rows;
mod side;
mod table;
mod tables;
pub(crate) mod time;
mod write;

use feed::Feed;
use progress::Progress;
use record::Loaded;
use report::Report;

/// Where orders come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// The folder of the Olist data set.
    Olist(PathBuf),
    /// The folder of a bundle.
    Bundle(PathBuf),
}

/// How to import.
#[derive(Clone, Debug)]
pub struct Options {
    /// Read and check everything, write nothing.
    pub dry_run: bool,
    /// Keep every refusal for the report, not only the first of each file.
    pub all_refusals: bool,
    /// Orders of one transaction.
    pub batch_size: usize,
    /// Stop after so many batches of orders, as if told to.
    pub max_batches: Option<usize>,
    /// Stops the import after the batch it is at.
    pub stop: Stop,
}

impl Default for Options {
    fn default() -> Self {
        Self { dry_run: false, all_refusals: false, batch_size: 1_000, max_batches: None, stop: Stop::default() }
    }
}

/// Tells an import to stop. Cloning shares it.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Stops it after the batch it is at.
    pub fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it is to stop.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Why an import failed as a whole; a row that is wrong is in the report instead.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be read, or its header is wrong.
    #[error("{0}")]
    Input(String),
    /// The service failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A running import.
struct Import<'a> {
    db: &'a Db,
    clock: &'a Clock,
    options: Options,
    progress: &'a dyn Progress,
    report: Report,
}

/// Imports a source into a migrated database.
///
/// # Errors
/// When a file cannot be read or the database fails. Batches stored before stay; run it again to go on.
pub async fn run(
    db: &Db,
    clock: &Clock,
    source: Source,
    options: Options,
    progress: &dyn Progress,
) -> Result<Report, ImportError> {
    let layout = match source {
        Source::Olist(_) => "olist",
        Source::Bundle(_) => "bundle",
    };
    let report = Report::new(layout, options.dry_run, options.all_refusals);
    let mut import = Import { db, clock, options, progress, report };
    match source {
        Source::Olist(folder) => {
            let (feed, loaded) = olist::open(&folder, &mut import.report, progress)?;
            store(&mut import, feed, loaded).await?;
        }
        Source::Bundle(folder) => {
            let (feed, loaded) = bundle::open(&folder, &mut import.report, progress)?;
            store(&mut import, feed, loaded).await?;
        }
    }
    import.report.sort();
    Ok(import.report)
}

async fn store(import: &mut Import<'_>, mut feed: impl Feed, mut loaded: Loaded) -> Result<(), ImportError> {
    large_cache(import.db, 32).await?;
    if !parties::store_all(import, &mut loaded, feed.parties()).await? {
        import.report.interrupted = true;
        return Ok(());
    }
    // Orders are stored by statements that look for the parties.
    know_tables(import).await?;
    let file = feed.table().file;
    import.progress.phase("orders", feed.table().bytes());
    let mut batches = 0;
    let mut batch = Vec::with_capacity(import.options.batch_size);
    loop {
        if import.options.stop.is_set() || import.options.max_batches.is_some_and(|most| batches >= most) {
            import.report.interrupted = true;
            return Ok(());
        }
        while batch.len() < import.options.batch_size.max(1) {
            match feed.next(&mut loaded, &mut import.report)? {
                Some(order) => batch.push(order),
                None => break,
            }
        }
        if batch.is_empty() {
            break;
        }
        orders::store_batch(import, &mut loaded, file, &batch).await?;
        batch.clear();
        batches += 1;
        import.progress.at(feed.table().position());
        import.progress.orders(import.report.of(file).written);
    }
    let orders_file = import.report.name(file).to_owned();
    loaded.items.refuse_orphans(&loaded.orders, &orders_file, &mut import.report);
    loaded.payments.refuse_orphans(&loaded.orders, &orders_file, &mut import.report);
    loaded.reviews.refuse_orphans(&loaded.orders, &orders_file, &mut import.report);
    know_tables(import).await
}

async fn know_tables(import: &Import<'_>) -> Result<(), ImportError> {
    if import.options.dry_run {
        return Ok(());
    }
    // Of so much that is new nobody looks at each.
    followed::forget(import.db).await.map_err(Fault::from)?;
    Ok(import.db.know_tables().await.map_err(Fault::from)?)
}

/// Lets SQLite keep the indexes it writes to in memory: so many MiB instead of 2.
async fn large_cache(db: &Db, mebibytes: u32) -> Result<(), Fault> {
    if db.backend() == DbBackend::Sqlite {
        db.writer().execute_unprepared(&format!("PRAGMA cache_size = -{}", u64::from(mebibytes) * 1_024)).await?;
    }
    Ok(())
}
