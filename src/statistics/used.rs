//! The currencies of the orders in a window that are not cancelled.

use entity::id::StoreId;
use sea_orm::{ConnectionTrait, Value};

use super::{
    Whose,
    currency::choose,
    orders,
    rollup::{pieces::Span, reading::Reading},
    spans::{EVER, Stretch},
};
use crate::{
    db::{one_of, statement},
    fault::Fault,
    money::Currency,
};

/// The currency that figures are in, the one asked for or the one most of the orders use, and all that they use. With
/// `stores`, of orders that hold goods of these stores.
///
/// # Errors
/// When the database fails.
pub async fn currencies(
    reading: &Reading,
    window: Option<Stretch>,
    stores: Option<&[StoreId]>,
    asked: Option<Currency>,
) -> Result<(Option<Currency>, Vec<Currency>), Fault> {
    let whose = stores.map_or(Whose::All, Whose::seller);
    let (from, to) = window.unwrap_or(EVER);
    if let Some(counts) = orders::used(reading, &whose, Span { from, to }).await? {
        return choose(asked, counts);
    }
    let conn = reading.rows().await?;
    let mut values: Vec<Value> = vec![from.into(), to.into()];
    let mut within = "o.placed_at >= $1 AND o.placed_at < $2 AND o.status <> 'CANCELLED'".to_owned();
    if let Some(stores) = stores {
        let (one_of, list) = one_of(conn.get_database_backend(), 3, stores.iter().map(|store| store.0));
        within.push_str(&format!(
            " AND o.id IN (SELECT s.order_id FROM order_stores s \
             WHERE s.store_id {one_of} AND s.placed_at >= $1 AND s.placed_at < $2)"
        ));
        values.push(list);
    }
    let sql = format!("SELECT o.currency, COUNT(*) FROM orders o WHERE {within} GROUP BY o.currency");
    let rows = conn.query_all_raw(statement(conn, sql, values)).await?;
    let counts = rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)));
    choose(asked, counts.collect::<Result<Vec<(String, i64)>, Fault>>()?)
}
