//! Those who buy.

use sea_orm::entity::prelude::*;

use crate::{
    id::{CustomerId, UserId},
    stored::CustomerStatus,
    time::Timestamp,
};

/// A customer, with or without a user of its own.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customers")]
pub struct Model {
    /// The customer's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CustomerId,
    /// The user who signs in as this customer, unique.
    pub user_id: Option<UserId>,
    /// Full name.
    pub name: String,
    /// E-mail address in lower case, unique where it is given.
    pub email: Option<String>,
    /// Telephone number as written.
    pub phone: Option<String>,
    /// Whether the customer may buy.
    pub status: CustomerStatus,
    /// The customer's key in the system it was imported from, unique.
    pub external_id: Option<String>,
    /// Name, e-mail, phone and key in lower case, a line each, for searching alike on both databases.
    pub search_text: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
