//! What one order adds to any figure.

use std::collections::{BTreeMap, HashMap};

use entity::{
    id::{CustomerId, OrderId, ProductId, StoreId, VariantId},
    stored::{OrderStatus, PaymentGateway, PaymentStatus, PaymentType},
    time::Timestamp,
};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, TryGetable as _};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::told;
use crate::{
    db::{one_of, statement},
    fault::Fault,
    order::read::rows_as_json,
};

/// Most orders that are read or counted at once.
pub const MOST: usize = 500;

/// What an order adds to any figure. Amounts are minor units of [`currency`](Tally::currency). Kept as JSON with short
/// names: there is one for each order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Where it is in its life.
    #[serde(rename = "s")]
    pub status: OrderStatus,
    /// ISO 4217 code.
    #[serde(rename = "c")]
    pub currency: String,
    /// When it was placed.
    #[serde(rename = "at")]
    pub placed_at: Timestamp,
    /// Whose it is.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// Its total.
    #[serde(rename = "t")]
    pub total: i64,
    /// Given back of what was captured.
    #[serde(rename = "r", default, skip_serializing_if = "is_zero")]
    pub refunded: i64,
    /// Captured by payments.
    #[serde(rename = "p", default, skip_serializing_if = "is_zero")]
    pub paid: i64,
    /// Its lines, those of one variant together.
    #[serde(rename = "l")]
    pub lines: Vec<Line>,
    /// Its payments.
    #[serde(rename = "y")]
    pub payments: Vec<Paid>,
    /// The statuses it came to, by its history.
    #[serde(rename = "h", default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// Its reviews.
    #[serde(rename = "w", default, skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<Review>,
}

/// A status that an order came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The status.
    #[serde(rename = "s")]
    pub status: OrderStatus,
    /// When.
    #[serde(rename = "at")]
    pub at: Timestamp,
}

/// A review of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// When it was written; when the order was placed, if nobody knows.
    #[serde(rename = "at")]
    pub at: Timestamp,
    /// 1 to 5.
    #[serde(rename = "n")]
    pub rating: i32,
}

/// Lines of an order that sell the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Whose goods.
    #[serde(rename = "s")]
    pub store: StoreId,
    /// The product, if it is still known.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductId>,
    /// The variant, if it is still known.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<VariantId>,
    /// Pieces.
    #[serde(rename = "u")]
    pub units: i64,
    /// What they cost.
    #[serde(rename = "t")]
    pub total: i64,
}

/// A payment of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// When it was begun.
    #[serde(rename = "at")]
    pub created_at: Timestamp,
    /// Its state.
    #[serde(rename = "s")]
    pub status: PaymentStatus,
    /// How it is paid.
    #[serde(rename = "k")]
    pub kind: PaymentType,
    /// Who moves the money.
    #[serde(rename = "g")]
    pub gateway: PaymentGateway,
    /// ISO 4217 code.
    #[serde(rename = "c")]
    pub currency: String,
    /// What it is over.
    #[serde(rename = "a")]
    pub amount: i64,
    /// What was captured of it.
    #[serde(rename = "p", default, skip_serializing_if = "is_zero")]
    pub captured: i64,
    /// What was given back of that.
    #[serde(rename = "r", default, skip_serializing_if = "is_zero")]
    pub refunded: i64,
}

fn is_zero(amount: &i64) -> bool {
    *amount == 0
}

impl Tally {
    /// Its stores, each with what its lines cost together.
    pub fn stores(&self) -> BTreeMap<StoreId, i64> {
        let mut stores = BTreeMap::new();
        for line in &self.lines {
            *stores.entry(line.store).or_default() += line.total;
        }
        stores
    }
}

const LINE: &[(&str, bool)] =
    &[("store_id", true), ("product_id", true), ("variant_id", true), ("quantity", false), ("total_minor", false)];

type LineRow = (Uuid, Option<Uuid>, Option<Uuid>, i64, i64);

const PAYMENT: &[(&str, bool)] = &[
    ("created_at", false),
    ("status", false),
    ("type", false),
    ("gateway", false),
    ("currency", false),
    ("amount_minor", false),
    ("captured_minor", false),
    ("refunded_minor", false),
];

type PaymentRow = (i64, PaymentStatus, PaymentType, PaymentGateway, String, i64, i64, i64);

