//! The database: one writer and a few readers on SQLite, one pool on PostgreSQL, and what differs between the two.

mod list;
mod rows;
mod sample;

use std::{path::Path, sync::Arc, time::Duration};

use sea_orm::{
    AccessMode, ConnAcquireErr, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, IsolationLevel, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, Value,
};
use sqlx::{
    postgres::PgSslMode,
    sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{config::DataConfig, fault::Fault};

pub use list::{is_one_of, one_of, one_of_numbers, one_of_texts};
pub use rows::{Row, Text, as_plain_text, as_text, id_cell, ids, ids_cell, numbers, numbers_cell};
pub use sample::all_over;

/// Connections to the database. Cloning shares them.
#[derive(Clone)]
pub struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
    backend: DbBackend,
    snapshots: Arc<Semaphore>,
}

/// A transaction that only reads and whose statements all see the same moment. Dropped, it ends.
pub struct Snapshot {
    tx: DatabaseTransaction,
    _permit: OwnedSemaphorePermit,
}

impl Snapshot {
    /// Where its statements go.
    pub fn conn(&self) -> &DatabaseTransaction {
        &self.tx
    }

    /// How PostgreSQL plans its statements from here on. SQLite plans by the statements and indexes alone.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn plan(&self, plans: Plans) -> Result<(), DbErr> {
        if self.tx.get_database_backend() == DbBackend::Postgres {
            let mode = match plans {
                Plans::Kept => "force_generic_plan",
                Plans::Fresh => "force_custom_plan",
            };
            self.tx.execute_unprepared(&format!("SET LOCAL plan_cache_mode = {mode}")).await?;
        }
        Ok(())
    }
}

/// When PostgreSQL makes the plan of a statement that is sent more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plans {
    /// Once: for statements with one good plan whatever they are asked for and however much there is, which take less time
    /// than making it.
    Kept,
    /// Each time: for what reads from tables as many rows as a filter lets through. A plan that was made while they were few
    /// takes the square of the time when they are many.
    Fresh,
}

/// How many connections read a SQLite file at once; more only contend.
const SQLITE_READERS: u32 = 4;

/// What a connection to a SQLite file keeps of it in memory, in KiB; as it is by default, 2,000, the sums of a year are read from
/// the system anew for each question.
const SQLITE_CACHE: u32 = 8_192;

/// Rows that are read ahead of those who take them.
const SQLITE_ROWS: usize = 512;

/// How long a statement of a request or a job may take on PostgreSQL.
const STATEMENT_TIMEOUT: &str = "30s";

/// How long a writer waits for its turn before the client is told to try again.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// The address of the database: what is configured, or a SQLite file in the data folder.
pub fn url(config: &DataConfig) -> String {
    match &config.database_url {
        Some(url) => url.clone(),
        None => format!("sqlite://{}?mode=rwc", config.data_dir.join("ordergraph.db").display()),
    }
}

/// Whether a database's host is this machine. Encrypting what never leaves it costs a twentieth of a request;
/// an address that says `sslmode` is taken at its word.
fn is_this_machine(host: &str) -> bool {
    host.starts_with('/') || matches!(host, "localhost" | "127.0.0.1" | "::1" | "[::1]")
}

impl Db {
    /// Opens the database, creating a SQLite file and its folder when they are missing. Runs no migration.
    ///
    /// # Errors
    /// When the address is not one of SQLite or PostgreSQL, or the database cannot be reached.
    pub async fn open(url: &str, pool_size: u32) -> Result<Self, DbErr> {
        Self::open_with(url, pool_size, STATEMENT_TIMEOUT).await
    }

    /// The same for work that somebody waits for and may stop, such as migrations and imports: PostgreSQL lets a statement run for as
    /// long as it takes.
    ///
    /// # Errors
    /// As of [`Db::open`].
    pub(crate) async fn open_patiently(url: &str, pool_size: u32) -> Result<Self, DbErr> {
        Self::open_with(url, pool_size, "0").await
    }

