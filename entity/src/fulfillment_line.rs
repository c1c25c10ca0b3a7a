//! Lines of fulfillments.

use sea_orm::entity::prelude::*;

use crate::id::{FulfillmentId, OrderItemId};

/// How many pieces of an order's line are in a fulfillment.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "fulfillment_lines")]
pub struct Model {
    /// The fulfillment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub fulfillment_id: FulfillmentId,
    /// The order's line.
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_item_id: OrderItemId,
    /// Pieces, at least one.
    pub quantity: i32,
}

impl ActiveModelBehavior for ActiveModel {}
