//! Queries of ways to ship.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use super::ShippingMethod;
use crate::{
    fault::Denied,
    graphql::{Here, error, scalar::CurrencyCode},
    shipping::query,
};

/// Queries of ways to ship.
#[derive(Default)]
pub struct ShippingQuery;

#[Object]
impl ShippingQuery {
    /// A way to ship by its id; null when there is none that you may see.
    async fn shipping_method(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The method's id.")] id: ID,
    ) -> Option<Result<ShippingMethod>> {
        find(ctx, &id).await.transpose()
    }

    /// The ways to ship that can be chosen, cheapest first.
    async fn shipping_methods(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those priced in this currency.")] currency: Option<CurrencyCode>,
        #[graphql(desc = "Those too that can no longer be chosen; for staff.", default)] include_inactive: bool,
    ) -> Result<Vec<ShippingMethod>> {
        let here = Here::of(ctx)?;
        if include_inactive && !here.actor().sees_all() {
            here.actor().standing().map_err(error::denied)?;
            return Err(error::denied(Denied::Forbidden));
        }
        let currency = currency.as_ref().map(|code| code.0.code());
        let rows =
            query::list(here.app.db.reader(), currency, include_inactive).await.map_err(|fault| error::internal(ctx, &fault))?;
        let now = here.app.clock.now();
        Ok(rows.into_iter().map(|row| ShippingMethod::new(Arc::new(row), now)).collect())
    }
}

/// A way to ship the caller sees.
///
/// # Errors
/// For faults.
pub(crate) async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<ShippingMethod>> {
    let here = Here::of(ctx)?;
    let Ok(id) = id.parse() else { return Ok(None) };
    let row = here.loaders.shipping_methods.load(&here.app.db, id).await.map_err(|fault| error::internal(ctx, &fault))?;
    Ok(row.filter(|row| query::is_visible(here.actor(), row)).map(|row| ShippingMethod::new(row, here.app.clock.now())))
}
