//! Fulfillments: parcels of orders.

use sea_orm::entity::prelude::*;

use crate::{
    id::{FulfillmentId, OrderId, StoreId},
    stored::{FulfillmentState, ShippingProvider},
    time::Timestamp,
};

/// A part of an order that one store sends as one parcel.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "fulfillments")]
pub struct Model {
    /// The fulfillment's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FulfillmentId,
    /// The order.
    pub order_id: OrderId,
    /// Whose goods.
    pub store_id: StoreId,
    /// Place among the order's fulfillments, from 0.
    pub position: i32,
    /// Where it is in its life.
    pub status: FulfillmentState,
    /// Who carries it.
    pub carrier: Option<String>,
    /// The carrier's number.
    pub tracking_number: Option<String>,
    /// Where the carrier tells of it.
    pub tracking_url: Option<String>,
    /// Where the label to print is.
    pub label_url: Option<String>,
    /// Who made the label and tells of the way.
    pub provider: ShippingProvider,
    /// What the provider calls it.
    pub provider_reference: Option<String>,
    /// Expected day of delivery, `YYYY-MM-DD`.
    pub estimated_delivery: Option<String>,
    /// When it was handed to the carrier.
    pub shipped_at: Option<Timestamp>,
    /// When it came to the buyer.
    pub delivered_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
