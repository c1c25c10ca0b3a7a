//! Payments of orders.

use sea_orm::entity::prelude::*;

use crate::{
    id::{OrderId, PaymentId},
    stored::{CaptureMode, PaymentGateway, PaymentStatus, PaymentType},
    time::Timestamp,
};

/// A payment; `refunded ≤ captured ≤ authorized`, the latter where a provider authorises (I3). Amounts are minor units of its currency, the order's.
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
    /// What the provider promised of it; 0 where nobody authorises.
    pub authorized_minor: i64,
    /// What was captured of it.
    pub captured_minor: i64,
    /// What was given back of that: the sum of its refunds that succeeded.
    pub refunded_minor: i64,
    /// The provider's or the shop's reference.
    pub reference: Option<String>,
    /// Whether the provider captures as soon as it authorised.
    pub capture_mode: CaptureMode,
    /// `visa`.
    pub card_brand: Option<String>,
    /// The last four digits of the card.
    pub last4: Option<String>,
    /// Why it failed, in the provider's code.
    pub failure_code: Option<String>,
    /// Why it failed, for the buyer.
    pub failure_message: Option<String>,
    /// For the buyer's browser, while it is pending.
    pub client_secret: Option<String>,
    /// Where the buyer goes to approve, while it is pending.
    pub redirect_url: Option<String>,
    /// A remark, which the buyer sees too.
    pub note: Option<String>,
    /// How the payment is called to people.
    pub method: String,
    /// The payment's key in the system it was imported from, unique.
    pub external_id: Option<String>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was settled.
    pub processed_at: Option<Timestamp>,
    /// When the provider was last asked about it.
    pub looked_at: Option<Timestamp>,
    /// When it was last changed; 0 for imported ones.
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
