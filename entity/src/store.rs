//! Vendors.

use sea_orm::entity::prelude::*;

use crate::{id::StoreId, time::Timestamp};

/// A store sells products.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stores")]
pub struct Model {
    /// The store's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StoreId,
    /// Shown name.
    pub name: String,
    /// Name in addresses, unique.
    pub slug: String,
    /// ISO 4217 code of its prices.
    pub currency: String,
    /// The store's key in the system it was imported from, unique.
    pub external_id: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
