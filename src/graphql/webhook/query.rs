//! Queries of outgoing webhooks.

use async_graphql::{Context, ID, Object, Result};

use super::{WebhookDelivery, WebhookEndpoint, node::WebhookEndpointConnection};
use crate::{
    graphql::{Here, connection::PageArguments, error, scalar::Int},
    page::Page,
    webhook::query::{self, Unseen},
};

/// Queries of outgoing webhooks.
#[derive(Default)]
pub struct WebhookQuery;

#[Object]
impl WebhookQuery {
    /// An endpoint of outgoing webhooks by its id; null when there is none that you may see.
    async fn webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The endpoint's id.")] id: ID,
    ) -> Option<Result<WebhookEndpoint>> {
        find(ctx, &id).await.transpose()
    }

    /// A delivery of an outgoing webhook by its id; null when there is none that you may see.
    async fn webhook_delivery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The delivery's id.")] id: ID,
    ) -> Option<Result<WebhookDelivery>> {
        find_delivery(ctx, &id).await.transpose()
    }

    /// The endpoints of outgoing webhooks that you may see, newest first: sellers those of their stores, staff all.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn webhook_endpoints(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front; 20 unless told, at most 100.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first.")] offset: Option<Int>,
        #[graphql(desc = "Only those of this store.")] store: Option<ID>,
    ) -> Result<WebhookEndpointConnection> {
        let here = Here::of(ctx)?;
        let visible = query::visible_to(here.actor()).map_err(error::denied)?;
        let pages = &here.app.config.pages;
        let request = PageArguments { first, after, last, before, offset }.request(ctx, pages, pages.page_size);
        let store = match store.map(|id| id.parse()) {
            None => None,
            Some(Ok(id)) => Some(id),
            // What is not the id of a store names none.
            Some(Err(_)) => {
                let none = Page { rows: Vec::new(), has_next: false, has_previous: false, total: Some(0) };
                return Ok(WebhookEndpointConnection::new(none, WebhookEndpoint::new));
            }
        };
        let page =
            query::endpoints(here.app.db.reader(), visible, store, &request).await.map_err(|error| error::no_page(ctx, error))?;
        Ok(WebhookEndpointConnection::new(page, WebhookEndpoint::new))
    }
}

fn unseen(ctx: &Context<'_>, unseen: Unseen) -> async_graphql::Error {
    match unseen {
        Unseen::Denied(reason) => error::denied(reason),
        Unseen::Fault(fault) => error::internal(ctx, &fault),
    }
}

/// An endpoint the caller sees.
///
/// # Errors
/// For nobody, and for faults.
pub(crate) async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<WebhookEndpoint>> {
    let here = Here::of(ctx)?;
    let Ok(id) = id.parse() else {
        query::visible_to(here.actor()).map_err(error::denied)?;
        return Ok(None);
    };
    let row = query::endpoint(here.app.db.reader(), here.actor(), id).await.map_err(|error| unseen(ctx, error))?;
    Ok(row.map(WebhookEndpoint::new))
}

/// A delivery the caller sees.
///
/// # Errors
/// For nobody, and for faults.
pub(crate) async fn find_delivery(ctx: &Context<'_>, id: &str) -> Result<Option<WebhookDelivery>> {
    let here = Here::of(ctx)?;
    let Ok(id) = id.parse() else {
        query::visible_to(here.actor()).map_err(error::denied)?;
        return Ok(None);
    };
    let row = query::delivery(here.app.db.reader(), here.actor(), id).await.map_err(|error| unseen(ctx, error))?;
    Ok(row.map(WebhookDelivery::new))
}
