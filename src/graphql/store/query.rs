//! Queries of stores.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::{Store, StoreConnection};
use crate::{
    graphql::{Here, connection::PageArguments, error, limit, scalar::Int},
    store::query,
};

/// Which stores.
#[derive(Clone, Debug, Default, InputObject)]
pub struct StoreFilter {
    /// Part of the name or the slug, without regard to case.
    search: Option<String>,
}

/// Queries of stores.
#[derive(Default)]
pub struct StoreQuery;

#[Object]
impl StoreQuery {
    /// A store by its id or its slug, exactly one of them; null when there is none.
    async fn store(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The store's id.")] id: Option<ID>,
        #[graphql(desc = "The store's slug.")] slug: Option<String>,
    ) -> Option<Result<Store>> {
        one(ctx, id, slug).await.transpose()
    }

    /// The stores, by name.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn stores(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front; 20 unless told, at most 100.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first.")] offset: Option<Int>,
        #[graphql(desc = "Which stores.")] filter: Option<StoreFilter>,
    ) -> Result<StoreConnection> {
        let here = Here::of(ctx)?;
        let request = PageArguments { first, after, last, before, offset }.request(
            ctx,
            &here.app.config.pages,
            here.app.config.pages.page_size,
        );
        let search = filter.unwrap_or_default().search;
        limit::search(search.as_deref())?;
        let page =
            query::list(here.app.db.reader(), search.as_deref(), &request).await.map_err(|error| error::no_page(ctx, error))?;
        Ok(StoreConnection::new(page, |row| Store::new(Arc::new(row))))
    }
}

async fn one(ctx: &Context<'_>, id: Option<ID>, slug: Option<String>) -> Result<Option<Store>> {
    let here = Here::of(ctx)?;
    let fault = |fault: &crate::fault::Fault| error::internal(ctx, fault);
    match (id, slug) {
        (Some(id), None) => {
            let Ok(id) = id.parse() else { return Ok(None) };
            let row = here.loaders.stores.load(&here.app.db, id).await.map_err(|error| fault(&error))?;
            Ok(row.map(Store::new))
        }
        (None, Some(slug)) => {
            let row = query::by_slug(here.app.db.reader(), &slug).await.map_err(|error| fault(&error))?;
            Ok(row.map(|row| Store::new(Arc::new(row))))
        }
        _ => Err(error::bad_input("id", "give either id or slug")),
    }
}
