//! Saved methods of payment: what a provider keeps, never card data.

use sea_orm::entity::prelude::*;

use crate::{
    id::{CustomerId, PaymentMethodId},
    stored::PaymentGateway,
    time::Timestamp,
};

/// A method that a provider keeps for a customer.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payment_methods")]
pub struct Model {
    /// The method's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PaymentMethodId,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// Who keeps it.
    pub gateway: PaymentGateway,
    /// The provider's token of it.
    pub token: String,
    /// The provider's id of the customer.
    pub provider_customer: Option<String>,
    /// `visa`.
    pub brand: Option<String>,
    /// The last four digits of the card.
    pub last4: Option<String>,
    /// Month in which the card ends.
    pub exp_month: Option<i32>,
    /// Year in which the card ends.
    pub exp_year: Option<i32>,
    /// When it was saved.
    pub created_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
