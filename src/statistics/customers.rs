//! Figures of customers: how many there are, how many are new, how many bought (STAT-05, STAT-09).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono_tz::Tz;
use entity::{id::CustomerId, time::Timestamp};
use roaring::{MultiOps as _, RoaringBitmap};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::{
    rollup::{
        buyers::{Bought, buyer, news, set},
        family::Change,
        held::{self, Held, Rows},
        journal::News,
        numbers::place,
        reading::Reading,
    },
    spans::{self, EVER, HOUR, Hours, Plan, Run, Stretch, Unit, hour},
};
use crate::{
    db::{numbers, numbers_cell, one_of, one_of_numbers, statement},
    fault::Fault,
};

fn planned(reading: &Reading, window: Option<Stretch>) -> Plan {
    window.map_or_else(spans::all_time, |window| spans::plan(window, reading.as_of(), Tz::UTC))
}

async fn number(conn: &impl ConnectionTrait, sql: String, values: Vec<sea_orm::Value>) -> Result<i64, Fault> {
    let row = conn.query_one_raw(statement(conn, sql, values)).await?;
    Ok(row.map_or(Ok(0), |row| row.try_get_by_index(0))?)
}

/// How many customers were created in a window; in all time when none is given.
///
/// # Errors
/// When the database fails.
pub async fn created(reading: &Reading, window: Option<Stretch>) -> Result<i64, Fault> {
    let plan = planned(reading, window).nearest(Tz::UTC);
    // One statement for all parts: each on its own costs more than what it counts.
    let (mut sum, mut values) = ("0".to_owned(), Vec::new());
    let mut add = |sign: &str, (from, to): Stretch, also: &str| {
        let at = values.len();
        sum += &format!(
            " {sign} (SELECT COUNT(*) FROM customers WHERE created_at >= ${} AND created_at < ${}{also})",
            at + 1,
            at + 2
        );
        values.extend([sea_orm::Value::from(from), to.into()]);
    };
    let spans = plan.condition("level", "bucket");
    if let (Some(_), Some(reach)) = (&spans, plan.reach(Tz::UTC)) {
        // Those without a number are not in the sums yet.
        add("+", reach, " AND number IS NULL");
    }
    for stretch in &plan.plus {
        add("+", *stretch, "");
    }
    for stretch in &plan.minus {
        add("-", *stretch, "");
    }
    if let Some(spans) = spans {
        sum += &format!(" + (SELECT COALESCE(SUM(customers), 0) FROM customer_rollups WHERE {spans})");
    }
    number(reading.conn(), format!("SELECT CAST({sum} AS bigint)"), values).await
}

/// How many customers placed an order in a window that is not cancelled, each counted once; in all time when none is
/// given.
///
/// # Errors
/// When the database fails.
pub async fn active(store: &Store, reading: &Reading, window: Option<Stretch>) -> Result<i64, Fault> {
    let conn = reading.conn();
    let Some(behind) = reading.behind() else {
        let (from, to) = window.unwrap_or(EVER);
        let sql = "SELECT COUNT(DISTINCT customer_id) FROM orders WHERE placed_at >= $1 AND placed_at < $2 \
                   AND status <> 'CANCELLED'";
        return number(conn, sql.to_owned(), vec![from.into(), to.into()]).await;
    };
    let plan = planned(reading, window);
    let mut news = news(reading);
    let mut bought = union(store, conn, &mut news, &plan).await?;
    let doubtful = doubtful(conn, &plan, behind).await?;
    let mut without_number = 0;
    for (customer, number) in at_edges(store, conn, &mut news, (&plan, behind)).await? {
        match number {
            Some(number) => _ = bought.insert(number),
            None if doubtful.contains(&customer) => {}
            None => without_number += 1,
        }
    }
    if doubtful.is_empty() {
        return Ok(bought.len() as i64 + without_number);
    }
    let truly = truly(conn, &doubtful, window.unwrap_or(EVER)).await?;
    let (one_of, list) = one_of(conn.get_database_backend(), 1, doubtful.iter().map(|customer| customer.0));
    let sql = format!("SELECT number FROM customers WHERE id {one_of} AND number IS NOT NULL");
    let rows = conn.query_all_raw(statement(conn, sql, [list])).await?;
    let numbers: Vec<i64> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    let supposed = numbers.iter().filter(|number| bought.contains(**number as u32)).count() as i64;
    Ok(bought.len() as i64 + without_number - supposed + truly)
}

/// Who bought in the spans of a window, as far as it is counted.
#[derive(Clone, Default)]
struct Buyers {
    members: RoaringBitmap,
    /// Those of whom orders went: whether they have others there is not known.
    doubtful: BTreeSet<u32>,
}

impl held::Value for Buyers {
    fn weight(&self) -> usize {
        size_of::<Self>() + self.members.serialized_size() + self.doubtful.len() * 8
    }
}

