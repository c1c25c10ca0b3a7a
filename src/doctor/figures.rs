//! I16: what is counted for each order is what it is now, unless the log's reader has still to come to it; and the sums are
//! those of what is counted.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

use entity::{id::OrderId, time::Timestamp};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use uuid::Uuid;

use super::{Invariant, Report};
use crate::{
    db::statement,
    fault::Fault,
    statistics::rollup::{
        build::State,
        count,
        level::Level,
        orders::{self, SHOP},
        payments,
        reading::waiting,
        tally::{self, MOST},
        verify,
    },
};

/// Checks the sums.
///
/// # Errors
/// When the database fails.
pub(crate) async fn examine(conn: &impl ConnectionTrait, report: &mut Report) -> Result<(), Fault> {
    let state = State::read(conn).await?;
    if !state.is_begun() {
        // All is about to be counted anew: what there is goes, and until then nobody reads it.
        return Ok(());
    }
    let waiting = if state.built_at.is_some() { waiting(conn).await? } else { None };
    let behind: Option<BTreeSet<OrderId>> = waiting.map(|orders| orders.into_iter().collect());
    let mut sums = Sums::default();
    let mut after = OrderId(Uuid::nil());
    loop {
        let orders = next(conn, after).await?;
        let Some(last) = orders.last() else { break };
        after = *last;
        report.count(Invariant::Figures, orders.len());
        for tally in tally::counted(conn, &orders).await?.values() {
            sums.count(tally);
        }
        let Some(behind) = &behind else { continue };
        for change in count::changes(conn, &orders).await?.iter().filter(|change| !behind.contains(&change.order)) {
            let message = match (&change.old, &change.new) {
                (None, _) => "is not counted",
                (_, None) => "is counted and is not there",
                _ => "is counted as something else than it is",
            };
            report.found(Invariant::Figures, &change.order.to_string(), message);
        }
    }
    let kept = "SELECT store_id, level, bucket, currency, status, orders, total_minor, refunded_minor, lines_minor \
        FROM order_rollups";
    compare(conn, kept, sums.orders, |row| (order_row(row), 5), report).await?;
    let kept = "SELECT level, bucket, currency, status, type, gateway, payments, amount_minor, captured_minor, refunded_minor \
        FROM payment_rollups";
    compare(conn, kept, sums.payments, |row| (payment_row(row), 6), report).await?;
    for problem in verify::verify(conn).await?.0 {
        let (table, problem) = problem.split_once(' ').unwrap_or((problem.as_str(), ""));
        report.found(Invariant::Figures, table, problem);
    }
    Ok(())
}

/// The next orders by id, those that are counted and those that are there.
async fn next(conn: &impl ConnectionTrait, after: OrderId) -> Result<Vec<OrderId>, DbErr> {
    let sql = format!(
        "SELECT id FROM (SELECT id FROM (SELECT id FROM orders WHERE id > $1 ORDER BY id LIMIT {MOST}) AS a \
         UNION SELECT id FROM (SELECT order_id AS id FROM order_tallies WHERE order_id > $1 ORDER BY order_id LIMIT {MOST}) AS b) \
         AS both_of ORDER BY id LIMIT {MOST}"
    );
    let rows = conn.query_all_raw(statement(conn, sql, [after.into()])).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// The sums as they must be. Of the stores only those of all time: their days are as many as orders.
#[derive(Default)]
struct Sums {
    orders: BTreeMap<orders::Row, [i64; 4]>,
    payments: BTreeMap<payments::Row, [i64; 4]>,
}

impl Sums {
    fn count(&mut self, tally: &tally::Tally) {
        for (row, amounts) in orders::rows(tally).filter(|(row, _)| is_compared(row)) {
            grow(self.orders.entry(row).or_default(), amounts);
        }
        for (row, amounts) in payments::rows(tally) {
            grow(self.payments.entry(row).or_default(), amounts);
        }
    }
}

fn is_compared(row: &orders::Row) -> bool {
    row.store == SHOP || row.level == Level::Ever
}

fn grow(sums: &mut [i64; 4], by: [i64; 4]) {
    for (sum, by) in sums.iter_mut().zip(by) {
        *sum = sum.saturating_add(by);
    }
}

async fn compare<K: Ord + Debug>(
    conn: &impl ConnectionTrait,
    sql: &str,
    mut wanted: BTreeMap<K, [i64; 4]>,
    read: impl Fn(&QueryResult) -> (Result<Option<K>, DbErr>, usize),
    report: &mut Report,
) -> Result<(), Fault> {
    for row in conn.query_all_raw(statement(conn, sql, [])).await? {
        let (key, first) = read(&row);
        let Some(key) = key? else { continue };
        let mut sums = [0; 4];
        for (index, sum) in sums.iter_mut().enumerate() {
            *sum = row.try_get_by_index(first + index)?;
        }
        let wanted = wanted.remove(&key).unwrap_or_default();
        if sums != wanted {
            report.found(Invariant::Figures, &format!("{key:?}"), format!("its sums are {sums:?}, its orders say {wanted:?}"));
        }
    }
    for (key, sums) in wanted {
        report.found(Invariant::Figures, &format!("{key:?}"), format!("has no sums, its orders say {sums:?}"));
    }
    Ok(())
}

fn order_row(row: &QueryResult) -> Result<Option<orders::Row>, DbErr> {
    let key = orders::Row {
        store: row.try_get_by_index(0)?,
        level: level(row, 1)?,
        bucket: Timestamp(row.try_get_by_index(2)?),
        currency: row.try_get_by_index(3)?,
        status: row.try_get_by_index(4)?,
    };
    Ok(Some(key).filter(is_compared))
}

fn payment_row(row: &QueryResult) -> Result<Option<payments::Row>, DbErr> {
    Ok(Some(payments::Row {
        level: level(row, 0)?,
        bucket: Timestamp(row.try_get_by_index(1)?),
        currency: row.try_get_by_index(2)?,
        status: row.try_get_by_index(3)?,
        kind: row.try_get_by_index(4)?,
        gateway: row.try_get_by_index(5)?,
    }))
}

fn level(row: &QueryResult, index: usize) -> Result<Level, DbErr> {
    let number: i32 = row.try_get_by_index(index)?;
    Level::from_number(i64::from(number)).ok_or_else(|| DbErr::Type(format!("level {number}")))
}
