//! Queries of ways to ship.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use entity::shipping_method;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::ShippingMethod;
use crate::graphql::{Here, error};

/// Queries of ways to ship.
#[derive(Default)]
pub struct ShippingQuery;

#[Object]
impl ShippingQuery {
    /// The ways to ship that can be chosen, cheapest first.
    async fn shipping_methods(&self, ctx: &Context<'_>) -> Result<Vec<ShippingMethod>> {
        let here = Here::of(ctx)?;
        let rows = shipping_method::Entity::find()
            .filter(shipping_method::Column::IsActive.eq(true))
            .order_by_asc(shipping_method::Column::PriceMinor)
            .order_by_asc(shipping_method::Column::Id)
            .all(here.app.db.reader())
            .await
            .map_err(|error| error::internal(ctx, &error.into()))?;
        let now = here.app.clock.now();
        Ok(rows.into_iter().map(|row| ShippingMethod::new(Arc::new(row), now)).collect())
    }
}

/// Mutations of ways to ship.
#[derive(Default)]
pub struct ShippingMutation;

#[Object]
impl ShippingMutation {
    /// Placeholder.
    async fn shipping_noop(&self) -> bool {
        true
    }
}
