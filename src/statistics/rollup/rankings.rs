//! What each product, store and customer sold or bought, by spans of the calendar; of products also what some stores sold of
//! each.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    str::FromStr as _,
};

use async_trait::async_trait;
use chrono_tz::Tz;
use entity::{id::StoreId, stored::OrderStatus};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, QueryResult};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{
    family::{Change, Family},
    groups::{self, Groups},
    journal::{Entry, Journal, News},
    reading::Reading,
    table::{self, Key, Sums, Table},
    tally::{Line, Tally},
    which::Which,
};
use crate::{
    db::statement,
    fault::Fault,
    money::Currency,
    statistics::{
        period::local_date,
        spans::{self, EVER, Plan, Stretch, Unit, number, quarter},
    },
};

/// What is ranked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Products.
    Product = 0,
    /// Stores.
    Store = 1,
    /// Customers.
    Customer = 2,
    /// The whole shop, of which there is one.
    Shop = 3,
}

impl Kind {
    /// Every kind.
    pub const EACH: [Self; 4] = [Self::Product, Self::Store, Self::Customer, Self::Shop];
}

/// Pieces, orders and worth, in minor units.
pub type Amounts = [i64; 3];

/// The sums.
pub const TABLE: Table = Table {
    name: "rankings",
    keys: &[
        ("kind", table::Kind::Int),
        ("unit", table::Kind::Int),
        ("start", table::Kind::Int),
        ("currency", table::Kind::Text),
        ("subject_id", table::Kind::Uuid),
    ],
    sums: &["units", "orders", "revenue_minor"],
};

/// What an order adds to each product, store or customer, or to the shop: nothing when it is cancelled. Of products and
/// stores it is what the lines that count cost, of customer and shop its total.
pub fn cells(tally: &Tally, kind: Kind, counts: impl Fn(&Line) -> bool) -> BTreeMap<Uuid, Amounts> {
    let mut cells: BTreeMap<Uuid, Amounts> = BTreeMap::new();
    if tally.status == OrderStatus::Cancelled {
        return cells;
    }
    let whole = match kind {
        Kind::Customer => tally.customer.map(|customer| customer.0),
        Kind::Shop => Some(Uuid::nil()),
        Kind::Product | Kind::Store => None,
    };
    if let Some(subject) = whole {
        cells.insert(subject, [tally.lines.iter().map(|line| line.units).sum(), 1, tally.total]);
    }
    for line in tally.lines.iter().filter(|line| counts(line)) {
        let subject = match kind {
            Kind::Store => Some(line.store.0),
            Kind::Product => line.product.map(|product| product.0),
            Kind::Customer | Kind::Shop => None,
        };
        if let Some(subject) = subject {
            let sums = cells.entry(subject).or_insert([0, 1, 0]);
            sums[0] += line.units;
            sums[2] += line.total;
        }
    }
    cells
}

/// What an order adds to what a store sold of each product, and to what a group of stores sold of one that several of them sold:
/// of that the order alone, so that it counts once.
fn sold(tally: &Tally) -> BTreeMap<(Vec<StoreId>, Uuid), Amounts> {
    let mut sums: BTreeMap<(Vec<StoreId>, Uuid), Amounts> = BTreeMap::new();
    if tally.status == OrderStatus::Cancelled {
        return sums;
    }
    let mut sellers: BTreeMap<Uuid, BTreeSet<StoreId>> = BTreeMap::new();
    for line in &tally.lines {
        let Some(product) = line.product else { continue };
        sellers.entry(product.0).or_default().insert(line.store);
        let sums = sums.entry((vec![line.store], product.0)).or_insert([0, 1, 0]);
        sums[0] += line.units;
        sums[2] += line.total;
    }
    let shared = sellers.into_iter().filter(|(_, stores)| stores.len() > 1);
    sums.extend(shared.map(|(product, stores)| ((Vec::from_iter(stores), product), [0, 1, 0])));
    sums
}

/// The groups of stores that orders are counted for.
pub fn groups_of<'a>(tallies: impl IntoIterator<Item = &'a Tally>) -> Groups {
    let mut groups = Groups::default();
    for tally in tallies {
        groups.of_order(Vec::from_iter(tally.stores().into_keys()));
        for (stores, _) in sold(tally).into_keys() {
            groups.of_product(stores);
        }
    }
    groups
}

/// All that an order adds, by the number of the kind or of the group of stores, and of what; none when a group has no number.
pub fn all_cells(tally: &Tally, numbers: &HashMap<StoreId, i32>) -> Option<Vec<(i32, Uuid, Amounts)>> {
    let of_kind = |kind| cells(tally, kind, |_| true).into_iter().map(move |(subject, amounts)| (kind as i32, subject, amounts));
    let mut all: Vec<(i32, Uuid, Amounts)> = Kind::EACH.into_iter().flat_map(of_kind).collect();
    for ((stores, product), amounts) in sold(tally) {
        all.push((*numbers.get(&groups::id(&stores))?, product, amounts));
    }
    Some(all)
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    kind: i32,
    unit: Unit,
    start: i32,
    currency: String,
    subject: Uuid,
}

impl Key for Row {
    fn columns(&self) -> Vec<Json> {
        vec![
            self.kind.into(),
            (self.unit as i32).into(),
            self.start.into(),
            self.currency.as_str().into(),
            self.subject.simple().to_string().into(),
        ]
    }
}

