//! What comes back of a line of an order.

use sea_orm::entity::prelude::*;

use crate::{
    id::{OrderItemId, ReturnId},
    stored::ReturnReason,
};

/// Pieces of one line that come back.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "return_lines")]
pub struct Model {
    /// The return.
    #[sea_orm(primary_key, auto_increment = false)]
    pub return_id: ReturnId,
    /// The line.
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_item_id: OrderItemId,
    /// Pieces that are to come.
    pub quantity: i32,
    /// Why.
    pub reason: ReturnReason,
    /// Pieces that came.
    pub received: i32,
    /// Pieces of these that went back to stock; the others were written off.
    pub restocked: i32,
}

impl ActiveModelBehavior for ActiveModel {}
