//! Queries of exports.

use async_graphql::{Context, ID, Object, Result};

use super::node::{Export, ExportConnection, ExportStatus};
use crate::{
    export::query,
    graphql::{Here, connection::PageArguments, error, scalar::Int},
};

/// Queries of exports.
#[derive(Default)]
pub struct ExportQuery;

#[Object]
impl ExportQuery {
    /// An export by its id; for staff. Null when there is none.
    async fn export(&self, ctx: &Context<'_>, #[graphql(desc = "The export's id.")] id: ID) -> Option<Result<Export>> {
        find(ctx, &id).await.transpose()
    }

    /// The exports, newest first; for staff.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn exports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front; 20 unless told, at most 100.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first.")] offset: Option<Int>,
        #[graphql(desc = "Only those in one of these states.")] status: Option<Vec<ExportStatus>>,
    ) -> Result<ExportConnection> {
        let here = Here::of(ctx)?;
        query::allowed(here.actor()).map_err(error::denied)?;
        let pages = &here.app.config.pages;
        let request = PageArguments { first, after, last, before, offset }.request(ctx, pages, pages.page_size);
        let status: Option<Vec<_>> = status.map(|values| values.into_iter().map(Into::into).collect());
        let page = query::list(here.app.db.reader(), status.as_deref(), &request).await;
        Ok(ExportConnection::new(page.map_err(|error| error::no_page(ctx, error))?, Export::new))
    }
}

/// An export, for staff.
///
/// # Errors
/// For all others, and for faults.
pub(crate) async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Export>> {
    let here = Here::of(ctx)?;
    query::allowed(here.actor()).map_err(error::denied)?;
    let Ok(id) = id.parse() else { return Ok(None) };
    let row = query::by_id(here.app.db.reader(), id).await.map_err(|fault| error::internal(ctx, &fault))?;
    Ok(row.map(Export::new))
}
