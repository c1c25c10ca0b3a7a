//! Saved addresses of customers.

use sea_orm::entity::prelude::*;

use crate::{
    id::{AddressId, CustomerId},
    time::Timestamp,
};

/// A saved address (ADDR-01).
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "addresses")]
pub struct Model {
    /// The address's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AddressId,
    /// Whose address.
    pub customer_id: CustomerId,
    /// Who receives.
    pub full_name: String,
    /// E-mail of the receiver.
    pub email: Option<String>,
    /// Telephone of the receiver.
    pub phone: Option<String>,
    /// Street and number.
    pub street_address: String,
    /// City.
    pub city: String,
    /// State or province.
    pub state: Option<String>,
    /// ISO 3166-1 alpha-2 code.
    pub country: String,
    /// Postal code as written.
    pub zip_code: Option<String>,
    /// At most one address of a customer is the default.
    pub is_default: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