    async fn open_with(url: &str, pool_size: u32, statement_timeout: &'static str) -> Result<Self, DbErr> {
        if url.starts_with("sqlite:") {
            Self::open_sqlite(url, SQLITE_READERS, SQLITE_CACHE).await
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let says_sslmode = url.contains("sslmode=") || url.contains("ssl-mode=");
            let mut options = ConnectOptions::new(url.to_owned());
            options
                .max_connections(pool_size.max(2))
                .min_connections(0)
                .acquire_timeout(LOCK_WAIT)
                .test_before_acquire(false)
                .sqlx_logging(false)
                .map_sqlx_postgres_opts(move |options| {
                    let options = match !says_sslmode && is_this_machine(options.get_host()) {
                        true => options.ssl_mode(PgSslMode::Disable),
                        false => options,
                    };
                    options.application_name("ordergraph").options([
                        ("statement_timeout", statement_timeout),
                        ("lock_timeout", "10s"),
                        ("idle_in_transaction_session_timeout", "60s"),
                        // Statements of this service touch few rows; compiling them costs more than it saves.
                        ("jit", "off"),
                    ])
                });
            let pool = Database::connect(options).await?;
            let snapshots = Arc::new(Semaphore::new((pool_size.max(2) / 2) as usize));
            Ok(Self { read: pool.clone(), write: pool, backend: DbBackend::Postgres, snapshots })
        } else {
            Err(DbErr::Custom("DATABASE_URL must start with sqlite:// or postgres://".into()))
        }
    }

    /// The same for one who reads alone, one thing after the other: each further reader of a SQLite file would keep a part of it in
    /// memory for nothing.
    ///
    /// # Errors
    /// As of [`Db::open`].
    pub(crate) async fn open_alone(url: &str) -> Result<Self, DbErr> {
        match url.starts_with("sqlite:") {
            // It reads most pages once.
            true => Self::open_sqlite(url, 2, SQLITE_CACHE / 4).await,
            false => Self::open_patiently(url, 2).await,
        }
    }

    async fn open_sqlite(url: &str, readers: u32, cache: u32) -> Result<Self, DbErr> {
        let path = url.trim_start_matches("sqlite://").trim_start_matches("sqlite:");
        let path = path.split('?').next().unwrap_or(path);
        if let Some(folder) = Path::new(path).parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| DbErr::Custom(format!("cannot create the folder {}: {error}", folder.display())))?;
        }
        let options = |connections: u32| {
            let mut options = ConnectOptions::new(url.to_owned());
            options
                .max_connections(connections)
                .min_connections(1)
                .acquire_timeout(LOCK_WAIT)
                .sqlx_logging(false)
                .map_sqlx_sqlite_opts(move |options| {
                    options
                        .create_if_missing(true)
                        .journal_mode(SqliteJournalMode::Wal)
                        // FULL: an acknowledged order survives a power cut, not only a crash of the process.
                        .synchronous(SqliteSynchronous::Full)
                        .foreign_keys(true)
                        .pragma("cache_size", format!("-{cache}"))
                        .busy_timeout(LOCK_WAIT)
                        // The thread that reads the file and the one that takes its rows wait for each other less often.
                        .row_buffer_size(SQLITE_ROWS)
                        .statement_cache_capacity(256)
                });
            options
        };
        let write = Database::connect(options(1)).await?;
        let read = Database::connect(options(readers)).await?;
        let snapshots = Arc::new(Semaphore::new((readers / 2) as usize));
        Ok(Self { read, write, backend: DbBackend::Sqlite, snapshots })
    }

    /// Where queries go that change nothing.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Where migrations and maintenance go.
    pub fn writer(&self) -> &DatabaseConnection {
        &self.write
    }

    /// Which of the two databases this is.
    pub fn backend(&self) -> DbBackend {
        self.backend
    }

    /// Begins a transaction that will write. On SQLite it takes the write lock at once: a transaction that reads first
    /// and takes it later fails under load instead of waiting.
    ///
    /// # Errors
    /// When no connection is free in time.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        match self.backend {
            DbBackend::Sqlite => {
                self.write
                    .begin_with_options(TransactionOptions {
                        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                        ..Default::default()
                    })
                    .await
            }
            _ => self.write.begin().await,
        }
    }

    /// Begins a snapshot. At most half of the connections are given to snapshots: whoever holds one may wait for another
    /// connection, and finds one in the other half.
    ///
    /// # Errors
    /// When no connection is free in time.
    pub(crate) async fn snapshot(&self) -> Result<Snapshot, DbErr> {
        let permit = tokio::time::timeout(LOCK_WAIT, self.snapshots.clone().acquire_owned()).await;
        let _permit = permit.ok().and_then(Result::ok).ok_or(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        let tx = match self.backend {
            DbBackend::Postgres => {
                self.read.begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly)).await?
            }
            // A reading transaction of SQLite sees one moment anyway.
            _ => self.read.begin().await?,
        };
        Ok(Snapshot { tx, _permit })
    }

    /// Has PostgreSQL know tables that much was written to, as it would by itself a minute later: what it takes for empty it
    /// reads from end to end. SQLite plans by the statements and indexes alone.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn know_tables(&self) -> Result<(), DbErr> {
        if self.backend == DbBackend::Postgres {
            self.write.execute_unprepared("ANALYZE").await?;
        }
        Ok(())
    }

    /// Closes all connections, each after what it is doing. On SQLite the last one moves what is in the write-ahead log into
    /// the file.
    pub async fn close(self) {
        for pool in [self.read, self.write] {
            // A pool that is shared closes once; closing it again is nothing.
            if let Err(error) = pool.close().await {
                tracing::warn!(%error, "closing the database");
            }
        }
    }

    /// Counts every statement that is sent, for tests that hold the number of statements of a query.
    pub fn on_statement(&mut self, count: impl Fn(&str) + Send + Sync + Clone + 'static) {
        let again = count.clone();
        self.read.set_metric_callback(move |info| count(&info.statement.sql));
        self.write.set_metric_callback(move |info| again(&info.statement.sql));
    }
}

