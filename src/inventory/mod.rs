//! Stock: taken and given back by conditional updates, rows in id order, never below zero (I1).

pub mod adjust;

use std::collections::BTreeMap;

use entity::{
    id::{ProductId, StoreId, VariantId},
    stored::ProductStatus,
    time::Timestamp,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, QueryResult, Value};

use crate::{
    db::statement,
    fault::{Detail, Fault, Refusal},
};

/// A variant with what an order needs to know of its product.
#[derive(Clone, Debug)]
pub struct Goods {
    /// The variant.
    pub variant: VariantId,
    /// Its SKU.
    pub sku: String,
    /// What tells it from its siblings.
    pub variant_name: String,
    /// ISO 4217 code of the price.
    pub currency: String,
    /// Price of one, in minor units.
    pub price: i64,
    /// Pieces that can be sold now.
    pub available: i64,
    /// The product.
    pub product: ProductId,
    /// The product's name.
    pub product_name: String,
    /// The product's status, as stored.
    pub status: String,
    /// Whether it is shipped.
    pub is_physical: bool,
    /// Whose it is.
    pub store: StoreId,
}

impl Goods {
    /// Whether it is on sale (C-22).
    pub fn is_sellable(&self) -> bool {
        matches!(ProductStatus::from_text(&self.status), Some(ProductStatus::Published | ProductStatus::Active))
    }

    /// The name on the line.
    pub fn name(&self) -> String {
        match self.variant_name.as_str() {
            "" => self.product_name.clone(),
            variant => format!("{} ({variant})", self.product_name),
        }
    }

    fn read(row: &QueryResult) -> Result<Self, DbErr> {
        Ok(Self {
            variant: row.try_get_by_index(0)?,
            sku: row.try_get_by_index(1)?,
            variant_name: row.try_get_by_index(2)?,
            currency: row.try_get_by_index(3)?,
            price: row.try_get_by_index(4)?,
            available: row.try_get_by_index(5)?,
            product: row.try_get_by_index(6)?,
            product_name: row.try_get_by_index(7)?,
            status: row.try_get_by_index(8)?,
            is_physical: row.try_get_by_index(9)?,
            store: row.try_get_by_index(10)?,
        })
    }
}

/// Pieces of a variant that a line of an order wants.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The variant.
    pub variant: VariantId,
    /// How many.
    pub pieces: i64,
    /// Which line, from 0.
    pub line: usize,
}

/// A line that wants more than there is.
#[derive(Clone, Debug)]
pub struct Shortage {
    line: usize,
    available: i64,
}

impl Shortage {
    /// The refusal of that line.
    pub fn into_refusal<C>(self, code: C) -> Refusal<C> {
        let at = ["items".to_owned(), self.line.to_string(), "quantity".to_owned()];
        let message = format!("Insufficient stock. Available: {}", self.available);
        Refusal::new(code, at, message).with(Detail { available: Some(self.available), ..Default::default() })
    }
}

/// The lines that the stock seen does not cover, lines of one variant taken together.
pub fn shortages(wanted: &[Wanted], goods: &[Goods]) -> Vec<Shortage> {
    let available: BTreeMap<VariantId, i64> = goods.iter().map(|goods| (goods.variant, goods.available)).collect();
    let mut left = available.clone();
    let mut short = Vec::new();
    for want in wanted {
        let rest = left.entry(want.variant).or_default();
        if *rest < want.pieces {
            short.push(Shortage { line: want.line, available: available.get(&want.variant).copied().unwrap_or(0) });
        } else {
            *rest -= want.pieces;
        }
    }
    short
}

const GOODS: &str = "SELECT v.id, v.sku, v.name, v.currency, v.price_minor, v.available, p.id, p.name, p.status, p.is_physical, p.store_id \
                     FROM product_variants v JOIN products p ON p.id = v.product_id WHERE ";

/// Finds variants by id and by SKU and locks their stock rows in id order, so that two orders never wait for each other.
/// On SQLite the transaction has the only write lock already.
///
/// # Errors
/// When the database fails.
pub(crate) async fn lock_goods(tx: &DatabaseTransaction, ids: &[VariantId], skus: &[&str]) -> Result<Vec<Goods>, DbErr> {
    let (sql, values) = match tx.get_database_backend() {
        DbBackend::Postgres => {
            let lock = " ORDER BY v.id FOR UPDATE OF v";
            match (ids, skus) {
                (ids, []) => (format!("{GOODS}v.id = ANY($1){lock}"), vec![uuids(ids)]),
                ([], skus) => (format!("{GOODS}v.sku = ANY($1){lock}"), vec![texts(skus)]),
                (ids, skus) => (format!("{GOODS}(v.id = ANY($1) OR v.sku = ANY($2)){lock}"), vec![uuids(ids), texts(skus)]),
            }
        }
        _ => {
            let values: Vec<Value> = ids.iter().map(|id| id.0.into()).chain(skus.iter().map(|sku| (*sku).into())).collect();
            let marks = |count: usize| vec!["?"; count].join(",");
            (format!("{GOODS}(v.id IN ({}) OR v.sku IN ({})) ORDER BY v.id", marks(ids.len()), marks(skus.len())), values)
        }
    };
    tx.query_all_raw(statement(tx, sql, values)).await?.iter().map(Goods::read).collect()
}

