//! Queries of views.

use async_graphql::{Context, Object, Result};

use super::{
    SavedView,
    node::{SavedViewConnection, SavedViewList},
};
use crate::{
    graphql::{Here, connection::PageArguments, error, scalar::Int},
    saved_view::query,
};

/// Queries of views.
#[derive(Default)]
pub struct SavedViewQuery;

#[Object]
impl SavedViewQuery {
    /// The views of lists that you keep and those that others share with all staff, the oldest first. For staff.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn saved_views(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front; 20 unless told, at most 100.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first.")] offset: Option<Int>,
        #[graphql(desc = "Only those of this list.")] list: Option<SavedViewList>,
    ) -> Result<SavedViewConnection> {
        let here = Here::of(ctx)?;
        let visible = query::visible_to(here.actor()).map_err(error::denied)?;
        let pages = &here.app.config.pages;
        let request = PageArguments { first, after, last, before, offset }.request(ctx, pages, pages.page_size);
        let page = query::list(here.app.db.reader(), visible, list.map(Into::into), &request).await;
        Ok(SavedViewConnection::new(page.map_err(|error| error::no_page(ctx, error))?, SavedView::new))
    }
}

/// A view the caller sees.
///
/// # Errors
/// For faults.
pub(crate) async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<SavedView>> {
    let here = Here::of(ctx)?;
    let Ok(id) = id.parse() else { return Ok(None) };
    let row = query::visible(here.app.db.reader(), here.actor(), id).await.map_err(|fault| error::internal(ctx, &fault))?;
    Ok(row.map(SavedView::new))
}
