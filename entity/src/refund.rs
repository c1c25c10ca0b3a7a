//! Money given back.

use sea_orm::entity::prelude::*;

use crate::{
    id::{PaymentId, RefundId},
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
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
