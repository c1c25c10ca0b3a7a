//! I2: one idempotency key, one effect: each answer of `orderCreate` names an order of its own.

use std::collections::{BTreeMap, BTreeSet};

use entity::id::OrderId;
use sea_orm::{ConnectionTrait, DbErr, Value};

use super::{Invariant, Report};
use crate::{auth::policy::Right, db::statement};

/// Keys of one batch.
const SIZE: usize = 2_000;

/// Row values compare by the collation that the rows are sorted by, so this walks over every key once on any database.
const KEYS: &str = "SELECT scope, key, answer FROM idempotency_keys \
    WHERE (scope, key) > ($1, $2) ORDER BY scope, key LIMIT 2000";

const SHARED: &str = "SELECT answer, CAST(COUNT(*) AS bigint) FROM idempotency_keys WHERE scope LIKE $1 \
    GROUP BY answer HAVING COUNT(*) > 1 ORDER BY answer LIMIT 1000";

/// Checks every key.
///
/// # Errors
/// When the database fails.
pub(crate) async fn examine(conn: &impl ConnectionTrait, report: &mut Report) -> Result<(), DbErr> {
    let creating = format!("/{}", Right::OrderCreate.mutation());
    let mut after = (String::new(), String::new());
    loop {
        let rows = conn.query_all_raw(statement(conn, KEYS, [after.0.as_str().into(), after.1.as_str().into()])).await?;
        report.count(Invariant::Keys, rows.len());
        let mut named: BTreeMap<OrderId, String> = BTreeMap::new();
        for row in &rows {
            after = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let answer: String = row.try_get_by_index(2)?;
            if !after.0.ends_with(&creating) {
                continue;
            }
            let key = format!("{} {}", after.0, after.1);
            match answer.parse() {
                Ok(order) => {
                    named.insert(order, key);
                }
                Err(_) => report.found(Invariant::Keys, &key, format!("its answer {answer:?} is not the id of an order")),
            }
        }
        let known = known(conn, &named).await?;
        for (order, key) in named.iter().filter(|(order, _)| !known.contains(order)) {
            report.found(Invariant::Keys, key, format!("created {order}, which neither exists nor was deleted"));
        }
        if rows.len() < SIZE {
            break;
        }
    }
    for row in conn.query_all_raw(statement(conn, SHARED, [format!("%{creating}").into()])).await? {
        let (answer, count): (String, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        report.found(Invariant::Keys, &answer, format!("{count} keys claim to have created it"));
    }
    Ok(())
}

/// The orders that exist, and those whose deletion is told of.
async fn known(conn: &impl ConnectionTrait, named: &BTreeMap<OrderId, String>) -> Result<BTreeSet<OrderId>, DbErr> {
    let mut known = BTreeSet::new();
    if named.is_empty() {
        return Ok(known);
    }
    let marks: Vec<String> = (1..=named.len()).map(|place| format!("${place}")).collect();
    let marks = marks.join(",");
    for sql in [
        format!("SELECT id FROM orders WHERE id IN ({marks})"),
        format!("SELECT order_id FROM events WHERE kind = 'ORDER_DELETED' AND order_id IN ({marks})"),
    ] {
        let ids = named.keys().map(|order| Value::from(order.0));
        for row in conn.query_all_raw(statement(conn, sql, ids)).await? {
            known.insert(row.try_get_by_index(0)?);
        }
    }
    Ok(known)
}
