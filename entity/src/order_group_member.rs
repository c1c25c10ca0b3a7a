//! Which orders were placed together.

use sea_orm::entity::prelude::*;

use crate::id::{OrderGroupId, OrderId};

/// An order of a group. An order is in one group at most.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_group_members")]
pub struct Model {
    /// The order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: OrderId,
    /// Its group.
    pub group_id: OrderGroupId,
    /// Place in the group, from 0.
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
