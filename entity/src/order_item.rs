//! Line items of orders.

use sea_orm::entity::prelude::*;

use crate::id::{OrderId, OrderItemId, ProductId, StoreId, VariantId};

/// A line: a snapshot of what was sold, in the order's currency.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_items")]
pub struct Model {
    /// The line's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderItemId,
    /// The order.
    pub order_id: OrderId,
    /// Place in the order, from 0.
    pub position: i32,
    /// Whose goods.
    pub store_id: StoreId,
    /// The product; null when it was deleted.
    pub product_id: Option<ProductId>,
    /// The variant; null when it was deleted.
    pub variant_id: Option<VariantId>,
    /// Product and variant name when it was sold.
    pub name: String,
    /// SKU when it was sold.
    pub sku: Option<String>,
    /// Picture when it was sold.
    pub image_url: Option<String>,
    /// Pieces.
    pub quantity: i32,
    /// Price of one, in minor units.
    pub unit_price_minor: i64,
    /// `quantity × unit_price`, in minor units.
    pub total_minor: i64,
    /// Pieces this line holds of the variant's stock: `quantity` from placing to restocking, 0 for imported lines.
    pub stock_taken: i32,
}

impl ActiveModelBehavior for ActiveModel {}
