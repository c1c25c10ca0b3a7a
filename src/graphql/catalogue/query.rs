//! Queries of products.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use entity::id::StoreId;

use super::{Product, ProductConnection, ProductFilter, ProductSort, ProductVariant};
use crate::{
    catalogue::query,
    graphql::{Here, connection::PageArguments, error, scalar::Int},
};

/// Size of a page of products unless told (C-09).
const PAGE_SIZE: u32 = 12;

/// Most keys of a sort order.
const MAX_SORT: usize = 6;

/// Queries of products.
#[derive(Default)]
pub struct CatalogueQuery;

#[Object]
impl CatalogueQuery {
    /// A product by its id; null when there is none that you may see.
    async fn product(&self, ctx: &Context<'_>, #[graphql(desc = "The product's id.")] id: ID) -> Option<Result<Product>> {
        find(ctx, &id).await.transpose()
    }

    /// The products you may see: those on sale, and all of your stores; staff see all.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front; 12 unless told, at most 100.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first.")] offset: Option<Int>,
        #[graphql(desc = "Which products.")] filter: Option<ProductFilter>,
        #[graphql(desc = "In which order; newest first unless told.")] sort: Option<Vec<ProductSort>>,
    ) -> Result<ProductConnection> {
        list(ctx, None, filter, sort, PageArguments { first, after, last, before, offset }).await
    }
}

/// A product the caller sees.
///
/// # Errors
/// For faults.
pub(crate) async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Product>> {
    let here = Here::of(ctx)?;
    let Ok(id) = id.parse() else { return Ok(None) };
    let row = here.loaders.products.load(&here.app.db, id).await.map_err(|fault| error::internal(ctx, &fault))?;
    Ok(row.filter(|row| query::is_visible(here.actor(), row)).map(Product::new))
}

/// A variant of a product the caller sees.
///
/// # Errors
/// For faults.
pub(crate) async fn find_variant(ctx: &Context<'_>, id: &str) -> Result<Option<ProductVariant>> {
    let here = Here::of(ctx)?;
    let db = &here.app.db;
    let Ok(id) = id.parse() else { return Ok(None) };
    let Some(row) = here.loaders.variants.load(db, id).await.map_err(|fault| error::internal(ctx, &fault))? else {
        return Ok(None);
    };
    let product = here.loaders.products.load(db, row.product_id).await.map_err(|fault| error::internal(ctx, &fault))?;
    Ok(product.filter(|product| query::is_visible(here.actor(), product)).map(|_| ProductVariant::new(row)))
}

/// A page of the products the caller sees, of one store when it is named.
///
/// # Errors
/// For bad page arguments, and for faults.
pub(crate) async fn list(
    ctx: &Context<'_>,
    store: Option<StoreId>,
    filter: Option<ProductFilter>,
    sort: Option<Vec<ProductSort>>,
    arguments: PageArguments,
) -> Result<ProductConnection> {
    let here = Here::of(ctx)?;
    let mut wanted = filter.unwrap_or_default().filter()?;
    wanted.store = match (store, wanted.store) {
        (None, asked) => asked,
        (Some(store), None) => Some(Some(store)),
        // A store's own list, filtered for another one, is empty.
        (Some(store), Some(asked)) => Some(asked.filter(|asked| *asked == store)),
    };
    let sort: Vec<_> = sort.unwrap_or_default().into_iter().map(ProductSort::key).collect();
    if sort.len() > MAX_SORT {
        return Err(error::bad_input("sort", format!("has at most {MAX_SORT} keys")));
    }
    let request = arguments.request(ctx, &here.app.config.pages, PAGE_SIZE);
    let page = query::list(here.app.db.reader(), here.app, here.actor(), &wanted, &sort, &request)
        .await
        .map_err(|error| error::no_page(ctx, error))?;
    Ok(ProductConnection::new(page, |row| Product::new(Arc::new(row))))
}
