//! A saved address as the API shows it.

use std::sync::Arc;

use async_graphql::{ID, Object};
use entity::address;

use crate::{graphql::scalar::Moment, order::address::OrderAddress};

/// A saved address. Nobody gets hold of one but its customer and staff.
#[derive(Clone)]
pub struct Address(Arc<address::Model>);

impl Address {
    /// An address's row.
    pub fn new(row: address::Model) -> Self {
        Self(Arc::new(row))
    }
}

/// A saved address of a customer. Orders keep snapshots of it, which later changes do not touch.
#[Object]
impl Address {
    /// The address's id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Who receives.
    async fn full_name(&self) -> &str {
        &self.0.full_name
    }

    /// E-mail of the receiver.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// Telephone of the receiver.
    async fn phone(&self) -> Option<&str> {
        self.0.phone.as_deref()
    }

    /// Street and number.
    async fn street_address(&self) -> &str {
        &self.0.street_address
    }

    /// City.
    async fn city(&self) -> &str {
        &self.0.city
    }

    /// State or province.
    async fn state(&self) -> Option<&str> {
        self.0.state.as_deref()
    }

    /// ISO 3166-1 alpha-2 code.
    async fn country(&self) -> &str {
        &self.0.country
    }

    /// Postal code as written.
    async fn zip_code(&self) -> Option<&str> {
        self.0.zip_code.as_deref()
    }

    /// The whole address in one line.
    async fn formatted(&self) -> String {
        OrderAddress::from(address::Model::clone(&self.0)).formatted()
    }

    /// Whether it is used unless another one is chosen.
    async fn is_default(&self) -> bool {
        self.0.is_default
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
