//! The customer as the API shows it.

use std::sync::Arc;

use async_graphql::{Enum, ID, Object};
use entity::{customer, stored};

use crate::graphql::{connection::connection, scalar::Moment};

/// Whether a customer may buy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::CustomerStatus")]
pub enum CustomerStatus {
    /// May buy.
    Active,
    /// May neither sign in nor buy.
    Blocked,
}

/// Somebody who buys.
#[derive(Clone)]
pub struct Customer(Arc<customer::Model>);

impl Customer {
    /// A customer's row.
    pub fn new(row: Arc<customer::Model>) -> Self {
        Self(row)
    }
}

/// Somebody who buys.
#[Object]
impl Customer {
    /// The customer's id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Full name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// E-mail address.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// Telephone number as written.
    async fn phone(&self) -> Option<&str> {
        self.0.phone.as_deref()
    }

    /// Whether the customer may buy.
    async fn status(&self) -> CustomerStatus {
        self.0.status.into()
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

connection!(CustomerConnection, CustomerEdge, Customer);