/// A statement with numbered parameters, `$1`, which both databases take. Never mix them with `?`: the SQLite driver counts
/// the two kinds apart.
pub fn statement(conn: &impl ConnectionTrait, sql: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(conn.get_database_backend(), sql, values)
}

/// How often a command is tried before the client is told to try again.
const ATTEMPTS: u32 = 5;

/// Runs a command again, a few times with a growing pause, when the database broke it off for the sake of another one:
/// deadlock, serialisation failure, busy.
///
/// # Errors
/// Those of the last attempt.
pub(crate) async fn retrying<T, E, Run, Attempt>(run: Run) -> Result<T, E>
where
    Run: Fn() -> Attempt,
    Attempt: Future<Output = Result<T, E>>,
    E: MaybeTransient,
{
    let mut attempt = 1;
    loop {
        match run().await {
            Err(error) if attempt < ATTEMPTS && error.is_transient() => {
                let [jitter] = crate::clock::random_bytes::<1>();
                tokio::time::sleep(Duration::from_millis(u64::from(jitter % 16) + 5 * u64::from(attempt))).await;
                attempt += 1;
            }
            other => return other,
        }
    }
}

/// An error that may be gone when the same thing is done again.
pub trait MaybeTransient {
    /// True when trying again may help.
    fn is_transient(&self) -> bool;
}

impl MaybeTransient for Fault {
    fn is_transient(&self) -> bool {
        matches!(self, Fault::Database(error) if is_transient(error))
    }
}

/// Whether the database broke off for the sake of another transaction, or was busy.
pub fn is_transient(error: &DbErr) -> bool {
    let (DbErr::Exec(error) | DbErr::Query(error) | DbErr::Conn(error)) = error else {
        return matches!(error, DbErr::ConnectionAcquire(_));
    };
    let sea_orm::RuntimeErr::SqlxError(error) = error else { return false };
    let Some(error) = error.as_database_error() else { return false };
    // PostgreSQL: serialization_failure, deadlock_detected, lock_not_available. SQLite: BUSY and its extended forms.
    matches!(error.code().as_deref(), Some("40001" | "40P01" | "55P03" | "5" | "261" | "517" | "6"))
}

/// Whether a unique index refused the row.
pub fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}
