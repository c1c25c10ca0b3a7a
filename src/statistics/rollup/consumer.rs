//! Counts the orders that something happened to.

use std::collections::BTreeSet;

use async_trait::async_trait;
use entity::{cursor, event, id::OrderId};
use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, sea_query::Expr};

use super::{
    build::{self, State},
    count, journal,
};
use crate::{app::App, event::consumer::Consumer, fault::Fault};

/// The name of the reader's cursor.
pub const NAME: &str = "statistics";

/// How many events are taken at once: many are of the same orders, and each order is counted once.
const AT_ONCE: u64 = 4_000;

/// Most orders that are counted in one go while an import stores them.
const IMPORTED_AT_ONCE: usize = 4_000;

/// Counts orders in the transaction of the import that stores them, whose events are those of the log from the one place,
/// left out, to the other: the reader passes over what was imported. One that knows all there was before is told where to go
/// on.
///
/// # Errors
/// When the database fails.
pub(crate) async fn count_imported(tx: &DatabaseTransaction, orders: &[OrderId], (from, to): (i64, i64)) -> Result<(), Fault> {
    build::lock(tx).await?;
    let cursor = cursor::Entity::find_by_id(NAME.to_owned()).one(tx).await?;
    journal::go_on(tx, cursor.map_or(0, |cursor| cursor.position)).await?;
    // Whoever counts all orders will come to these too.
    if State::read(tx).await?.is_begun() {
        for orders in orders.chunks(IMPORTED_AT_ONCE) {
            count::count(tx, orders).await?;
        }
    }
    cursor::Entity::update_many()
        .col_expr(cursor::Column::Position, Expr::value(to))
        .filter(cursor::Column::Name.eq(NAME))
        .filter(cursor::Column::Position.eq(from))
        .exec(tx)
        .await?;
    Ok(journal::told(tx).await?)
}

/// The reader of the log that keeps figures up to date.
pub struct Statistics;

#[async_trait]
impl Consumer for Statistics {
    fn name(&self) -> &'static str {
        NAME
    }

    fn at_once(&self) -> u64 {
        AT_ONCE
    }

    async fn begin(&self, tx: &DatabaseTransaction, from: i64) -> Result<(), Fault> {
        Ok(journal::go_on(tx, from).await?)
    }

    async fn apply(&self, _: &App, tx: &DatabaseTransaction, events: &[event::Model]) -> Result<(), Fault> {
        let orders: BTreeSet<OrderId> = events.iter().filter_map(|event| event.order_id).collect();
        count::count(tx, &Vec::from_iter(orders)).await?;
        Ok(journal::told(tx).await?)
    }
}
