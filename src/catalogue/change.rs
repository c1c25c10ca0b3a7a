//! What every change of a product shares: its reasons, its rules, finding and locking it, its event.

use entity::{
    id::{ProductId, StoreId, VariantId},
    product, product_variant,
    stored::EventSubject,
    time::Timestamp,
};
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect};
use serde::Serialize;

use crate::{
    auth::policy::Reach,
    event::{self, Change, NewEvent, Origin},
    fault::{Failure, Fault, Refusal},
    idempotency::KeyCodes,
    inventory::adjust::MAX_STOCK,
    money::{Currency, format_minor, to_minor_unsigned},
    text,
};

/// Most variants of one product.
pub const MAX_VARIANTS: usize = 100;

/// What the event of a change is called.
pub(super) const UPDATED: &str = "PRODUCT_UPDATED";

/// Longest name.
const MAX_NAME: usize = 255;

/// Longest description.
const MAX_DESCRIPTION: usize = 20_000;

/// Longest SKU.
const MAX_SKU: usize = 100;

/// Why a change of a product was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No such thing, or not the caller's.
    NotFound,
    /// A product has at least one variant.
    Empty,
    /// More variants than a product may have.
    TooManyVariants,
    /// Another variant of the shop has this SKU.
    SkuTaken,
    /// Not an amount of the store's currency.
    InvalidAmount,
    /// Stock below zero or beyond the limit.
    InvalidQuantity,
    /// Anything else that is wrong with the input.
    InvalidInput,
    /// The key was used with other input.
    IdempotencyKeyReused,
}

impl KeyCodes for Code {
    const INVALID: Self = Self::InvalidInput;
    const REUSED: Self = Self::IdempotencyKeyReused;
}

/// A variant that is to be created.
#[derive(Clone, Debug, Serialize)]
pub struct NewVariant {
    /// Stock keeping unit, unique in the whole shop.
    pub sku: String,
    /// What tells it from its siblings.
    pub name: Option<String>,
    /// Price of one, in the store's currency.
    pub price: Decimal,
    /// Pieces to begin with.
    pub stock: i64,
}

/// A variant whose input was checked.
pub(super) struct CheckedVariant {
    pub sku: String,
    pub name: String,
    pub price_minor: i64,
    pub stock: i64,
}

impl NewVariant {
    /// The variant as it is kept, or all that is wrong with it, each at its field below `at`.
    pub(super) fn check(&self, at: &[String], currency: Currency) -> Result<CheckedVariant, Vec<Refusal<Code>>> {
        let field = |name: &str| at.iter().cloned().chain([name.to_owned()]).collect::<Vec<_>>();
        let checked = (
            sku(&self.sku, field("sku")),
            variant_name(self.name.as_deref().unwrap_or_default(), field("name")),
            price(self.price, currency, field("price")),
            stock(self.stock, field("stock")),
        );
        match checked {
            (Ok(sku), Ok(name), Ok(price_minor), Ok(stock)) => Ok(CheckedVariant { sku, name, price_minor, stock }),
            (sku, name, price, stock) => Err([sku.err(), name.err(), price.err(), stock.err()].into_iter().flatten().collect()),
        }
    }
}

impl CheckedVariant {
    /// The row of a new variant: all of its opening stock can be sold.
    pub(super) fn row(
        &self,
        id: VariantId,
        product: ProductId,
        currency: Currency,
        position: i32,
        now: Timestamp,
    ) -> product_variant::Model {
        product_variant::Model {
            id,
            product_id: product,
            sku: self.sku.clone(),
            name: self.name.clone(),
            currency: currency.code().to_owned(),
            price_minor: self.price_minor,
            available: self.stock,
            reserved: 0,
            sold: 0,
            written_off: 0,
            received: self.stock,
            position,
            created_at: now,
            updated_at: now,
        }
    }