/// Changes of what was sold or bought, by the day of the shop's zone and by the quarter of an hour.
pub const JOURNAL: Journal = Journal {
    name: "ranking_changes",
    columns: &[
        ("kind", table::Kind::Int),
        ("day", table::Kind::Int),
        ("quarter", table::Kind::Int),
        ("currency", table::Kind::Text),
        ("subject_id", table::Kind::Uuid),
        ("units", table::Kind::Int),
        ("orders", table::Kind::Int),
        ("revenue_minor", table::Kind::Int),
    ],
    anything: ("kind, day, currency, units, orders, revenue_minor", "-1, 0, '', 0, 0, 0"),
};

/// A row of the journal.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Moment {
    kind: i32,
    day: i32,
    quarter: i64,
    currency: String,
    subject: Uuid,
}

impl Key for Moment {
    fn columns(&self) -> Vec<Json> {
        vec![
            self.kind.into(),
            self.day.into(),
            self.quarter.into(),
            self.currency.as_str().into(),
            self.subject.simple().to_string().into(),
        ]
    }
}

/// A change of what a product, store, customer or the shop sold or bought.
pub struct Sold {
    /// The number of the kind or of the group of stores.
    pub kind: i32,
    /// Days since 1970-01-01 in the shop's zone.
    pub day: i32,
    /// Quarters of an hour since 1970.
    pub quarter: i64,
    /// Whose.
    pub subject: Uuid,
    /// What is added.
    pub amounts: Amounts,
}

impl Entry for Sold {
    const COLUMNS: &str = "day, quarter, subject_id, units, orders, revenue_minor, kind";

    fn read(row: &QueryResult) -> Result<Option<Self>, DbErr> {
        // Where anything may have changed there is no quarter, nor in what earlier versions wrote.
        let Some(quarter) = row.try_get_by_index(2)? else { return Ok(None) };
        let amounts = [row.try_get_by_index(4)?, row.try_get_by_index(5)?, row.try_get_by_index(6)?];
        let kind = row.try_get_by_index(7)?;
        Ok(Some(Self { kind, day: row.try_get_by_index(1)?, quarter, subject: row.try_get_by_index(3)?, amounts }))
    }
}

/// What the journal says about some sums in one currency.
pub fn news<'a>(reading: &'a Reading, which: &Which, currency: Currency) -> News<'a, Sold> {
    let which = format!("(({} AND currency = $2) OR kind = -1)", which.condition());
    News::new(reading, &JOURNAL, (which, vec![currency.code().into()]))
}

/// Keeps [`TABLE`].
pub struct Rankings;

#[async_trait]
impl Family for Rankings {
    async fn apply(&self, tx: &DatabaseTransaction, changes: &[Change]) -> Result<(), Fault> {
        let zone = zone(tx).await?;
        let numbers = groups_of(changes.iter().flat_map(Change::sides).map(|(_, tally)| tally)).numbers(tx).await?;
        let (mut sums, mut told): (Sums<Row, 3>, Sums<Moment, 3>) = Default::default();
        for (sign, tally) in changes.iter().flat_map(Change::sides) {
            let day = local_date(tally.placed_at, zone);
            let cells = all_cells(tally, &numbers).ok_or_else(|| Fault::Internal("a group of stores has no number".into()))?;
            for (kind, subject, amounts) in cells {
                let currency = || tally.currency.clone();
                for unit in Unit::EACH {
                    let row = Row { kind, unit, start: unit.place(day), currency: currency(), subject };
                    sums.add(row, sign, amounts)?;
                }
                let (day, quarter) = (number(day), quarter(tally.placed_at));
                told.add(Moment { kind, day, quarter, currency: currency(), subject }, sign, amounts)?;
            }
        }
        sums.write(tx, &TABLE).await?;
        let told = told.rows().map(|(at, amounts)| {
            let sums = amounts.iter().map(|sum| Json::from(*sum));
            at.columns().into_iter().chain(sums).collect()
        });
        Ok(JOURNAL.write(tx, told.collect()).await?)
    }

    async fn clear(&self, tx: &DatabaseTransaction) -> Result<(), Fault> {
        JOURNAL.forget(tx).await?;
        Ok(table::clear(tx, &TABLE).await?)
    }
}

/// A window as spans that sums are kept for, and the orders that these sums are behind with. Without usable sums all of it
/// stands beside the spans.
///
/// # Errors
/// When the database fails.
pub(crate) async fn planned(reading: &Reading, window: Option<Stretch>) -> Result<(Plan, Tz, &[Change]), Fault> {
    let zone = zone(reading.conn()).await?;
    Ok(match (reading.behind(), window) {
        (None, window) => (Plan { plus: vec![window.unwrap_or(EVER)], ..Default::default() }, zone, &[][..]),
        (Some(behind), None) => (spans::all_time(), zone, behind),
        (Some(behind), Some(window)) => (spans::plan(window, reading.as_of(), zone).nearest(zone), zone, behind),
    })
}

/// The time zone that the spans are of.
///
/// # Errors
/// When the database fails.
pub(crate) async fn zone(conn: &impl ConnectionTrait) -> Result<Tz, Fault> {
    let row = conn.query_one_raw(statement(conn, "SELECT zone FROM ranking_zone", [])).await?;
    let name: String = row.ok_or_else(|| Fault::Corrupt("the time zone of rankings is missing".into()))?.try_get_by_index(0)?;
    Tz::from_str(&name).map_err(|_| Fault::Corrupt(format!("time zone {name}")))
}

/// Has the spans be of a time zone from here on; whether they were of another one, so that all orders must be counted
/// anew.
///
/// # Errors
/// When the database fails.
pub(crate) async fn keep_zone(tx: &DatabaseTransaction, zone: Tz) -> Result<bool, Fault> {
    let sql = "UPDATE ranking_zone SET zone = $1 WHERE zone <> $1";
    Ok(tx.execute_raw(statement(tx, sql, [zone.name().into()])).await?.rows_affected() > 0)
}
