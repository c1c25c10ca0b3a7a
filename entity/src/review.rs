//! Reviews that came with imported orders.

use sea_orm::entity::prelude::*;

use crate::{
    id::{CustomerId, OrderId, ReviewId},
    time::Timestamp,
};

/// What a buyer said about an order.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reviews")]
pub struct Model {
    /// The review's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ReviewId,
    /// The order.
    pub order_id: OrderId,
    /// Who wrote it.
    pub customer_id: Option<CustomerId>,
    /// 1 to 5.
    pub rating: i32,
    /// Heading.
    pub title: Option<String>,
    /// Text.
    pub content: Option<String>,
    /// The review's key in the system it was imported from, unique.
    pub external_id: Option<String>,
    /// When it was written.
    pub created_at: Option<Timestamp>,
    /// When the shop answered.
    pub answered_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
