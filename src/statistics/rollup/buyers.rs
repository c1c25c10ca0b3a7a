//! Who bought when: the orders of each customer by the hour, and the customers of each day, month and year as sets of
//! numbers. A customer counts once, however many orders there are.
//!
//! Sets are kept in chunks of 65,536 numbers, so that an order changes little of them.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use entity::{id::CustomerId, stored::OrderStatus, time::Timestamp};
use roaring::RoaringBitmap;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, QueryResult, Value};
use serde_json::Value as Json;

use super::{
    family::{Change, Family},
    journal::{Entry, Journal, News},
    numbers::{self, place},
    reading::Reading,
    table::{self, Key, Sums, Table},
    tally::Tally,
};
use crate::{
    db::{one_of_numbers, statement},
    fault::Fault,
    statistics::spans::{HOUR, Unit, hour},
};

/// Orders of customers by the hour.
pub const TABLE: Table =
    Table { name: "customer_hours", keys: &[("hour", table::Kind::Int), ("number", table::Kind::Int)], sums: &["orders"] };

/// Who bought with an order, and when: nobody when it is cancelled.
pub fn buyer(tally: &Tally) -> Option<(CustomerId, Timestamp)> {
    tally.customer.filter(|_| tally.status != OrderStatus::Cancelled).map(|customer| (customer, tally.placed_at))
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    hour: i64,
    number: i64,
}

impl Key for Row {
    fn columns(&self) -> Vec<Json> {
        vec![self.hour.into(), self.number.into()]
    }
}

/// Changes of [`TABLE`].
pub const JOURNAL: Journal = Journal {
    name: "buyer_changes",
    columns: &[("hour", table::Kind::Int), ("number", table::Kind::Int), ("orders", table::Kind::Int)],
    anything: ("hour, number, orders", "0, -1, 0"),
};

/// Orders of a customer in an hour that came or went.
pub struct Bought {
    /// Hours since 1970.
    pub hour: i64,
    /// The customer's number.
    pub number: u32,
    /// How many came; below zero when they went.
    pub orders: i64,
}

impl Entry for Bought {
    const COLUMNS: &str = "hour, number, orders";

    fn read(row: &QueryResult) -> Result<Option<Self>, DbErr> {
        let number: i64 = row.try_get_by_index(2)?;
        let Ok(number) = u32::try_from(number) else { return Ok(None) };
        Ok(Some(Self { hour: row.try_get_by_index(1)?, number, orders: row.try_get_by_index(3)? }))
    }
}

/// What the journal says.
pub fn news(reading: &Reading) -> News<'_, Bought> {
    News::new(reading, &JOURNAL, ("1 = 1".to_owned(), Vec::new()))
}

/// Keeps [`TABLE`] and the sets.
pub struct Buyers;

#[async_trait]
impl Family for Buyers {
    async fn apply(&self, tx: &DatabaseTransaction, changes: &[Change]) -> Result<(), Fault> {
        let sides = || changes.iter().flat_map(Change::sides).filter_map(|(sign, tally)| Some((sign, buyer(tally)?)));
        let customers: BTreeSet<CustomerId> = sides().map(|(_, (customer, _))| customer).collect();
        let numbers = numbers::numbers(tx, &customers).await?;
        let mut sums: Sums<Row, 1> = Sums::default();
        for (sign, (customer, at)) in sides() {
            if let Some(number) = numbers.get(&customer) {
                sums.add(Row { hour: hour(at), number: *number }, sign, [1])?;
            }
        }
        sums.write(tx, &TABLE).await?;
        let told = sums.rows().map(|(row, [orders])| serde_json::json!([row.hour, row.number, orders]));
        JOURNAL.write(tx, told.collect()).await?;
        let less: BTreeSet<i64> = sums.rows().filter(|(_, [orders])| *orders < 0).map(|(row, _)| row.number).collect();
        let mut members = Members::default();
        for (row, _) in sums.rows().filter(|(row, _)| !less.contains(&row.number)) {
            members.note(*row, true);
        }
        if !less.is_empty() {
            for (row, _) in sums.rows().filter(|(row, _)| less.contains(&row.number)) {
                members.note(*row, false);
            }
            for row in hours_of(tx, less).await? {
                members.stay(row);
            }
        }
        members.write(tx).await
    }

    async fn clear(&self, tx: &DatabaseTransaction) -> Result<(), Fault> {
        JOURNAL.forget(tx).await?;
        table::clear(tx, &TABLE).await?;
        tx.execute_unprepared("DELETE FROM customer_sets").await?;
        numbers::count_anew(tx).await
    }
}

/// The hours in which customers have orders.
async fn hours_of(conn: &impl ConnectionTrait, numbers: BTreeSet<i64>) -> Result<Vec<Row>, Fault> {
    let (one_of, list) = one_of_numbers(conn.get_database_backend(), 1, numbers);
    let sql = format!("SELECT CAST(hour AS bigint), number FROM customer_hours WHERE number {one_of} AND orders > 0");
    let rows = conn.query_all_raw(statement(conn, sql, [list])).await?;
    rows.iter().map(|row| Ok(Row { hour: row.try_get_by_index(0)?, number: row.try_get_by_index(1)? })).collect()
}

