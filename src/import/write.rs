//! Many rows in one statement, and what else differs between the two databases here: both forms side by side.

use std::collections::{BTreeMap, HashMap};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Value, sea_query::ArrayType};
use uuid::Uuid;

use crate::db::{one_of, one_of_texts, statement};

/// The type of a column, as far as binding it differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `uuid`, maybe null.
    Uuid,
    /// Text, never null; may be empty.
    Text,
    /// Text, maybe null, never empty.
    TextOrNull,
    /// `integer`, never null.
    Int,
    /// `bigint`, maybe null.
    Big,
    /// `boolean`, never null.
    Bool,
}

/// A table and those of its columns that an import fills.
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Names and types.
    pub columns: &'static [(&'static str, Kind)],
}

/// Rows on their way into a table.
pub struct Rows {
    table: &'static Table,
    cells: Vec<Value>,
}

/// Rows a statement writes on PostgreSQL; more take memory and gain nothing.
const POSTGRES_ROWS: usize = 2_000;

/// Rows a statement writes on SQLite; what is left over goes in halves of it, so that there are few different
/// statements and each is prepared once.
const SQLITE_ROWS: usize = 64;

impl Rows {
    /// No rows yet.
    pub fn of(table: &'static Table) -> Self {
        Self { table, cells: Vec::new() }
    }

    /// Adds a row; one value for each column of the table.
    pub fn push<const N: usize>(&mut self, row: [Value; N]) {
        debug_assert_eq!(N, self.table.columns.len(), "{}", self.table.name);
        self.cells.extend(row);
    }

    /// Writes the rows.
    ///
    /// # Errors
    /// When the database refuses one of them.
    pub(crate) async fn insert(self, tx: &DatabaseTransaction) -> Result<(), DbErr> {
        let width = self.table.columns.len();
        let mut left = self.cells.len() / width;
        let mut cells = self.cells.into_iter();
        let mut size = SQLITE_ROWS;
        while left > 0 {
            let insert = if tx.get_database_backend() == DbBackend::Postgres {
                size = left.min(POSTGRES_ROWS);
                let columns = postgres_columns(self.table, cells.by_ref().take(size * width), size);
                statement(tx, postgres_insert(self.table), columns)
            } else {
                while size > left {
                    size /= 2;
                }
                statement(tx, sqlite_insert(self.table, size), cells.by_ref().take(size * width))
            };
            tx.execute_raw(insert).await?;
            left -= size;
        }
        Ok(())
    }
}

fn names(table: &Table) -> String {
    let names: Vec<_> = table.columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    names.join(", ")
}

fn sqlite_insert(table: &Table, rows: usize) -> String {
    let row = format!("({})", vec!["?"; table.columns.len()].join(", "));
    format!("INSERT INTO {} ({}) VALUES {}", table.name, names(table), vec![row; rows].join(", "))
}

fn postgres_insert(table: &Table) -> String {
    let mut values = Vec::new();
    let mut arrays = Vec::new();
    for (place, (name, kind)) in table.columns.iter().enumerate() {
        let array = match kind {
            Kind::Uuid => "uuid[]",
            Kind::Text | Kind::TextOrNull => "text[]",
            Kind::Int => "integer[]",
            Kind::Big => "bigint[]",
            Kind::Bool => "boolean[]",
        };
        arrays.push(format!("${}::{array}", place + 1));
        // Arrays with nulls cannot be bound; a value that is never written stands for null.
        values.push(match kind {
            Kind::Uuid => format!("NULLIF(\"{name}\", '00000000-0000-0000-0000-000000000000'::uuid)"),
            Kind::TextOrNull => format!("NULLIF(\"{name}\", '')"),
            Kind::Big => format!("NULLIF(\"{name}\", (-9223372036854775808)::bigint)"),
            _ => format!("\"{name}\""),
        });
    }
    format!(
        "INSERT INTO {} ({names}) SELECT {} FROM UNNEST({}) AS r ({names})",
        table.name,
        values.join(", "),
        arrays.join(", "),
        names = names(table),
    )
}

fn postgres_columns(table: &Table, cells: impl Iterator<Item = Value>, rows: usize) -> Vec<Value> {
    let width = table.columns.len();
    let mut columns: Vec<Vec<Value>> = table.columns.iter().map(|_| Vec::with_capacity(rows)).collect();
    for (place, cell) in cells.enumerate() {
        columns[place % width].push(match cell {
            Value::Uuid(None) => Value::Uuid(Some(Uuid::nil())),
            Value::String(None) => Value::String(Some(String::new())),
            Value::BigInt(None) => Value::BigInt(Some(i64::MIN)),
            other => other,
        });
    }
    let array = |((_, kind), column): (&(&str, Kind), Vec<Value>)| {
        let kind = match kind {
            Kind::Uuid => ArrayType::Uuid,
            Kind::Text | Kind::TextOrNull => ArrayType::String,
            Kind::Int => ArrayType::Int,
            Kind::Big => ArrayType::BigInt,
            Kind::Bool => ArrayType::Bool,
        };
        Value::Array(kind, Some(Box::new(column)))
    };
    table.columns.iter().zip(columns).map(array).collect()
}

