//! Queries of customers.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use super::Customer;
use crate::{
    customer::query,
    graphql::{Here, error},
};

/// Queries of customers.
#[derive(Default)]
pub struct CustomerQuery;

#[Object]
impl CustomerQuery {
    /// A customer by its id; null when there is none that you may see.
    async fn customer(&self, ctx: &Context<'_>, #[graphql(desc = "The customer's id.")] id: ID) -> Option<Result<Customer>> {
        find(ctx, &id).await.transpose()
    }
}

/// A customer the caller sees.
///
/// # Errors
/// For nobody, and for faults.
pub async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Customer>> {
    let here = Here::of(ctx)?;
    let Ok(id) = id.parse() else {
        here.actor().standing().map_err(error::denied)?;
        return Ok(None);
    };
    let row = query::visible(here.app.db.reader(), here.actor(), id).await.map_err(|unseen| error::unseen(ctx, unseen))?;
    Ok(row.map(|row| Customer::new(Arc::new(row))))
}

/// Mutations of customers.
#[derive(Default)]
pub struct CustomerMutation;

#[Object]
impl CustomerMutation {
    /// Placeholder.
    async fn customer_noop(&self) -> bool {
        true
    }
}
