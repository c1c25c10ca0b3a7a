//! Lines of files of orders and of their lines.

mod address;
mod line;
mod row;

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use self::{
    line::Order,
    row::{Needs, Of},
};
use super::{column::OrderColumn, read::Reading};
use crate::fault::Fault;

/// Orders, or some of their lines, as they were read.
pub struct Rows {
    needs: Needs,
    /// The lines that were asked for, with their orders; none where orders were.
    asked: Option<HashMap<Uuid, (Uuid, QueryResult)>>,
    orders: HashMap<Uuid, QueryResult>,
    items: HashMap<Uuid, Vec<QueryResult>>,
    payments: HashMap<Uuid, Vec<QueryResult>>,
}

/// Reads some orders, with all of their lines for a file with a line an item.
///
/// # Errors
/// When the database fails.
pub async fn orders(conn: &impl ConnectionTrait, ids: &[Uuid], columns: &[OrderColumn], by_item: bool) -> Result<Rows, Fault> {
    let needs = Needs::of(columns);
    Ok(Rows {
        asked: None,
        orders: row::orders(conn, ids, &needs).await?,
        items: if by_item || needs.all_items { row::items_of(conn, ids, &needs).await? } else { HashMap::new() },
        payments: row::payments(conn, ids, &needs).await?,
        needs,
    })
}

/// Reads some lines of orders.
///
/// # Errors
/// When the database fails.
pub async fn items(conn: &impl ConnectionTrait, ids: &[Uuid], columns: &[OrderColumn]) -> Result<Rows, Fault> {
    let needs = Needs::of_items(columns);
    let mut asked = HashMap::with_capacity(ids.len());
    for item in row::items(conn, "id", ids, &needs).await? {
        asked.insert(needs.item.get(&item, Of::Id)?, (needs.item.get(&item, Of::Order)?, item));
    }
    let mut orders: Vec<Uuid> = asked.values().map(|(order, _)| *order).collect();
    orders.sort_unstable();
    orders.dedup();
    Ok(Rows {
        asked: Some(asked),
        orders: row::orders(conn, &orders, &needs).await?,
        items: if needs.all_items { row::items_of(conn, &orders, &needs).await? } else { HashMap::new() },
        payments: row::payments(conn, &orders, &needs).await?,
        needs,
    })
}

impl Rows {
    /// Writes them in the order of their ids: orders a line each or a line an item, lines a line each. What was deleted
    /// meanwhile is left out.
    ///
    /// # Errors
    /// For what nothing here wrote.
    pub fn write(&self, reading: &mut Reading<'_>, ids: &[Uuid], columns: &[OrderColumn], by_item: bool) -> Result<(), Fault> {
        for id in ids {
            match &self.asked {
                Some(asked) => {
                    let Some((order, item)) = asked.get(id) else { continue };
                    let Some(order) = self.order(order) else { continue };
                    order.write(reading, columns, Some(item))?;
                }
                None => {
                    let Some(order) = self.order(id) else { continue };
                    if !by_item {
                        order.write(reading, columns, None)?;
                    }
                    for line in order.lines.iter().filter(|_| by_item) {
                        order.write(reading, columns, Some(line))?;
                    }
                }
            }
        }
        Ok(())
    }

    fn order(&self, id: &Uuid) -> Option<Order<'_>> {
        let row = self.orders.get(id)?;
        Some(Order { needs: &self.needs, row, lines: of(&self.items, id), payments: of(&self.payments, id) })
    }
}

fn of<'a, T>(found: &'a HashMap<Uuid, Vec<T>>, id: &Uuid) -> &'a [T] {
    found.get(id).map_or(&[], Vec::as_slice)
}
