//! Orders that were placed together, one per store.

use sea_orm::entity::prelude::*;

use crate::{id::OrderGroupId, time::Timestamp};

/// What the orders of one purchase of goods of several stores have in common.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_groups")]
pub struct Model {
    /// The group's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderGroupId,
    /// ISO 4217 code of the amounts of its orders.
    pub currency: String,
    /// When the orders were placed together.
    pub created_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
