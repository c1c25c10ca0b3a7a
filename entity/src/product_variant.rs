//! What is sold: a SKU with a price and a stock.

use sea_orm::entity::prelude::*;

use crate::{
    id::{ProductId, VariantId},
    time::Timestamp,
};

/// One variant. Always `received = available + reserved + sold + written_off` (I1).
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product_variants")]
pub struct Model {
    /// The variant's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VariantId,
    /// The product it is a variant of.
    pub product_id: ProductId,
    /// Stock keeping unit, unique.
    pub sku: String,
    /// What tells it from its siblings; empty when there are none.
    pub name: String,
    /// ISO 4217 code, the store's.
    pub currency: String,
    /// Price of one, in minor units of the currency.
    pub price_minor: i64,
    /// Pieces that can be sold now.
    pub available: i64,
    /// Pieces held for somebody.
    pub reserved: i64,
    /// Pieces that orders took and did not give back.
    pub sold: i64,
    /// Pieces taken out by hand.
    pub written_off: i64,
    /// Opening stock and everything put in since.
    pub received: i64,
    /// Place among its siblings, from 0.
    pub position: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