/// An array parameter of ids, for PostgreSQL.
pub fn uuids(ids: &[VariantId]) -> Value {
    ids.iter().map(|id| id.0).collect::<Vec<_>>().into()
}

fn texts(texts: &[&str]) -> Value {
    texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>().into()
}

/// Takes pieces of goods that [`lock_goods`] locked out of stock. Every update asks again whether there are enough: whatever was seen before, stock never
/// goes below zero.
///
/// # Errors
/// [`Fault::Internal`] when the locked rows changed all the same.
pub(crate) async fn take(tx: &DatabaseTransaction, moves: &BTreeMap<VariantId, i64>, now: Timestamp) -> Result<(), Fault> {
    let set = "available = product_variants.available - q.n, sold = product_variants.sold + q.n";
    match move_stock(tx, moves, set, "product_variants.available >= q.n", now).await? {
        true => Ok(()),
        false => Err(Fault::Internal("stock changed under a lock".into())),
    }
}

/// Gives pieces that an order had taken back to stock.
///
/// # Errors
/// [`Fault::Internal`] when more would come back than was taken.
pub(crate) async fn give_back(
    tx: &DatabaseTransaction,
    pieces: impl IntoIterator<Item = (VariantId, i64)>,
    now: Timestamp,
) -> Result<(), Fault> {
    let moves = per_variant(pieces);
    lock_rows(tx, &moves).await?;
    let set = "available = product_variants.available + q.n, sold = product_variants.sold - q.n";
    match move_stock(tx, &moves, set, "product_variants.sold >= q.n", now).await? {
        true => Ok(()),
        false => Err(Fault::Internal("more stock came back than was taken".into())),
    }
}

/// Counts pieces that an order had taken, and that left for good, as written off.
///
/// # Errors
/// [`Fault::Internal`] when more would be written off than was taken.
pub(crate) async fn write_off(
    tx: &DatabaseTransaction,
    pieces: impl IntoIterator<Item = (VariantId, i64)>,
    now: Timestamp,
) -> Result<(), Fault> {
    let moves = per_variant(pieces);
    lock_rows(tx, &moves).await?;
    let set = "written_off = product_variants.written_off + q.n, sold = product_variants.sold - q.n";
    match move_stock(tx, &moves, set, "product_variants.sold >= q.n", now).await? {
        true => Ok(()),
        false => Err(Fault::Internal("more stock was written off than was taken".into())),
    }
}

/// Pieces per variant, in id order.
pub fn per_variant(pieces: impl IntoIterator<Item = (VariantId, i64)>) -> BTreeMap<VariantId, i64> {
    let mut moves = BTreeMap::new();
    for (variant, pieces) in pieces {
        *moves.entry(variant).or_insert(0) += pieces;
    }
    moves
}

/// Moves `q.n` pieces per variant; true when every variant met the condition.
async fn move_stock(
    tx: &DatabaseTransaction,
    moves: &BTreeMap<VariantId, i64>,
    set: &str,
    condition: &str,
    now: Timestamp,
) -> Result<bool, DbErr> {
    if moves.is_empty() {
        return Ok(true);
    }
    let mut values: Vec<Value> = vec![now.0.into()];
    let source = match tx.get_database_backend() {
        DbBackend::Postgres => {
            let ids: Vec<VariantId> = moves.keys().copied().collect();
            values.extend([uuids(&ids), moves.values().copied().collect::<Vec<_>>().into()]);
            "unnest($2::uuid[], $3::bigint[]) AS q(id, n)".to_owned()
        }
        _ => {
            values.extend(moves.iter().flat_map(|(id, n)| [Value::from(id.0), Value::from(*n)]));
            let pairs: Vec<String> = (0..moves.len()).map(|index| format!("(${}, ${})", 2 * index + 2, 2 * index + 3)).collect();
            format!("(SELECT column1 AS id, column2 AS n FROM (VALUES {})) AS q", pairs.join(","))
        }
    };
    let sql = format!(
        "UPDATE product_variants SET updated_at = $1, {set} FROM {source} WHERE product_variants.id = q.id AND {condition}"
    );
    let result = tx.execute_raw(statement(tx, sql, values)).await?;
    Ok(result.rows_affected() == moves.len() as u64)
}

/// An update that joins a list locks in the order of its plan; this locks by id first, when more than one row is moved.
async fn lock_rows(tx: &DatabaseTransaction, moves: &BTreeMap<VariantId, i64>) -> Result<(), DbErr> {
    if moves.len() < 2 || tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let ids: Vec<VariantId> = moves.keys().copied().collect();
    let sql = "SELECT id FROM product_variants WHERE id = ANY($1) ORDER BY id FOR UPDATE";
    tx.query_all_raw(statement(tx, sql, [uuids(&ids)])).await?;
    Ok(())
}
