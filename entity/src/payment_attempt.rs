//! Calls of payment providers.

use sea_orm::entity::prelude::*;

use crate::{
    id::{PaymentAttemptId, PaymentId, RefundId},
    stored::{AttemptKind, AttemptState},
    time::Timestamp,
};

/// One call of a provider that may move money. Its id is the key under which the provider is asked, and asked again.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payment_attempts")]
pub struct Model {
    /// The attempt's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PaymentAttemptId,
    /// The payment it is about.
    pub payment_id: PaymentId,
    /// What is asked for.
    pub kind: AttemptKind,
    /// How much, in minor units of the payment's currency.
    pub amount_minor: i64,
    /// How it stands.
    pub state: AttemptState,
    /// The refund it is for.
    pub refund_id: Option<RefundId>,
    /// What else the call says, as JSON, so that it can be made again word for word; null when it is over.
    pub request: Option<String>,
    /// Why it failed, or why its outcome is not known.
    pub error: Option<String>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When its state last changed.
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
