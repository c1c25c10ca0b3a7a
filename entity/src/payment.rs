//! Payments of orders.

use sea_orm::entity::prelude::*;

use crate::{
    id::{OrderId, PaymentId},
    stored::{PaymentGateway, PaymentStatus, PaymentType},
    time::Timestamp,
};

/// A payment; `refunded ≤ captured` (I3). Amounts are minor units of its currency, the order's.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payments")]
pub struct Model {
    /// The payment's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PaymentId,
    /// The order.
    pub order_id: OrderId,
    /// Place among the order's payments, from 1 as a rule; imported ones may have gaps.
    pub position: i32,
    /// Its state.
    pub status: PaymentStatus,
    /// How it is paid.
    #[sea_orm(column_name = "type")]
    pub kind: PaymentType,
    /// Who moves the money.
    pub gateway: PaymentGateway,
    /// ISO 4217 code.
    pub currency: String,
    /// What it is over.
    pub amount_minor: i64,
    /// What was captured of it.
    pub captured_minor: i64,
    /// What was given back of that.
    pub refunded_minor: i64,
    /// The provider's or the shop's reference.
    pub reference: Option<String>,
    /// How the payment is called to people.
    pub method: String,
    /// The payment's key in the system it was imported from, unique.
    pub external_id: Option<String>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was settled.
    pub processed_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