/// How many orders the customers have in some hours, as far as it is counted.
#[derive(Clone, Default)]
struct OfHours(BTreeMap<u32, i64>);

impl held::Value for OfHours {
    fn weight(&self) -> usize {
        size_of::<Self>() + self.0.len() * 24
    }
}

/// An order that is not cancelled: when it was placed and whose it is, with the number of that customer.
type Placed = (Timestamp, CustomerId, Option<u32>);

/// What this process holds.
pub struct Store {
    spans: Held<Vec<Run>, Buyers>,
    beside: Held<Hours, OfHours>,
    /// By one hour.
    placed: Held<Hours, Rows<Placed>>,
}

impl Store {
    /// One that takes at most so much memory.
    pub fn new(megabytes: u32) -> Self {
        let bytes = u64::from(megabytes) << 20;
        Self { spans: Held::new(bytes / 4 * 3), beside: Held::new(bytes / 8), placed: Held::new(bytes / 8) }
    }
}

/// The customers of a plan's spans and of the whole hours to be added to them.
async fn union(
    store: &Store,
    conn: &DatabaseTransaction,
    news: &mut News<'_, Bought>,
    plan: &Plan,
) -> Result<RoaringBitmap, Fault> {
    let mut all = of_spans(store, conn, news, plan).await?;
    for hours in plan.plus.iter().filter_map(|stretch| Hours::of(*stretch).0) {
        let add = |known: &mut OfHours, bought: &Bought| {
            if hours.holds(bought.hour) {
                *known.0.entry(bought.number).or_default() += bought.orders;
            }
            Ok(())
        };
        let beside = store.beside.get(&hours, news, async || of_hours(conn, hours).await, add).await?;
        all.extend(beside.0.iter().filter(|(_, orders)| **orders > 0).map(|(number, _)| *number));
    }
    Ok(all)
}

async fn of_hours(conn: &DatabaseTransaction, Hours { first, last }: Hours) -> Result<OfHours, Fault> {
    let backend = conn.get_database_backend();
    let (number, orders) = (numbers_cell(backend, "number"), numbers_cell(backend, "orders"));
    let sql = format!(
        "SELECT {number}, {orders} FROM (SELECT number, SUM(orders) AS orders FROM customer_hours \
         WHERE hour >= {first} AND hour < {last} GROUP BY number) AS bought"
    );
    let mut hours = OfHours::default();
    for row in conn.query_all_raw(statement(conn, sql, [])).await? {
        let found = numbers(&row, 0)?.into_iter().zip(numbers(&row, 1)?);
        hours.0.extend(found.map(|(number, orders)| (number as u32, orders)));
    }
    Ok(hours)
}

async fn of_sets(conn: &DatabaseTransaction, spans: &str) -> Result<Buyers, Fault> {
    let sql = format!("SELECT members FROM customer_sets WHERE {spans}");
    let mut sets = Vec::new();
    for row in conn.query_all_raw(statement(conn, sql, [])).await? {
        sets.push(set(&row.try_get_by_index::<Vec<u8>>(0)?)?);
    }
    Ok(Buyers { members: sets.union(), doubtful: BTreeSet::new() })
}

/// The customers of a plan's spans.
async fn of_spans(
    store: &Store,
    conn: &DatabaseTransaction,
    news: &mut News<'_, Bought>,
    plan: &Plan,
) -> Result<RoaringBitmap, Fault> {
    let Some(spans) = plan.condition("level", "bucket") else { return Ok(RoaringBitmap::new()) };
    let add = |known: &mut Buyers, bought: &Bought| {
        let day = place(Unit::Day, Timestamp(bought.hour.saturating_mul(HOUR)));
        if plan.runs.iter().any(|run| run.holds(day)) {
            known.members.insert(bought.number);
            if bought.orders < 0 {
                known.doubtful.insert(bought.number);
            }
        }
        Ok(())
    };
    let known = store.spans.get(&plan.runs, news, async || of_sets(conn, &spans).await, add).await?;
    if known.doubtful.is_empty() {
        return Ok(known.members.clone());
    }
    let (from, to) = plan.reach(Tz::UTC).unwrap_or(EVER);
    let (one_of, list) = one_of_numbers(conn.get_database_backend(), 1, known.doubtful.iter().map(|number| (*number).into()));
    let sql = format!(
        "SELECT DISTINCT number FROM customer_hours WHERE number {one_of} AND hour >= {} AND hour < {} AND orders > 0",
        hour(from),
        hour(to)
    );
    let rows = conn.query_all_raw(statement(conn, sql, [list])).await?;
    let stay: BTreeSet<u32> = rows.iter().map(|row| Ok(row.try_get_by_index::<i64>(0)? as u32)).collect::<Result<_, Fault>>()?;
    let mut members = known.members.clone();
    for number in known.doubtful.difference(&stay) {
        members.remove(*number);
    }
    store.spans.put(&plan.runs, &known, Buyers { members: members.clone(), doubtful: BTreeSet::new() }).await;
    Ok(members)
}

