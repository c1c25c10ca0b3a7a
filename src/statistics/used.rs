//! The currencies of the orders in a window that are not cancelled.

use std::collections::BTreeMap;

use entity::{id::StoreId, stored::OrderStatus};
use sea_orm::{ConnectionTrait, Value};

use super::{
    Whose,
    currency::choose,
    orders,
    rollup::{
        family::Change,
        pieces::Span,
        rankings::{Kind, planned},
        reading::Reading,
        tally::Tally,
    },
    spans::{EVER, Stretch},
};
use crate::{
    db::{one_of, statement},
    fault::Fault,
    money::Currency,
};

/// The currency that figures are in, the one asked for or the one most of the orders use, and all that they use. With
/// `stores`, of orders that hold goods of these stores; an order counts once for each.
///
/// # Errors
/// When the database fails.
pub async fn currencies(
    reading: &Reading,
    window: Option<Stretch>,
    stores: Option<&[StoreId]>,
    asked: Option<Currency>,
) -> Result<(Option<Currency>, Vec<Currency>), Fault> {
    // Of several stores the sums know each alone.
    let whose = stores.map_or(Whose::All, Whose::seller);
    let (from, to) = window.unwrap_or(EVER);
    if let Some(counts) = orders::used(reading, &whose, Span { from, to }).await? {
        return choose(asked, counts);
    }
    let conn = reading.conn();
    let (plan, zone, behind) = planned(reading, window).await?;
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    let (which, values) = match stores {
        None => (format!("kind = {}", Kind::Shop as i32), Vec::new()),
        Some(stores) => {
            let (one_of, list) = one_of(conn.get_database_backend(), 1, stores.iter().map(|store| store.0));
            (format!("kind = {} AND subject_id {one_of}", Kind::Store as i32), vec![list])
        }
    };
    if let Some(rows) = plan.rows("currency, orders", "rankings", &which) {
        let sql = format!("SELECT currency, CAST(SUM(orders) AS bigint) FROM ({rows}) AS counted GROUP BY currency");
        add(conn, &mut counts, sql, values, 1).await?;
    }
    if let Some((from, to)) = plan.reach(zone) {
        for (sign, tally) in behind.iter().flat_map(Change::sides) {
            if from <= tally.placed_at && tally.placed_at < to {
                *counts.entry(tally.currency.clone()).or_default() += sign * times(tally, stores);
            }
        }
    }
    for (sign, (from, to)) in plan.beside() {
        let mut values: Vec<Value> = vec![from.into(), to.into()];
        let within = "o.placed_at >= $1 AND o.placed_at < $2 AND o.status <> 'CANCELLED'";
        let sql = match stores {
            None => format!("SELECT o.currency, COUNT(*) FROM orders o WHERE {within} GROUP BY o.currency"),
            Some(stores) => {
                let (one_of, list) = one_of(conn.get_database_backend(), 3, stores.iter().map(|store| store.0));
                values.push(list);
                format!(
                    "SELECT currency, COUNT(*) FROM (SELECT DISTINCT o.id, i.store_id, o.currency FROM orders o \
                     JOIN order_items i ON i.order_id = o.id WHERE {within} AND i.store_id {one_of}) AS sold GROUP BY currency"
                )
            }
        };
        add(conn, &mut counts, sql, values, sign).await?;
    }
    choose(asked, counts.into_iter().filter(|(_, count)| *count > 0))
}

/// How often an order counts.
fn times(tally: &Tally, stores: Option<&[StoreId]>) -> i64 {
    match (tally.status, stores) {
        (OrderStatus::Cancelled, _) => 0,
        (_, None) => 1,
        (_, Some(stores)) => tally.stores().keys().filter(|store| stores.contains(store)).count() as i64,
    }
}

async fn add(
    conn: &impl ConnectionTrait,
    counts: &mut BTreeMap<String, i64>,
    sql: String,
    values: Vec<Value>,
    sign: i64,
) -> Result<(), Fault> {
    for row in conn.query_all_raw(statement(conn, sql, values)).await? {
        *counts.entry(row.try_get_by_index(0)?).or_default() += sign * row.try_get_by_index::<i64>(1)?;
    }
    Ok(())
}
