//! What carriers ask for parcels.

use sea_orm::entity::prelude::*;

use crate::{id::FulfillmentId, time::Timestamp};

/// What a carrier asks for a fulfillment, as it was last asked.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shipping_offers")]
pub struct Model {
    /// The fulfillment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub fulfillment_id: FulfillmentId,
    /// The provider's id: what a label is bought with.
    #[sea_orm(primary_key, auto_increment = false)]
    pub reference: String,
    /// Who would carry it.
    pub carrier: String,
    /// The carrier's name of the way.
    pub service: String,
    /// The price in minor units.
    pub amount_minor: i64,
    /// Of the price.
    pub currency: String,
    /// Days on the way, when the carrier says.
    pub estimated_days: Option<i32>,
    /// When it was offered.
    pub offered_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