type Chunk = (Unit, i32, i64);

/// Who belongs to which set and who no longer does.
#[derive(Default)]
struct Members(BTreeMap<Chunk, BTreeMap<u32, bool>>);

/// The sets that an hour of a customer is in, and the customer's number in them.
fn sets(row: Row) -> impl Iterator<Item = (Chunk, u32)> {
    let at = Timestamp(row.hour.saturating_mul(HOUR));
    Unit::EACH.into_iter().map(move |unit| ((unit, place(unit, at), row.number >> 16), row.number as u32))
}

impl Members {
    fn note(&mut self, row: Row, belongs: bool) {
        for (chunk, number) in sets(row) {
            self.0.entry(chunk).or_default().insert(number, belongs);
        }
    }

    /// An hour with orders: where the customer was to be taken out of a set that holds it, it stays.
    fn stay(&mut self, row: Row) {
        for (chunk, number) in sets(row) {
            if let Some(belongs) = self.0.get_mut(&chunk).and_then(|members| members.get_mut(&number)) {
                *belongs = true;
            }
        }
    }

    async fn write(self, tx: &DatabaseTransaction) -> Result<(), Fault> {
        /// Sets that one statement reads or writes.
        const AT_ONCE: usize = 250;
        let changes: Vec<(Chunk, BTreeMap<u32, bool>)> = self.0.into_iter().collect();
        for changes in changes.chunks(AT_ONCE) {
            let mut sets = read(tx, changes.iter().map(|(chunk, _)| *chunk)).await?;
            let mut written = Vec::with_capacity(changes.len());
            for (chunk, members) in changes {
                let mut set = sets.remove(chunk).unwrap_or_default();
                let mut changed = false;
                for (number, belongs) in members {
                    changed |= if *belongs { set.insert(*number) } else { set.remove(*number) };
                }
                if changed {
                    written.push((*chunk, set));
                }
            }
            write(tx, &written).await?;
        }
        Ok(())
    }
}

async fn read(conn: &impl ConnectionTrait, chunks: impl Iterator<Item = Chunk>) -> Result<BTreeMap<Chunk, RoaringBitmap>, Fault> {
    let keys: Vec<Json> = chunks
        .map(|(unit, bucket, chunk)| Json::from(vec![Json::from(unit as i32), Json::from(bucket), Json::from(chunk)]))
        .collect();
    let sql = match conn.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT s.level, s.bucket, s.chunk, s.members FROM json_array_elements($1::json) AS r (value) JOIN customer_sets s \
             ON s.level = (r.value ->> 0)::integer AND s.bucket = (r.value ->> 1)::integer AND s.chunk = (r.value ->> 2)::bigint"
        }
        _ => {
            "SELECT s.level, s.bucket, s.chunk, s.members FROM json_each($1) AS r CROSS JOIN customer_sets s \
             ON s.level = r.value ->> 0 AND s.bucket = r.value ->> 1 AND s.chunk = r.value ->> 2"
        }
    };
    let mut sets = BTreeMap::new();
    for row in conn.query_all_raw(statement(conn, sql, [Json::from(keys).to_string().into()])).await? {
        let level: i32 = row.try_get_by_index(0)?;
        let unit = Unit::EACH.into_iter().find(|unit| *unit as i32 == level);
        let unit = unit.ok_or_else(|| Fault::Corrupt(format!("a set of customers of level {level}")))?;
        let members: Vec<u8> = row.try_get_by_index(3)?;
        sets.insert((unit, row.try_get_by_index(1)?, row.try_get_by_index(2)?), set(&members)?);
    }
    Ok(sets)
}

/// A set as it is kept.
///
/// # Errors
/// For what is no set.
pub fn set(members: &[u8]) -> Result<RoaringBitmap, Fault> {
    RoaringBitmap::deserialize_from(members).map_err(|error| Fault::Corrupt(format!("a set of customers: {error}")))
}

async fn write(tx: &DatabaseTransaction, sets: &[(Chunk, RoaringBitmap)]) -> Result<(), Fault> {
    if sets.is_empty() {
        return Ok(());
    }
    let mut values: Vec<Value> = Vec::with_capacity(sets.len());
    let mut rows = Vec::with_capacity(sets.len());
    for (place, ((unit, bucket, chunk), set)) in sets.iter().enumerate() {
        let mut members = Vec::with_capacity(set.serialized_size());
        set.serialize_into(&mut members).map_err(|error| Fault::Internal(error.to_string()))?;
        values.push(members.into());
        rows.push(format!("({}, {bucket}, {chunk}, ${})", *unit as i32, place + 1));
    }
    let sql = format!(
        "INSERT INTO customer_sets (level, bucket, chunk, members) VALUES {} \
         ON CONFLICT (level, bucket, chunk) DO UPDATE SET members = excluded.members",
        rows.join(", ")
    );
    tx.execute_raw(statement(tx, sql, values)).await?;
    Ok(())
}
