//! Labels of parcels.

use sea_orm::entity::prelude::*;

use crate::{
    id::{FulfillmentId, ShippingLabelId},
    stored::{AttemptState, ShippingProvider},
    time::Timestamp,
};

/// A label that is bought or was tried to be. Its id is the key under which the provider is asked, and asked again.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shipping_labels")]
pub struct Model {
    /// The label's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ShippingLabelId,
    /// The fulfillment it is for.
    pub fulfillment_id: FulfillmentId,
    /// Of whom it is bought.
    pub provider: ShippingProvider,
    /// The provider's id of the price it is bought for.
    pub rate: String,
    /// How the purchase stands.
    pub state: AttemptState,
    /// Who carries it.
    pub carrier: String,
    /// The carrier's name of the way.
    pub service: String,
    /// What it costs, in minor units.
    pub amount_minor: i64,
    /// Of the cost.
    pub currency: String,
    /// The provider's id of the label, once it is bought.
    pub reference: Option<String>,
    /// Why it was not bought, or why that is not known.
    pub error: Option<String>,
    /// Until then nobody else asks the provider: it knows no keys, and two who ask at once would buy two.
    pub asking_until: Timestamp,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When its state last changed.
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
