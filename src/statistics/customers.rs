//! Figures of customers: how many there are, how many are new, how many bought (STAT-05, STAT-09).

use std::collections::BTreeSet;

use chrono_tz::Tz;
use entity::{id::CustomerId, time::Timestamp};
use roaring::{MultiOps as _, RoaringBitmap};
use sea_orm::ConnectionTrait;

use super::{
    rollup::{
        buyers::{HOUR, buyer, hour, set},
        family::Change,
        reading::Reading,
    },
    spans::{self, EVER, Plan, Stretch},
};
use crate::{
    db::{numbers, numbers_cell, one_of, statement},
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
    let plan = planned(reading, window);
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
pub async fn active(reading: &Reading, window: Option<Stretch>) -> Result<i64, Fault> {
    let conn = reading.conn();
    let Some(behind) = reading.behind() else {
        let (from, to) = window.unwrap_or(EVER);
        let sql = "SELECT COUNT(DISTINCT customer_id) FROM orders WHERE placed_at >= $1 AND placed_at < $2 \
                   AND status <> 'CANCELLED'";
        return number(conn, sql.to_owned(), vec![from.into(), to.into()]).await;
    };
    let plan = planned(reading, window);
    let bought = union(conn, &plan).await?;
    let doubtful = doubtful(conn, &plan, behind).await?;
    if doubtful.is_empty() {
        return Ok(bought.len() as i64);
    }
    let truly = truly(conn, &doubtful, window.unwrap_or(EVER)).await?;
    let (one_of, list) = one_of(conn.get_database_backend(), 1, doubtful.iter().map(|customer| customer.0));
    let sql = format!("SELECT number FROM customers WHERE id {one_of} AND number IS NOT NULL");
    let rows = conn.query_all_raw(statement(conn, sql, [list])).await?;
    let numbers: Vec<i64> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    let supposed = numbers.iter().filter(|number| bought.contains(**number as u32)).count() as i64;
    Ok(bought.len() as i64 - supposed + truly)
}

/// The numbers of the customers that the sets hold for a plan, and of those beside them.
async fn union(conn: &impl ConnectionTrait, plan: &Plan) -> Result<RoaringBitmap, Fault> {
    let mut sets = Vec::new();
    if let Some(spans) = plan.condition("level", "bucket") {
        let sql = format!("SELECT members FROM customer_sets WHERE {spans}");
        for row in conn.query_all_raw(statement(conn, sql, [])).await? {
            sets.push(set(&row.try_get_by_index::<Vec<u8>>(0)?)?);
        }
    }
    let mut beside = RoaringBitmap::new();
    for (from, to) in &plan.plus {
        let (first, last) = (hour(Timestamp(from.0.saturating_add(HOUR - 1))), hour(*to));
        if first < last {
            let list = numbers_cell(conn.get_database_backend(), "number");
            let sql = format!("SELECT {list} FROM customer_hours WHERE hour >= {first} AND hour < {last} AND orders > 0");
            for row in conn.query_all_raw(statement(conn, sql, [])).await? {
                beside.extend(numbers(&row, 0)?.into_iter().map(|number| number as u32));
            }
        }
    }
    sets.push(beside);
    Ok(sets.union())
}

/// The customers of whom the sets may not tell the truth: those of orders that wait to be counted, those with orders in the
/// part of an hour beside the sets, and those with orders in what the sets hold beyond the window.
async fn doubtful(conn: &impl ConnectionTrait, plan: &Plan, behind: &[Change]) -> Result<BTreeSet<CustomerId>, Fault> {
    let mut doubtful: BTreeSet<CustomerId> =
        behind.iter().flat_map(Change::sides).filter_map(|(_, tally)| Some(buyer(tally)?.0)).collect();
    let mut stretches = plan.minus.clone();
    for (from, to) in &plan.plus {
        let (first, last) = (hour(Timestamp(from.0.saturating_add(HOUR - 1))), hour(*to));
        if first < last {
            stretches.push((*from, Timestamp(first.saturating_mul(HOUR))));
            stretches.push((Timestamp(last.saturating_mul(HOUR)), *to));
        } else {
            stretches.push((*from, *to));
        }
    }
    let (mut selects, mut values) = (Vec::new(), Vec::new());
    for (from, to) in stretches.into_iter().filter(|(from, to)| from < to) {
        selects.push(format!(
            "SELECT customer_id FROM orders WHERE placed_at >= ${} AND placed_at < ${} AND status <> 'CANCELLED' \
             AND customer_id IS NOT NULL",
            values.len() + 1,
            values.len() + 2
        ));
        values.extend([from.into(), to.into()]);
    }
    if !selects.is_empty() {
        for row in conn.query_all_raw(statement(conn, selects.join(" UNION "), values)).await? {
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
