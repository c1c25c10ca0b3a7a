//! Lines of files of orders and of their lines.

mod address;
mod line;
mod row;

use std::collections::HashMap;

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use self::{
    line::Order,
    row::{At, By, Needs, Of},
};
use super::{column::OrderColumn, read::Reading};
use crate::{db::Text, fault::Fault};

/// Orders, or some of their lines, as they were read.
pub struct Rows {
    needs: Needs,
    /// The lines that were asked for; none where orders were.
    asked: Option<Text>,
    orders: Text,
    items: Text,
    payments: Text,
}

/// Reads some orders, with all of their lines for a file with a line an item.
///
/// # Errors
/// When the database fails.
pub(crate) async fn orders(
    conn: &impl ConnectionTrait,
    ids: &[Uuid],
    columns: &[OrderColumn],
    by_item: bool,
) -> Result<Rows, Fault> {
    let needs = Needs::of(columns);
    let has_items = by_item || needs.all_items;
    read(conn, ids, needs, None, has_items).await
}

/// Reads some lines of orders.
///
/// # Errors
/// When the database fails.
pub(crate) async fn items(conn: &impl ConnectionTrait, ids: &[Uuid], columns: &[OrderColumn]) -> Result<Rows, Fault> {
    let needs = Needs::of_items(columns);
    let asked = needs.item.read(conn, "order_items WHERE id", ids, "id").await?;
    let mut orders = asked.rows()?.iter().map(|item| needs.item.id(item, Of::Order)).collect::<Result<Vec<_>, _>>()?;
    orders.sort_unstable();
    orders.dedup();
    let has_items = needs.all_items;
    read(conn, &orders, needs, Some(asked), has_items).await
}

async fn read(
    conn: &impl ConnectionTrait,
    orders: &[Uuid],
    needs: Needs,
    asked: Option<Text>,
    has_items: bool,
) -> Result<Rows, Fault> {
    Ok(Rows {
        asked,
        orders: needs.order.read(conn, "orders WHERE id", orders, "id").await?,
        items: match has_items {
            true => needs.item.read(conn, "order_items WHERE order_id", orders, "order_id, position").await?,
            false => Text::default(),
        },
        payments: match &needs.payment {
            Some(payment) => payment.read(conn, "payments WHERE order_id", orders, "order_id, position").await?,
            None => Text::default(),
        },
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
        let needs = &self.needs;
        let orders = needs.order.by_id(&self.orders, At::Id)?;
        let items = needs.item.grouped(&self.items, Of::Order)?;
        let payments = match &needs.payment {
            Some(payment) => payment.grouped(&self.payments, By::Order)?,
            None => HashMap::new(),
        };
        let order = |id: &Uuid| {
            let row = orders.get(id)?;
            Some(Order { needs, row, lines: of(&items, id), payments: of(&payments, id) })
        };
        match &self.asked {
            Some(asked) => {
                let asked = needs.item.by_id(asked, Of::Id)?;
                for item in ids.iter().filter_map(|id| asked.get(id)) {
                    let Some(order) = order(&needs.item.id(item, Of::Order)?) else { continue };
                    order.write(reading, columns, Some(item))?;
                }
            }
            None => {
                for order in ids.iter().filter_map(order) {
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
}

fn of<'a, T>(found: &'a HashMap<Uuid, Vec<T>>, id: &Uuid) -> &'a [T] {
    found.get(id).map_or(&[], Vec::as_slice)
}
