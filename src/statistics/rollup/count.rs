//! Counting orders: what each counts for at present is taken away, what it is now is added.

use entity::id::OrderId;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};
use serde_json::Value as Json;

use super::{
    family::{Change, FAMILIES},
    tally,
};
use crate::{
    db::{one_of, statement},
    fault::Fault,
};

/// How orders differ from what is counted for them; those that do not are left out.
///
/// # Errors
/// When the database fails.
pub(crate) async fn changes(conn: &impl ConnectionTrait, orders: &[OrderId]) -> Result<Vec<Change>, Fault> {
    let mut counted = tally::counted(conn, orders).await?;
    let mut now = tally::tallies(conn, orders).await?;
    let change = |order: &OrderId| Change { order: *order, old: counted.remove(order), new: now.remove(order) };
    Ok(orders.iter().map(change).filter(|change| change.old != change.new).collect())
}

/// Counts orders anew. The transaction holds the reader's cursor, so that one counts at a time.
///
/// # Errors
/// When the database fails.
pub(crate) async fn count(tx: &DatabaseTransaction, orders: &[OrderId]) -> Result<(), Fault> {
    let changes = changes(tx, orders).await?;
    if changes.is_empty() {
        return Ok(());
    }
    for family in FAMILIES {
        family.apply(tx, &changes).await?;
    }
    keep(tx, &changes).await
}

/// Writes down what is counted now.
async fn keep(tx: &DatabaseTransaction, changes: &[Change]) -> Result<(), Fault> {
    let (mut rows, mut gone) = (Vec::new(), Vec::new());
    for change in changes {
        match &change.new {
            Some(new) => {
                let tally = serde_json::to_string(new).map_err(|error| Fault::Internal(error.to_string()))?;
                rows.push(Json::from(vec![change.order.0.simple().to_string(), tally]));
            }
            None => gone.push(change.order),
        }
    }
    let read = match tx.get_database_backend() {
        DbBackend::Postgres => "SELECT (r.value ->> 0)::uuid, r.value ->> 1 FROM json_array_elements($1::json) AS r (value)",
        _ => "SELECT unhex(r.value ->> 0), r.value ->> 1 FROM json_each($1) AS r WHERE true",
    };
    if !rows.is_empty() {
        let sql = format!(
            "INSERT INTO order_tallies (order_id, tally) {read} ON CONFLICT (order_id) DO UPDATE SET tally = excluded.tally"
        );
        tx.execute_raw(statement(tx, sql, [Json::from(rows).to_string().into()])).await?;
    }
    if !gone.is_empty() {
        let (one_of, list) = one_of(tx.get_database_backend(), 1, gone.into_iter().map(|order| order.0));
        tx.execute_raw(statement(tx, format!("DELETE FROM order_tallies WHERE order_id {one_of}"), [list])).await?;
    }
    Ok(())
}
