//! Orders.

use sea_orm::entity::prelude::*;

use crate::{
    id::{CustomerId, OrderId, ShippingMethodId},
    stored::{FulfillmentStatus, OrderPaymentStatus, OrderStatus, OrderType, PaymentType},
    time::Timestamp,
};

/// An order: snapshots of what was agreed and sums that follow from its lines and payments. All amounts are minor units
/// of [`currency`](Model::currency).
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "orders")]
pub struct Model {
    /// The order's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderId,
    /// `ORD-YYYYMMDD-NNNN`, unique (ORD-02).
    pub number: String,
    /// Where it is in its life.
    pub status: OrderStatus,
    /// How it stands with its payments.
    pub payment_status: OrderPaymentStatus,
    /// How far the goods are.
    pub fulfillment_status: FulfillmentStatus,
    /// How it is shipped.
    #[sea_orm(column_name = "type")]
    pub kind: OrderType,
    /// How the buyer means to pay.
    pub payment_type: Option<PaymentType>,
    /// ISO 4217 code of every amount of the order.
    pub currency: String,
    /// The buyer; null when the customer was erased.
    pub customer_id: Option<CustomerId>,
    /// The buyer's name when the order was placed.
    pub customer_name: String,
    /// The buyer's e-mail when the order was placed.
    pub customer_email: Option<String>,
    /// Sum of the lines.
    pub subtotal_minor: i64,
    /// Price of shipping.
    pub shipping_minor: i64,
    /// Tax on top.
    pub tax_minor: i64,
    /// Taken off.
    pub discount_minor: i64,
    /// `subtotal + shipping + tax − discount` (I5).
    pub total_minor: i64,
    /// Captured by payments.
    pub paid_minor: i64,
    /// Given back of what was captured.
    pub refunded_minor: i64,
    /// Address as a JSON document, as it was when the order was placed.
    pub shipping_address: Option<String>,
    /// Address as a JSON document, as it was when the order was placed.
    pub billing_address: Option<String>,
    /// How it is shipped.
    pub shipping_method_id: Option<ShippingMethodId>,
    /// The carrier's number.
    pub tracking_number: Option<String>,
    /// The buyer's note.
    pub note: Option<String>,
    /// Expected day of delivery, `YYYY-MM-DD`.
    pub estimated_delivery: Option<String>,
    /// When it must be shipped.
    pub ship_by: Option<Timestamp>,
    /// When it was told that it was not shipped in time.
    pub overdue_at: Option<Timestamp>,
    /// Since when it is held; null while it is not.
    pub held_at: Option<Timestamp>,
    /// The order's key in the system it was imported from, unique.
    pub external_id: Option<String>,
    /// Number, tracking number, name, e-mail, payment references and key in lower case, a line each.
    pub search_text: String,
    /// Sequence number of the order's last event.
    pub event_seq: i32,
    /// Grows by one with every change.
    pub version: i32,
    /// When the buyer placed it.
    pub placed_at: Timestamp,
    /// When the row was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
