//! Queries of background work.

use async_graphql::{Context, Object, Result};

use super::{FailedJob, node::FailedJobConnection};
use crate::{
    fault::Denied,
    graphql::{Here, connection::PageArguments, error, scalar::Int},
    job::query,
};

/// Queries of background work.
#[derive(Default)]
pub struct JobQuery;

#[Object]
impl JobQuery {
    /// Background work that was given up, the last one first; for staff. Each can be tried again or discarded.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn failed_jobs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front; 20 unless told, at most 100.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first.")] offset: Option<Int>,
        #[graphql(desc = "Only this kind, such as mail.send.")] kind: Option<String>,
    ) -> Result<FailedJobConnection> {
        let here = Here::of(ctx)?;
        if !here.actor().sees_all() {
            here.actor().standing().map_err(error::denied)?;
            return Err(error::denied(Denied::Forbidden));
        }
        let pages = &here.app.config.pages;
        let request = PageArguments { first, after, last, before, offset }.request(ctx, pages, pages.page_size);
        let page = query::failed(here.app.db.reader(), kind.as_deref(), &request).await;
        Ok(FailedJobConnection::new(page.map_err(|error| error::no_page(ctx, error))?, FailedJob::new))
    }
}
