//! The store as the API shows it.

use std::sync::Arc;

use async_graphql::{ID, Object};
use entity::store;

use crate::{
    graphql::{
        connection::connection,
        scalar::{CurrencyCode, Moment},
    },
    money::Currency,
};

/// A vendor.
#[derive(Clone)]
pub struct Store(Arc<store::Model>);

impl Store {
    /// A store's row.
    pub fn new(row: Arc<store::Model>) -> Self {
        Self(row)
    }
}

/// A vendor.
#[Object]
impl Store {
    /// The store's id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Shown name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Name in addresses, unique.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Currency of its prices.
    async fn currency(&self) -> Option<CurrencyCode> {
        Currency::from_code(&self.0.currency).map(CurrencyCode)
    }

    /// Its key in the system it was imported from.
    async fn external_id(&self) -> Option<&str> {
        self.0.external_id.as_deref()
    }

    /// When it was created.
    async fn created_at(&self) -> Moment {
        Moment(self.0.created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Moment {
        Moment(self.0.updated_at)
    }
}

connection!(StoreConnection, StoreEdge, Store);
