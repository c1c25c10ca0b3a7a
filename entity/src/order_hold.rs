//! Holds of orders.

use sea_orm::entity::prelude::*;

use crate::{
    id::{HoldId, OrderId, UserId},
    stored::HoldReason,
    time::Timestamp,
};

/// A time in which an order is not prepared and not shipped.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_holds")]
pub struct Model {
    /// The hold's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: HoldId,
    /// The order.
    pub order_id: OrderId,
    /// What for.
    pub reason: HoldReason,
    /// What for, in words.
    pub note: Option<String>,
    /// Who holds it; null for the service itself.
    pub held_by: Option<UserId>,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when; null while it lasts.
    pub released_at: Option<Timestamp>,
    /// Who released it.
    pub released_by: Option<UserId>,
}

impl ActiveModelBehavior for ActiveModel {}
