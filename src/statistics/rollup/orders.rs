//! Orders by when they were placed, store or group of stores, currency and status.

use async_trait::async_trait;
use entity::{id::StoreId, stored::OrderStatus, time::Timestamp};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbErr, QueryResult};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{
    family::{Change, Family, summed},
    groups,
    journal::{Entry, Journal, News},
    level::Level,
    reading::Reading,
    table::{self, Key, Kind, Table},
    tally::Tally,
};
use crate::{db::one_of, fault::Fault};

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
    sums: &["orders", "total_minor", "refunded_minor", "lines_minor"],
};

/// What an order is counted as: once for the shop, once for each store whose goods it holds, and if these are several, once for
/// their [group](groups).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// The store or the group; [`SHOP`] for the whole shop.
    pub store: StoreId,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// In which currency.
    pub currency: String,
    /// In which status.
    pub status: OrderStatus,
}

/// The cells of an order, each with its count, its total, what was given back of it, and what the lines of the store cost:
/// for the whole shop all lines, for a group none.
pub fn cells(tally: &Tally) -> impl Iterator<Item = (Cell, [i64; 4])> {
    let stores = tally.stores();
    let cell = move |store, lines| {
        let cell = Cell { store, placed_at: tally.placed_at, currency: tally.currency.clone(), status: tally.status };
        (cell, [1, tally.total, tally.refunded, lines])
    };
    let shop = cell(SHOP, stores.values().sum());
    let group = (stores.len() > 1).then(|| cell(groups::id(&Vec::from_iter(stores.keys().copied())), 0));
    std::iter::once(shop).chain(group).chain(stores.into_iter().map(move |(store, lines)| cell(store, lines)))
}

/// A row of [`TABLE`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// The store or the group, or [`SHOP`].
    pub store: StoreId,
    /// How long a stretch it is for.
    pub level: Level,
    /// Where that begins.
    pub bucket: Timestamp,
    /// In which currency.
    pub currency: String,
    /// In which status.
    pub status: OrderStatus,
}

impl Key for Row {
    fn columns(&self) -> Vec<Json> {
        let store = self.store.0.simple().to_string();
        let (currency, status) = (self.currency.as_str(), self.status.as_str());
        vec![store.into(), self.level.number().into(), self.bucket.0.into(), currency.into(), status.into()]
    }
}

/// The rows that an order is counted in.
pub fn rows(tally: &Tally) -> impl Iterator<Item = (Row, [i64; 4])> {
    cells(tally).flat_map(|(Cell { store, placed_at, currency, status }, amounts)| {
        let row = move |level: Level| Row { store, level, bucket: level.floor(placed_at), currency: currency.clone(), status };
        Level::ALL.map(row).map(|row| (row, amounts))
    })
}

/// Changes of the sums of quarters of an hour; the others are made of these.
pub const JOURNAL: Journal = Journal {
    name: "order_sum_changes",
    columns: &[
        ("store_id", Kind::Uuid),
        ("at", Kind::Int),
        ("currency", Kind::Text),
        ("status", Kind::Text),
        ("orders", Kind::Int),
        ("total_minor", Kind::Int),
        ("refunded_minor", Kind::Int),
        ("lines_minor", Kind::Int),
    ],
    anything: ("at, currency, status, orders, total_minor, refunded_minor, lines_minor", "0, '', '', 0, 0, 0, 0"),
};

/// What is added to the sums of a store, a group of stores or the shop.
pub struct Added {
    /// Which one.
    pub store: StoreId,
    /// Where the quarter of an hour begins.
    pub at: Timestamp,
    /// In which currency.
    pub currency: String,
    /// In which status.
    pub status: OrderStatus,
    /// How much.
    pub sums: [i64; 4],
}

impl Entry for Added {
    const COLUMNS: &str = "at, currency, status, orders, total_minor, refunded_minor, lines_minor, store_id";

    fn read(row: &QueryResult) -> Result<Option<Self>, DbErr> {
        let currency: String = row.try_get_by_index(2)?;
        if currency.is_empty() {
            return Ok(None);
        }
        let sums = [row.try_get_by_index(4)?, row.try_get_by_index(5)?, row.try_get_by_index(6)?, row.try_get_by_index(7)?];
        Ok(Some(Self {
            store: row.try_get_by_index(8)?,
            at: row.try_get_by_index(1)?,
            currency,
            status: row.try_get_by_index(3)?,
            sums,
        }))
    }
}

/// What the journal says about stores, groups of them or the shop.
pub fn news<'a>(reading: &'a Reading, stores: &[StoreId]) -> News<'a, Added> {
    let (one_of, list) = one_of(reading.conn().get_database_backend(), 2, stores.iter().map(|store| store.0));
    News::new(reading, &JOURNAL, (format!("(store_id {one_of} OR store_id IS NULL)"), vec![list]))
}

/// Keeps [`TABLE`].
pub struct OrderSums;

#[async_trait]
impl Family for OrderSums {
    async fn apply(&self, tx: &DatabaseTransaction, changes: &[Change]) -> Result<(), Fault> {
        let sums = summed(changes, rows)?;
        sums.write(tx, &TABLE).await?;
        let told = sums.rows().filter(|(row, _)| row.level == Level::Quarter).map(|(row, amounts)| {
            let key = [row.store.0.simple().to_string().into(), row.bucket.0.into(), row.currency.as_str().into()];
            let sums = amounts.iter().map(|sum| Json::from(*sum));
            key.into_iter().chain([row.status.as_str().into()]).chain(sums).collect()
        });
        Ok(JOURNAL.write(tx, told.collect()).await?)
    }

    async fn clear(&self, tx: &DatabaseTransaction) -> Result<(), Fault> {
        JOURNAL.forget(tx).await?;
        Ok(table::clear(tx, &TABLE).await?)
    }
}
