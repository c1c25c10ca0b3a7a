//! Which stores an order has goods of. Triggers keep it by the line items.

use sea_orm::entity::prelude::*;

use crate::{
    id::{OrderId, StoreId},
    time::Timestamp,
};

/// A store of an order.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_stores")]
pub struct Model {
    /// The store.
    #[sea_orm(primary_key, auto_increment = false)]
    pub store_id: StoreId,
    /// When the order was placed.
    #[sea_orm(primary_key, auto_increment = false)]
    pub placed_at: Timestamp,
    /// The order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: OrderId,
}

impl ActiveModelBehavior for ActiveModel {}