/// A select for each stretch, of customers of orders that are not cancelled. Nothing when no stretch is longer than nothing.
fn of_orders(columns: &str, stretches: impl IntoIterator<Item = Stretch>) -> Option<(String, Vec<sea_orm::Value>)> {
    let (mut selects, mut values) = (Vec::new(), Vec::new());
    for (begin, end) in stretches.into_iter().filter(|(begin, end)| begin < end) {
        selects.push(format!(
            "SELECT {columns} FROM orders o WHERE o.placed_at >= ${} AND o.placed_at < ${} AND o.status <> 'CANCELLED' \
             AND o.customer_id IS NOT NULL",
            values.len() + 1,
            values.len() + 2
        ));
        values.extend([begin.into(), end.into()]);
    }
    (!selects.is_empty()).then(|| (selects.join(" UNION "), values))
}

/// The customers with orders in the parts of hours beside the spans, with their numbers. Of those with orders that wait to be
/// counted it may not be true.
async fn at_edges(
    store: &Store,
    conn: &DatabaseTransaction,
    news: &mut News<'_, Bought>,
    (plan, behind): (&Plan, &[Change]),
) -> Result<BTreeMap<CustomerId, Option<u32>>, Fault> {
    let parts = plan.plus.iter().flat_map(|stretch| Hours::of(*stretch).1);
    let mut found = BTreeMap::new();
    for (hour, (from, to)) in parts.flat_map(Hours::each) {
        let placed = of_hour(store, conn, news, (hour, behind)).await?;
        let within = placed.iter().filter(|(at, ..)| from <= *at && *at < to);
        found.extend(within.map(|(_, customer, number)| (*customer, *number)));
    }
    Ok(found)
}

/// The orders of an hour as they are counted, or as they are while some of them wait to be. The journal does not tell which of
/// them changed.
async fn of_hour(
    store: &Store,
    conn: &DatabaseTransaction,
    news: &mut News<'_, Bought>,
    (hours, behind): (Hours, &[Change]),
) -> Result<Arc<[Placed]>, Fault> {
    let read = async || {
        // Looked up one by one: for a join PostgreSQL reads all customers where it does not know how few orders there are.
        let columns = "o.placed_at, o.customer_id, (SELECT c.number FROM customers c WHERE c.id = o.customer_id)";
        let mut placed = Vec::new();
        if let Some((sql, values)) = of_orders(columns, [hours.stretch()]) {
            for row in conn.query_all_raw(statement(conn, sql, values)).await? {
                let number: Option<i64> = row.try_get_by_index(2)?;
                placed.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?, number.map(|number| number as u32)));
            }
        }
        Ok(Rows::of(placed))
    };
    let mut waiting = behind.iter().flat_map(Change::sides).filter_map(|(_, tally)| Some(buyer(tally)?.1));
    if waiting.any(|at| hours.holds(hour(at))) {
        return Ok(read().await?.all());
    }
    store.placed.rows(&hours, news, read, |bought| hours.holds(bought.hour)).await
}

/// The customers of whom the sets may not tell the truth: those of orders that wait to be counted, and those with orders in what
/// the sets hold beyond the window.
async fn doubtful(conn: &impl ConnectionTrait, plan: &Plan, behind: &[Change]) -> Result<BTreeSet<CustomerId>, Fault> {
    let mut doubtful: BTreeSet<CustomerId> =
        behind.iter().flat_map(Change::sides).filter_map(|(_, tally)| Some(buyer(tally)?.0)).collect();
    if let Some((sql, values)) = of_orders("o.customer_id", plan.minus.iter().copied()) {
        for row in conn.query_all_raw(statement(conn, sql, values)).await? {
            doubtful.insert(row.try_get_by_index(0)?);
        }
    }
    Ok(doubtful)
}

/// How many of these customers placed an order in a window, by their orders.
async fn truly(conn: &impl ConnectionTrait, customers: &BTreeSet<CustomerId>, (from, to): Stretch) -> Result<i64, Fault> {
    let (one_of, list) = one_of(conn.get_database_backend(), 1, customers.iter().map(|customer| customer.0));
    // Of each the first order is enough: some have tens of thousands.
    let sql = format!(
        "SELECT COUNT(*) FROM customers c WHERE c.id {one_of} AND (SELECT 1 FROM orders o WHERE o.customer_id = c.id \
         AND o.placed_at >= $2 AND o.placed_at < $3 AND o.status <> 'CANCELLED' LIMIT 1) = 1"
    );
    number(conn, sql, vec![list, from.into(), to.into()]).await
}
