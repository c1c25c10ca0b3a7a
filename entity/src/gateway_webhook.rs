//! News from payment providers.

use sea_orm::entity::prelude::*;

use crate::{stored::PaymentGateway, time::Timestamp};

/// A webhook that came in, once however often it was delivered.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "gateway_webhooks")]
pub struct Model {
    /// Who sent it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub gateway: PaymentGateway,
    /// The provider's id of the event.
    #[sea_orm(primary_key, auto_increment = false)]
    pub event: String,
    /// What happened, in the provider's word.
    pub kind: String,
    /// The provider's id of the payment it is about.
    pub reference: Option<String>,
    /// When it first came.
    pub received_at: Timestamp,
    /// When the provider was asked about the payment since.
    pub looked_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