/// The tallies of orders as they are now; an order that is not there has none. A statement for each [`MOST`] orders.
///
/// # Errors
/// When the database fails.
pub(crate) async fn tallies(conn: &impl ConnectionTrait, orders: &[OrderId]) -> Result<HashMap<OrderId, Tally>, Fault> {
    let backend = conn.get_database_backend();
    let mut found = HashMap::with_capacity(orders.len());
    for orders in orders.chunks(MOST) {
        let (one_of, list) = one_of(backend, 1, orders.iter().map(|order| order.0));
        let sql = format!(
            "SELECT o.id, o.status, o.currency, o.placed_at, o.customer_id, o.total_minor, o.refunded_minor, o.paid_minor{}{}{} \
             FROM orders o WHERE o.id {one_of}",
            rows_as_json(backend, LINE, "order_items"),
            rows_as_json(backend, PAYMENT, "payments"),
            told::columns(backend),
        );
        for row in conn.query_all_raw(statement(conn, sql, [list])).await? {
            found.insert(row.try_get_by_index(0)?, tally(&row)?);
        }
    }
    Ok(found)
}

fn tally(row: &QueryResult) -> Result<Tally, Fault> {
    let lines: Vec<LineRow> = array(row, 8)?;
    let payments: Vec<PaymentRow> = array(row, 9)?;
    let paid = |(at, status, kind, gateway, currency, amount, captured, refunded): PaymentRow| Paid {
        created_at: Timestamp(at),
        status,
        kind,
        gateway,
        currency,
        amount,
        captured,
        refunded,
    };
    let placed_at = row.try_get_by_index(3)?;
    Ok(Tally {
        status: row.try_get_by_index(1)?,
        currency: row.try_get_by_index(2)?,
        placed_at,
        customer: row.try_get_by_index(4)?,
        total: row.try_get_by_index(5)?,
        refunded: row.try_get_by_index(6)?,
        paid: row.try_get_by_index(7)?,
        lines: together(lines),
        payments: payments.into_iter().map(paid).collect(),
        steps: told::steps(array(row, 10)?),
        reviews: told::reviews(array(row, 11)?, placed_at),
    })
}

/// Lines that sell the same as one.
fn together(rows: Vec<LineRow>) -> Vec<Line> {
    /// Store, product and variant.
    type Goods = (Uuid, Option<Uuid>, Option<Uuid>);
    let mut sums: BTreeMap<Goods, (i64, i64)> = BTreeMap::new();
    for (store, product, variant, units, total) in rows {
        let sum = sums.entry((store, product, variant)).or_default();
        sum.0 += units;
        sum.1 += total;
    }
    let line = |((store, product, variant), (units, total)): (_, _)| Line {
        store: StoreId(store),
        product: Option::map(product, ProductId),
        variant: Option::map(variant, VariantId),
        units,
        total,
    };
    sums.into_iter().map(line).collect()
}

fn array<T: DeserializeOwned>(row: &QueryResult, index: usize) -> Result<Vec<T>, Fault> {
    // An order without rows of this kind gives null on PostgreSQL.
    let Some(text) = Option::<String>::try_get_by_index(row, index).map_err(DbErr::from)? else { return Ok(Vec::new()) };
    serde_json::from_str(&text).map_err(|error| Fault::Corrupt(format!("what an order adds: {error}")))
}

/// What is counted for orders at present; an order that is not counted has none.
///
/// # Errors
/// When the database fails.
pub(crate) async fn counted(conn: &impl ConnectionTrait, orders: &[OrderId]) -> Result<HashMap<OrderId, Tally>, Fault> {
    let mut found = HashMap::with_capacity(orders.len());
    for orders in orders.chunks(MOST) {
        let (one_of, list) = one_of(conn.get_database_backend(), 1, orders.iter().map(|order| order.0));
        let sql = format!("SELECT order_id, tally FROM order_tallies WHERE order_id {one_of}");
        for row in conn.query_all_raw(statement(conn, sql, [list])).await? {
            found.insert(row.try_get_by_index(0)?, read(&row.try_get_by_index::<String>(1)?)?);
        }
    }
    Ok(found)
}

/// Reads what was kept.
///
/// # Errors
/// For what is no tally.
pub fn read(text: &str) -> Result<Tally, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::Corrupt(format!("what is counted for an order: {error}")))
}
