//! Counts the orders that something happened to.

use std::collections::BTreeSet;

use async_trait::async_trait;
use entity::{event, id::OrderId};
use sea_orm::DatabaseTransaction;

use super::count;
use crate::{app::App, event::consumer::Consumer, fault::Fault};

/// The name of the reader's cursor.
pub const NAME: &str = "statistics";

/// How many events are taken at once: many are of the same orders, and each order is counted once.
const AT_ONCE: u64 = 4_000;

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

    async fn apply(&self, _: &App, tx: &DatabaseTransaction, events: &[event::Model]) -> Result<(), Fault> {
        let orders: BTreeSet<OrderId> = events.iter().filter_map(|event| event.order_id).collect();
        count::count(tx, &Vec::from_iter(orders)).await
    }
}
