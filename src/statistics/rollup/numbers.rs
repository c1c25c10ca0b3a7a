//! Small numbers for customers, and how many were created when.
//!
//! Customers are created without a number; nothing else needs one. Whoever counts orders gives them theirs and adds them to
//! `customer_rollups` in the same transaction, so the customers there are those with a number, and those without one are
//! found by an index.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entity::{id::CustomerId, time::Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};
use serde_json::Value as Json;

use super::table::{self, Key, Sums, Table};
use crate::{
    db::{one_of, statement},
    fault::Fault,
    statistics::{period::local_date, spans::Unit},
};

/// Most customers that are given a number at once, beside those that are needed.
const SOME: usize = 2_000;

/// How many customers were created.
pub const TABLE: Table =
    Table { name: "customer_rollups", keys: &[("level", table::Kind::Int), ("bucket", table::Kind::Int)], sums: &["customers"] };

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Row(Unit, i32);

impl Key for Row {
    fn columns(&self) -> Vec<Json> {
        vec![(self.0 as i32).into(), self.1.into()]
    }
}

/// The numbers of customers. Those that have none get one, and so do some others. The transaction holds the reader's
/// cursor, so that one gives numbers at a time.
///
/// # Errors
/// When the database fails.
pub(crate) async fn numbers(
    tx: &DatabaseTransaction,
    customers: &BTreeSet<CustomerId>,
) -> Result<HashMap<CustomerId, i64>, Fault> {
    let (needed, list) = one_of(tx.get_database_backend(), 1, customers.iter().map(|customer| customer.0));
    let mut without: BTreeMap<CustomerId, Timestamp> = BTreeMap::new();
    let needs = format!("SELECT id, created_at FROM customers WHERE id {needed} AND number IS NULL");
    let more = format!("SELECT id, created_at FROM customers WHERE number IS NULL LIMIT {SOME}");
    for ask in [statement(tx, needs, [list.clone()]), statement(tx, more, [])] {
        for row in tx.query_all_raw(ask).await? {
            without.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        }
    }
    if !without.is_empty() {
        give(tx, &without).await?;
    }
    let sql = format!("SELECT id, number FROM customers WHERE id {needed} AND number IS NOT NULL");
    let rows = tx.query_all_raw(statement(tx, sql, [list])).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

async fn give(tx: &DatabaseTransaction, customers: &BTreeMap<CustomerId, Timestamp>) -> Result<(), Fault> {
    let last = "SELECT number FROM customers WHERE number IS NOT NULL ORDER BY number DESC LIMIT 1";
    let last = tx.query_one_raw(statement(tx, last, [])).await?;
    let next: i64 = last.map_or(Ok(0), |row| row.try_get_by_index::<i64>(0).map(|last| last + 1))?;
    let given = customers
        .keys()
        .zip(next..)
        .map(|(customer, number)| Json::from(vec![Json::from(customer.0.simple().to_string()), Json::from(number)]));
    let sql = match tx.get_database_backend() {
        DbBackend::Postgres => {
            "UPDATE customers SET number = (r.value ->> 1)::bigint FROM json_array_elements($1::json) AS r (value) \
             WHERE customers.id = (r.value ->> 0)::uuid AND customers.number IS NULL"
        }
        _ => {
            // The index keeps SQLite from going through all without a number, once for each of the list.
            "UPDATE customers INDEXED BY sqlite_autoindex_customers_1 SET number = r.number \
             FROM (SELECT unhex(value ->> 0) AS id, value ->> 1 AS number FROM json_each($1)) AS r \
             WHERE customers.id = r.id AND customers.number IS NULL"
        }
    };
    let given = tx.execute_raw(statement(tx, sql, [Json::from(Vec::from_iter(given)).to_string().into()])).await?;
    if given.rows_affected() != customers.len() as u64 {
        return Err(Fault::Database(sea_orm::DbErr::RecordNotUpdated));
    }
    let mut sums: Sums<Row, 1> = Sums::default();
    for created_at in customers.values() {
        for unit in Unit::EACH {
            sums.add(Row(unit, place(unit, *created_at)), 1, [1])?;
        }
    }
    sums.write(tx, &TABLE).await
}

/// Where a moment stands among the spans of a kind, in UTC.
pub fn place(unit: Unit, at: Timestamp) -> i32 {
    unit.place(local_date(at, chrono_tz::Tz::UTC))
}

/// Counts the customers that have a number anew.
///
/// # Errors
/// When the database fails.
pub(crate) async fn count_anew(tx: &DatabaseTransaction) -> Result<(), Fault> {
    /// A day in microseconds.
    const DAY: i64 = 86_400_000_000;
    table::clear(tx, &TABLE).await?;
    // Rounded down, before 1970 too.
    let day = format!("(created_at - (({DAY} + created_at % {DAY}) % {DAY})) / {DAY}");
    let sql = format!("SELECT {day} AS day, COUNT(*) FROM customers WHERE number IS NOT NULL GROUP BY 1");
    let mut sums: Sums<Row, 1> = Sums::default();
    for row in tx.query_all_raw(statement(tx, sql, [])).await? {
        let (day, customers): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        for unit in Unit::EACH {
            sums.add(Row(unit, place(unit, Timestamp(day.saturating_mul(DAY)))), 1, [customers])?;
        }
    }
    sums.write(tx, &TABLE).await
}
