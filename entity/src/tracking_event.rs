//! What is known of the way of goods.

use sea_orm::entity::prelude::*;

use crate::{
    id::{FulfillmentId, OrderId, TrackingEventId},
    stored::{OrderStatus, ShippingProvider},
    time::Timestamp,
};

/// A place and time on the way of an order or of one of its fulfillments (ORD-25).
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tracking_events")]
pub struct Model {
    /// The event's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TrackingEventId,
    /// The order.
    pub order_id: OrderId,
    /// The fulfillment, when it is about one.
    pub fulfillment_id: Option<FulfillmentId>,
    /// What it says of the goods: any status an order can have.
    pub status: OrderStatus,
    /// Where.
    pub location: Option<String>,
    /// What happened.
    pub description: Option<String>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it was recorded here.
    pub recorded_at: Timestamp,
    /// Who told of it.
    pub source: ShippingProvider,
    /// What the source calls it, unique.
    pub external_id: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
