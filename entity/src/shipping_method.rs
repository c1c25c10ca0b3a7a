//! Ways to ship.

use sea_orm::entity::prelude::*;

use crate::{id::ShippingMethodId, time::Timestamp};

/// A way to ship, with its price and how long it takes (SHIP-01).
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shipping_methods")]
pub struct Model {
    /// The method's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ShippingMethodId,
    /// Shown name.
    pub name: String,
    /// Shown text.
    pub description: String,
    /// ISO 4217 code of the price.
    pub currency: String,
    /// Price of one order's shipping, in minor units.
    pub price_minor: i64,
    /// Whole days from placing to delivery.
    pub estimated_days: i32,
    /// Whole days from confirming an order to handing it to the carrier; null where the shop's rule holds.
    pub handling_days: Option<i32>,
    /// False: can no longer be chosen.
    pub is_active: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
