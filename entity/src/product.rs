//! What stores offer.

use sea_orm::entity::prelude::*;

use crate::{
    id::{ProductId, StoreId},
    stored::ProductStatus,
    time::Timestamp,
};

/// A product; what is sold and counted are its variants.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "products")]
pub struct Model {
    /// The product's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProductId,
    /// Whose product.
    pub store_id: StoreId,
    /// Shown name.
    pub name: String,
    /// Shown text.
    pub description: String,
    /// Whether it can be sold.
    pub status: ProductStatus,
    /// True: it is shipped, so an order of it needs an address.
    pub is_physical: bool,
    /// The product's key in the system it was imported from, unique.
    pub external_id: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
