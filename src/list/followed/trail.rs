//! What tells that rows changed.
//!
//! Of orders and their lines it is the event log. Of payments, customers and products it is a table that triggers write each change
//! to, whoever makes it. What is told twice makes no difference, so it is enough that nothing is left out: events that have no
//! place yet are told of each time, and on PostgreSQL changes of transactions that began before one that is not yet over.

use entity::event;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DbBackend, DbErr, EntityTrait as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Alias, Expr, ExprTrait as _, Order, Query, SelectStatement, SimpleExpr, UnionType},
};

use crate::db::{Db, statement};

/// Of more news than so much the rows are read again.
pub(super) const NEWS: u64 = 2_000;

/// Changes that are kept: more than anybody looks at, so whoever misses some has too many to look at.
const KEPT: u64 = 2 * NEWS;

/// Changes but one that SQLite forgets in one transaction, for which others wait.
const AT_ONCE: u64 = 5_000;

/// Tables of changes.
const TABLES: [&str; 3] = ["payment_changes", "customer_changes", "product_changes"];

/// Where it is told that something changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trail {
    /// In the event log: it names every order that changed, but for one that lost what it was of by a deletion.
    Events,
    /// In a table of changes.
    Changes {
        /// Its name.
        table: &'static str,
        /// What it is of.
        of: &'static str,
    },
}

impl Trail {
    /// Of payments.
    pub const PAYMENTS: Self = Self::Changes { table: TABLES[0], of: "payments" };
    /// Of customers.
    pub const CUSTOMERS: Self = Self::Changes { table: TABLES[1], of: "customers" };
    /// Of products, by their own fields, their variants' SKUs and whether one can be had.
    pub const PRODUCTS: Self = Self::Changes { table: TABLES[2], of: "products" };

    /// Up to where all that is seen now is told.
    pub(super) fn head(self, backend: DbBackend) -> SimpleExpr {
        match (self, backend) {
            (Self::Events, _) => Expr::cust("(SELECT COALESCE(MAX(position), 0) FROM events)"),
            (Self::Changes { .. }, DbBackend::Postgres) => Expr::cust(OLDEST_AT_WORK),
            (Self::Changes { table, .. }, _) => Expr::cust(format!("(SELECT COALESCE(MAX(seq), 0) FROM {table})")),
        }
    }

    /// What is told since a position, [`NEWS`] of each kind and one more: of which `thing`, whether it `is_new`, and whether that
    /// will be told `again`, each 1 or 0.
    pub(super) fn since(self, backend: DbBackend, position: i64) -> SelectStatement {
        match self {
            Self::Events => events_since(position),
            Self::Changes { table, .. } => {
                let (from, again) = match backend {
                    DbBackend::Postgres => {
                        (Expr::col("tx").gte(position), format!("CASE WHEN tx >= {OLDEST_AT_WORK} THEN 1 ELSE 0 END"))
                    }
                    _ => (Expr::col("seq").gt(position), "0".to_owned()),
                };
                Query::select()
                    .columns(["thing", "is_new"].map(Alias::new))
                    .expr_as(Expr::cust(again), Alias::new("again"))
                    .from(Alias::new(table))
                    .and_where(from)
                    .limit(NEWS + 1)
                    .to_owned()
            }
        }
    }

    /// Selects each `thing` that is there and will be told of again as new, [`NEWS`] and one more.
    pub(super) fn open(self, backend: DbBackend) -> String {
        let (told, of) = match (self, backend) {
            (Self::Events, _) => ("SELECT order_id AS thing FROM events WHERE position IS NULL AND seq = 1".to_owned(), "orders"),
            (Self::Changes { table, of }, DbBackend::Postgres) => {
                (format!("SELECT thing FROM {table} WHERE is_new = 1 AND tx >= {OLDEST_AT_WORK}"), of)
            }
            (Self::Changes { table, of }, _) => (format!("SELECT thing FROM {table} WHERE 0 = 1"), of),
        };
        format!("SELECT thing FROM ({told}) AS told JOIN {of} ON {of}.id = thing LIMIT {NEWS} + 1")
    }
}

/// On PostgreSQL the oldest transaction that is not yet over: what those before it changed is seen.
const OLDEST_AT_WORK: &str = "(SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint))";

/// On PostgreSQL the first transaction that has not yet begun.
const FIRST_TO_COME: &str = "(SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint))";

/// The events since a position and those that have none yet.
fn events_since(position: i64) -> SelectStatement {
    use event::Column as C;
    let some = || {
        let columns = [C::OrderId, C::Seq, C::Position];
        event::Entity::find().select_only().columns(columns).limit(NEWS + 1).into_query()
    };
    let unplaced = some().and_where(C::Position.is_null()).to_owned();
    let unread = some().and_where(C::Position.gt(position)).order_by(C::Position, Order::Asc).to_owned();
    let all = |from: SelectStatement, name: &'static str, again: &'static str| {
        Query::select()
            .expr_as(Expr::col("order_id"), Alias::new("thing"))
            .expr_as(Expr::cust("CASE WHEN seq = 1 THEN 1 ELSE 0 END"), Alias::new("is_new"))
            .expr_as(Expr::cust(again), Alias::new("again"))
            .from_subquery(from, name)
            .to_owned()
    };
    all(unplaced, "unplaced", "1").union(UnionType::All, all(unread, "unread", "0")).to_owned()
}

/// Forgets changes that nobody would look at any more.
///
/// # Errors
/// When the database fails.
pub(crate) async fn forget(db: &Db) -> Result<(), DbErr> {
    for table in TABLES {
        let sql = match db.backend() {
            // None of a transaction that others may have to be told of yet; and none that a copy of another server's database has
            // of transactions that are yet to come here.
            DbBackend::Postgres => format!(
                "DELETE FROM {table} WHERE tx >= {FIRST_TO_COME} OR (tx < {OLDEST_AT_WORK} \
                 AND tx < (SELECT tx FROM {table} WHERE tx < {FIRST_TO_COME} ORDER BY tx DESC OFFSET {KEPT} LIMIT 1))"
            ),
            _ => format!(
                "DELETE FROM {table} WHERE seq <= min((SELECT MAX(seq) FROM {table}) - {KEPT}, (SELECT MIN(seq) FROM {table}) + {AT_ONCE})"
            ),
        };
        while db.writer().execute_raw(statement(db.writer(), sql.clone(), [])).await?.rows_affected() > AT_ONCE {}
    }
    Ok(())
}