    /// What the event says of it: price and opening stock.
    pub(super) fn changes(&self, currency: Currency) -> [Change; 2] {
        [
            Change::new(&format!("price.{}", self.sku), serde_json::Value::Null, format_minor(self.price_minor, currency)),
            Change::new(&format!("stock.{}", self.sku), 0, self.stock),
        ]
    }
}

fn invalid(at: Vec<String>) -> impl FnOnce(String) -> Refusal<Code> {
    move |problem| Refusal::new(Code::InvalidInput, at, problem)
}

/// A product's name as it is kept.
pub(super) fn name(given: &str) -> Result<String, Refusal<Code>> {
    text::line(given, MAX_NAME).map_err(invalid(vec!["name".to_owned()]))
}

/// A description as it is kept.
pub(super) fn description(given: &str) -> Result<String, Refusal<Code>> {
    text::block(given, MAX_DESCRIPTION).map_err(invalid(vec!["description".to_owned()]))
}

/// A SKU as it is kept.
pub(super) fn sku(given: &str, at: Vec<String>) -> Result<String, Refusal<Code>> {
    text::line(given, MAX_SKU).map_err(invalid(at))
}

/// A variant's name as it is kept.
pub(super) fn variant_name(given: &str, at: Vec<String>) -> Result<String, Refusal<Code>> {
    text::optional_line(given, MAX_NAME).map(Option::unwrap_or_default).map_err(invalid(at))
}

/// A price in minor units.
pub(super) fn price(given: Decimal, currency: Currency, at: Vec<String>) -> Result<i64, Refusal<Code>> {
    to_minor_unsigned(given, currency).map_err(|error| Refusal::new(Code::InvalidAmount, at, error.to_string()))
}

fn stock(given: i64, at: Vec<String>) -> Result<i64, Refusal<Code>> {
    match (0..=MAX_STOCK).contains(&given) {
        true => Ok(given),
        false => Err(Refusal::new(Code::InvalidQuantity, at, format!("must be between 0 and {MAX_STOCK}"))),
    }
}

/// The refusal of a SKU that another variant has.
pub(super) fn sku_taken(at: Vec<String>) -> Refusal<Code> {
    Refusal::new(Code::SkuTaken, at, "another variant has this SKU")
}

/// The currency that a row names.
pub(super) fn currency(code: &str) -> Result<Currency, Fault> {
    Currency::from_code(code).ok_or_else(|| Fault::Corrupt(format!("currency {code}")))
}

/// Whether the goods of a store are within the caller's reach.
pub(super) fn reaches(origin: &Origin, reach: Reach, store: StoreId) -> bool {
    reach == Reach::All || origin.actor.stores().contains(&store)
}

/// A product within the caller's reach, its row locked until the end of the transaction.
pub(super) async fn lock(
    tx: &DatabaseTransaction,
    origin: &Origin,
    reach: Reach,
    id: ProductId,
) -> Result<product::Model, Failure<Code>> {
    let product = product::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    let product = product.filter(|product| reaches(origin, reach, product.store_id));
    product.ok_or_else(|| Failure::refused(Code::NotFound, ["product"], "Product not found"))
}

/// Those of some SKUs that variants have.
pub(super) async fn taken_skus(tx: &DatabaseTransaction, skus: &[&str]) -> Result<Vec<String>, DbErr> {
    product_variant::Entity::find()
        .select_only()
        .column(product_variant::Column::Sku)
        .filter(product_variant::Column::Sku.is_in(skus.iter().copied()))
        .into_tuple()
        .all(tx)
        .await
}

/// Writes what happened to a product.
pub(super) async fn log(
    tx: &DatabaseTransaction,
    origin: &Origin,
    now: Timestamp,
    id: ProductId,
    kind: &'static str,
    changes: &[Change],
) -> Result<(), DbErr> {
    let happened = NewEvent { subject: EventSubject::Product, subject_id: id.0, place: None, kind, reason: None, changes };
    event::append(tx, origin, now, &happened).await
}
