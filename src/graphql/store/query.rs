//! Queries of stores.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};

use super::{Store, StoreConnection};
use crate::{
    graphql::{Here, connection::PageArguments, error, scalar::Int},
    store::query,
};

/// Queries of stores.
#[derive(Default)]
pub struct StoreQuery;

#[Object]
impl StoreQuery {
    /// The stores, by name.
    async fn stores(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front; 20 unless told, at most 100.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first.")] offset: Option<Int>,
    ) -> Result<StoreConnection> {
        let here = Here::of(ctx)?;
        let request = PageArguments { first, after, last, before, offset }.request(
            ctx,
            &here.app.config.pages,
            here.app.config.pages.page_size,
        );
        let page = query::list(here.app.db.reader(), &request).await.map_err(|error| error::no_page(ctx, error))?;
        Ok(StoreConnection::new(page, |row| Store::new(Arc::new(row))))
    }
}

/// Mutations of stores.
#[derive(Default)]
pub struct StoreMutation;

#[Object]
impl StoreMutation {
    /// Placeholder.
    async fn store_noop(&self) -> bool {
        true
    }
}
