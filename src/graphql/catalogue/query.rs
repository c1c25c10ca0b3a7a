//! Queries of products.

use async_graphql::{Context, ID, Object, Result};

use super::Product;
use crate::graphql::{Here, error};

/// Queries of products.
#[derive(Default)]
pub struct CatalogueQuery;

#[Object]
impl CatalogueQuery {
    /// A product by its id; null when there is none that you may see.
    async fn product(&self, ctx: &Context<'_>, #[graphql(desc = "The product's id.")] id: ID) -> Option<Result<Product>> {
        find(ctx, &id).await.transpose()
    }
}

/// A product the caller sees.
///
/// # Errors
/// For faults.
pub async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Product>> {
    let here = Here::of(ctx)?;
    let Ok(id) = id.parse() else { return Ok(None) };
    let row = here.loaders.products.load(&here.app.db, id).await.map_err(|fault| error::internal(ctx, &fault))?;
    Ok(row.map(Product::new))
}

/// Mutations of products.
#[derive(Default)]
pub struct CatalogueMutation;

#[Object]
impl CatalogueMutation {
    /// Placeholder.
    async fn catalogue_noop(&self) -> bool {
        true
    }
}
