//! Tables whose rows are a key and sums, and adding to many of their rows at once.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr};
use serde_json::Value as Json;

use crate::{db::statement, fault::Fault};

/// The type of a column of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `uuid`, never null.
    Uuid,
    /// Text, never null.
    Text,
    /// `bigint` or `integer`, never null.
    Int,
    /// `boolean`, never null.
    Bool,
}

/// A table of sums.
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// The columns of its primary key.
    pub keys: &'static [(&'static str, Kind)],
    /// Its sums, `bigint` each.
    pub sums: &'static [&'static str],
}

/// A key of a [`Table`].
pub trait Key: Ord {
    /// Its columns; ids as [`uuid::fmt::Simple`].
    fn columns(&self) -> Vec<Json>;
}

/// Adds to sums, as often as `times` says.
///
/// # Errors
/// Beyond 64 bits.
pub fn grow<const N: usize>(sums: &mut [i64; N], times: i64, amounts: [i64; N]) -> Result<(), Fault> {
    for (sum, amount) in sums.iter_mut().zip(amounts) {
        let more = amount.checked_mul(times).and_then(|amount| sum.checked_add(amount));
        *sum = more.ok_or_else(|| Fault::Internal("a sum is out of range".into()))?;
    }
    Ok(())
}

/// What is added to the rows of a table; each row once.
pub struct Sums<K, const N: usize>(BTreeMap<K, [i64; N]>);

impl<K, const N: usize> Default for Sums<K, N> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Key, const N: usize> Sums<K, N> {
    /// Adds to the sums of a row, as often as `times` says.
    ///
    /// # Errors
    /// Beyond 64 bits.
    pub fn add(&mut self, key: K, times: i64, amounts: [i64; N]) -> Result<(), Fault> {
        grow(self.0.entry(key).or_insert([0; N]), times, amounts)
    }

    /// The rows that change.
    pub fn rows(&self) -> impl Iterator<Item = (&K, &[i64; N])> {
        self.0.iter().filter(|(_, sums)| sums.iter().any(|sum| *sum != 0))
    }

    /// Adds to the table, in one statement. Rows are written in the order of their keys.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn write(&self, tx: &DatabaseTransaction, table: &Table) -> Result<(), Fault> {
        let row = |(key, sums): (&K, &[i64; N])| {
            let mut row = key.columns();
            row.extend(sums.iter().map(|sum| Json::from(*sum)));
            Json::from(row)
        };
        let rows: Vec<Json> = self.rows().map(row).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let sql = upsert(tx.get_database_backend(), table);
        tx.execute_raw(statement(tx, sql, [Json::from(rows).to_string().into()])).await?;
        Ok(())
    }
}

/// Rows come as one JSON array of arrays, so that there is one statement whatever their number.
fn upsert(backend: DbBackend, table: &Table) -> String {
    let keys: Vec<&str> = table.keys.iter().map(|(name, _)| *name).collect();
    let kinds = table.keys.iter().map(|(_, kind)| *kind).chain(table.sums.iter().map(|_| Kind::Int));
    let read: Vec<String> = kinds.enumerate().map(|(place, kind)| column(backend, place, kind)).collect();
    let from = listed(backend);
    let grow: Vec<String> = table.sums.iter().map(|sum| format!("{sum} = {}.{sum} + excluded.{sum}", table.name)).collect();
    format!(
        "INSERT INTO {} ({}, {}) SELECT {} FROM {from} ON CONFLICT ({}) DO UPDATE SET {}",
        table.name,
        keys.join(", "),
        table.sums.join(", "),
        read.join(", "),
        keys.join(", "),
        grow.join(", "),
    )
}

/// What rows are selected from that come as a JSON array of arrays.
pub const fn listed(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "json_array_elements($1::json) AS r (value)",
        // The condition keeps SQLite from taking ON CONFLICT for the condition of a join.
        _ => "json_each($1) AS r WHERE true",
    }
}

/// A column of a row that comes as a JSON array.
pub fn column(backend: DbBackend, place: usize, kind: Kind) -> String {
    match (backend, kind) {
        (DbBackend::Postgres, Kind::Uuid) => format!("(r.value ->> {place})::uuid"),
        (DbBackend::Postgres, Kind::Int) => format!("(r.value ->> {place})::bigint"),
        (DbBackend::Postgres, Kind::Bool) => format!("(r.value ->> {place})::boolean"),
        (_, Kind::Uuid) => format!("unhex(r.value ->> {place})"),
        _ => format!("r.value ->> {place}"),
    }
}

/// Forgets all rows of a table.
///
/// # Errors
/// When the database fails.
pub(crate) async fn clear(tx: &DatabaseTransaction, table: &Table) -> Result<(), DbErr> {
    tx.execute_unprepared(&format!("DELETE FROM {}", table.name)).await?;
    Ok(())
}
