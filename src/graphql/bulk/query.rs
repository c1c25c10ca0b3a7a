//! Queries of bulk operations.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::{BulkKind, BulkOperation, BulkStatus, node::BulkOperationConnection};
use crate::{
    bulk::query::{self, Filter},
    graphql::{Here, connection::PageArguments, error, scalar::Int},
};

/// Which bulk operations. All that is given holds.
#[derive(Clone, Debug, Default, InputObject)]
pub struct BulkOperationFilter {
    /// That work on these.
    kind: Option<BulkKind>,
    /// In one of these states.
    status: Option<Vec<BulkStatus>>,
}

/// Queries of bulk operations.
#[derive(Default)]
pub struct BulkQuery;

#[Object]
impl BulkQuery {
    /// A bulk operation by its id; null when there is none that you may see. Kept for 30 days after its end.
    async fn bulk_operation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The operation's id.")] id: ID,
    ) -> Option<Result<BulkOperation>> {
        find(ctx, &id).await.transpose()
    }

    /// The bulk operations you may see, newest first: your own; staff see all.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn bulk_operations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front; 20 unless told, at most 100.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first.")] offset: Option<Int>,
        #[graphql(desc = "Which operations.")] filter: Option<BulkOperationFilter>,
    ) -> Result<BulkOperationConnection> {
        let here = Here::of(ctx)?;
        let visible = query::visible_to(here.actor()).map_err(error::denied)?;
        let pages = &here.app.config.pages;
        let request = PageArguments { first, after, last, before, offset }.request(ctx, pages, pages.page_size);
        let filter = filter.unwrap_or_default();
        let filter = Filter {
            kind: filter.kind.map(Into::into),
            status: filter.status.map(|statuses| statuses.into_iter().map(Into::into).collect()),
        };
        let page = query::list(here.app.db.reader(), visible, &filter, &request).await;
        Ok(BulkOperationConnection::new(page.map_err(|error| error::no_page(ctx, error))?, BulkOperation::new))
    }
}

/// An operation the caller sees.
///
/// # Errors
/// For nobody, and for faults.
pub(crate) async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<BulkOperation>> {
    let here = Here::of(ctx)?;
    let Ok(id) = id.parse() else {
        here.actor().standing().map_err(error::denied)?;
        return Ok(None);
    };
    let row = query::visible(here.app.db.reader(), here.actor(), id).await.map_err(|unseen| error::unseen(ctx, unseen))?;
    Ok(row.map(BulkOperation::new))
}
