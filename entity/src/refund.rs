//! Money given back.

use sea_orm::entity::prelude::*;

use crate::{
    id::{PaymentId, RefundId},
    stored::RefundStatus,
    time::Timestamp,
};

/// One refund of a payment, in the payment's currency.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refunds")]
pub struct Model {
    /// The refund's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RefundId,
    /// The payment it is of.
    pub payment_id: PaymentId,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// How it stands: a pending one counts against what can still be given back.
    pub status: RefundStatus,
    /// The provider's reference.
    pub reference: Option<String>,
    /// Why it failed.
    pub failure_message: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