/// Those of the texts that stand in a column, each with the id of its row.
///
/// # Errors
/// When the database fails.
pub(crate) async fn found(
    conn: &impl ConnectionTrait,
    table: &str,
    column: &str,
    texts: Vec<String>,
) -> Result<HashMap<String, Uuid>, DbErr> {
    if texts.is_empty() {
        return Ok(HashMap::new());
    }
    let (one_of, list) = one_of_texts(conn.get_database_backend(), 1, texts);
    let sql = format!("SELECT {column} AS key, id FROM {table} WHERE {column} {one_of}");
    let rows = conn.query_all_raw(statement(conn, sql, [list])).await?;
    rows.iter().map(|row| Ok((row.try_get("", "key")?, row.try_get("", "id")?))).collect()
}

/// The first variant of each product.
///
/// # Errors
/// When the database fails.
pub(crate) async fn first_variants(conn: &impl ConnectionTrait, products: Vec<Uuid>) -> Result<HashMap<Uuid, Uuid>, DbErr> {
    let (one_of, list) = one_of(conn.get_database_backend(), 1, products);
    let sql = format!("SELECT product_id, id FROM product_variants WHERE product_id {one_of} ORDER BY position DESC, id DESC");
    let rows = conn.query_all_raw(statement(conn, sql, [list])).await?;
    // The lowest position comes last and stays.
    rows.iter().map(|row| Ok((row.try_get("", "product_id")?, row.try_get("", "id")?))).collect()
}

/// Those of the orders that the event log knows: they were here once, even if they were deleted since.
///
/// # Errors
/// When the database fails.
pub(crate) async fn told_of(conn: &impl ConnectionTrait, orders: Vec<Uuid>) -> Result<Vec<Uuid>, DbErr> {
    let (one_of, list) = one_of(conn.get_database_backend(), 1, orders);
    let sql = format!("SELECT order_id FROM events WHERE seq = 1 AND order_id {one_of}");
    let rows = conn.query_all_raw(statement(conn, sql, [list])).await?;
    rows.iter().map(|row| row.try_get("", "order_id")).collect()
}

/// Makes a second import wait until this one's batch is committed. SQLite has one writer anyway.
///
/// # Errors
/// When the wait takes too long.
pub(crate) async fn one_import_at_a_time(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let key = i64::from_be_bytes(*b"ogimport");
        tx.execute_raw(statement(tx, "SELECT pg_advisory_xact_lock($1)", [key.into()])).await?;
    }
    Ok(())
}

/// Sets numbers aside: of each day as many as asked for. What comes back is the last of them.
///
/// # Errors
/// When the database fails.
pub(crate) async fn take_numbers(
    tx: &DatabaseTransaction,
    wanted: &BTreeMap<String, i64>,
) -> Result<HashMap<String, i64>, DbErr> {
    let set = "last = number_counters.last + excluded.last";
    count_numbers(tx, wanted, set).await
}

/// Sees to it that no number up to the given ones is given out later.
///
/// # Errors
/// When the database fails.
pub(crate) async fn keep_numbers(tx: &DatabaseTransaction, given: &BTreeMap<String, i64>) -> Result<(), DbErr> {
    let set = match tx.get_database_backend() {
        DbBackend::Postgres => "last = GREATEST(number_counters.last, excluded.last)",
        _ => "last = MAX(number_counters.last, excluded.last)",
    };
    count_numbers(tx, given, set).await.map(drop)
}

async fn count_numbers(tx: &DatabaseTransaction, days: &BTreeMap<String, i64>, set: &str) -> Result<HashMap<String, i64>, DbErr> {
    if days.is_empty() {
        return Ok(HashMap::new());
    }
    // By the day on both, so that two writers never wait for each other.
    let (rows, values) = if tx.get_database_backend() == DbBackend::Postgres {
        let names = days.keys().map(|day| Value::String(Some(day.clone()))).collect();
        let counts = days.values().map(|count| Value::BigInt(Some(*count))).collect();
        let arrays =
            vec![Value::Array(ArrayType::String, Some(Box::new(names))), Value::Array(ArrayType::BigInt, Some(Box::new(counts)))];
        ("SELECT * FROM UNNEST($1::text[], $2::bigint[])", arrays)
    } else {
        let object = serde_json::json!(days).to_string();
        // Without WHERE SQLite would take ON CONFLICT for a join's condition.
        ("SELECT key, value FROM json_each($1) WHERE true", vec![object.into()])
    };
    let sql = format!("INSERT INTO number_counters (day, last) {rows} ON CONFLICT (day) DO UPDATE SET {set} RETURNING day, last");
    let rows = tx.query_all_raw(statement(tx, sql, values)).await?;
    rows.iter().map(|row| Ok((row.try_get("", "day")?, row.try_get("", "last")?))).collect()
}
