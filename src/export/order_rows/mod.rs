//! Lines of files of orders and of their lines.

mod address;
mod line;
mod row;

use std::collections::HashMap;

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use self::{line::Order, row::Item};
use super::{column::OrderColumn, read::Reading};
use crate::fault::Fault;

/// Writes some orders, a line each or a line an item, in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn orders(
    conn: &impl ConnectionTrait,
    reading: &mut Reading<'_>,
    ids: &[Uuid],
    columns: &[OrderColumn],
    by_item: bool,
) -> Result<(), Fault> {
    let rows = row::orders(conn, ids, columns).await?;
    let mut items: HashMap<Uuid, Vec<Item>> = HashMap::new();
    if by_item || columns.iter().any(|column| column.needs_items()) {
        for item in row::items(conn, "order_id", ids).await? {
            items.entry(item.order).or_default().push(item);
        }
    }
    let payments = row::payments(conn, ids, columns).await?;
    for id in ids {
        // An order that was deleted meanwhile is left out.
        let Some(row) = rows.get(id) else { continue };
        let lines = items.get(id).map_or(&[][..], Vec::as_slice);
        let order = Order { row, lines, payments: payments.get(id).map_or(&[][..], Vec::as_slice) };
        if !by_item {
            order.write(reading, columns, None)?;
        }
        for line in lines.iter().filter(|_| by_item) {
            order.write(reading, columns, Some(line))?;
        }
    }
    Ok(())
}

/// Writes some lines of orders, in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn items(
    conn: &impl ConnectionTrait,
    reading: &mut Reading<'_>,
    ids: &[Uuid],
    columns: &[OrderColumn],
) -> Result<(), Fault> {
    let found: HashMap<Uuid, Item> = row::items(conn, "id", ids).await?.into_iter().map(|item| (item.id, item)).collect();
    let mut of: Vec<Uuid> = found.values().map(|item| item.order).collect();
    of.sort_unstable();
    of.dedup();
    let rows = row::orders(conn, &of, columns).await?;
    let mut all: HashMap<Uuid, Vec<Item>> = HashMap::new();
    if columns.iter().any(|column| column.needs_items()) {
        for item in row::items(conn, "order_id", &of).await? {
            all.entry(item.order).or_default().push(item);
        }
    }
    let payments = row::payments(conn, &of, columns).await?;
    for item in ids.iter().filter_map(|id| found.get(id)) {
        let Some(row) = rows.get(&item.order) else { continue };
        let lines = all.get(&item.order).map_or(&[][..], Vec::as_slice);
        let order = Order { row, lines, payments: payments.get(&item.order).map_or(&[][..], Vec::as_slice) };
        order.write(reading, columns, Some(item))?;
    }
    Ok(())
}
