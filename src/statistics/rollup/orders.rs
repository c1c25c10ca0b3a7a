//! Orders by when they were placed, store, currency and status.

use async_trait::async_trait;
use entity::{id::StoreId, stored::OrderStatus, time::Timestamp};
use sea_orm::DatabaseTransaction;
use serde_json::Value as Json;
use uuid::Uuid;

use super::{
    family::{Change, Family},
    level::Level,
    table::{self, Key, Kind, Sums, Table},
    tally::Tally,
};
use crate::fault::Fault;

/// Stands for the whole shop among the stores.
pub const SHOP: StoreId = StoreId(Uuid::nil());

/// The sums.
pub const TABLE: Table = Table {
    name: "order_rollups",
    keys: &[
        ("store_id", Kind::Uuid),
        ("level", Kind::Int),
        ("bucket", Kind::Int),
        ("currency", Kind::Text),
        ("status", Kind::Text),
    ],
    sums: &["orders", "total_minor", "refunded_minor"],
};

/// What an order is counted as: once for the shop, and once for each store whose goods it holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// The store; [`SHOP`] for the whole shop.
    pub store: StoreId,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// In which currency.
    pub currency: String,
    /// In which status.
    pub status: OrderStatus,
}

/// The cells of an order, each with its count, its worth and what was given back: for the shop all of it, for a store what
/// its own lines cost, of which nothing is known to be given back.
pub fn cells(tally: &Tally) -> impl Iterator<Item = (Cell, [i64; 3])> {
    let cell = |store| Cell { store, placed_at: tally.placed_at, currency: tally.currency.clone(), status: tally.status };
    let shop = (cell(SHOP), [1, tally.total, tally.refunded]);
    std::iter::once(shop).chain(tally.stores().into_iter().map(move |(store, total)| (cell(store), [1, total, 0])))
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    level: Level,
    bucket: Timestamp,
    cell: (StoreId, String, OrderStatus),
}

impl Key for Row {
    fn columns(&self) -> Vec<Json> {
        let (store, currency, status) = &self.cell;
        let store = store.0.simple().to_string();
        vec![store.into(), self.level.number().into(), self.bucket.0.into(), currency.as_str().into(), status.as_str().into()]
    }
}

/// Keeps [`TABLE`].
pub struct OrderSums;

#[async_trait]
impl Family for OrderSums {
    async fn apply(&self, tx: &DatabaseTransaction, changes: &[Change]) -> Result<(), Fault> {
        let mut sums: Sums<Row, 3> = Sums::default();
        for (sign, tally) in changes.iter().flat_map(Change::sides) {
            for (cell, amounts) in cells(tally) {
                for level in Level::ALL {
                    let cell = (cell.store, cell.currency.clone(), cell.status);
                    sums.add(Row { level, bucket: level.floor(tally.placed_at), cell }, sign, amounts)?;
                }
            }
        }
        sums.write(tx, &TABLE).await
    }

    async fn clear(&self, tx: &DatabaseTransaction) -> Result<(), Fault> {
        Ok(table::clear(tx, &TABLE).await?)
    }
}
