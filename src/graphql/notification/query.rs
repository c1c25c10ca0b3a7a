//! Queries of notifications.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::{Notification, NotificationConnection, NotificationKind};
use crate::{
    graphql::{Here, connection::PageArguments, error, scalar::Int},
    notification::query::{self, Filter},
};

/// Size of a page of notifications unless told (C-09).
const PAGE_SIZE: u32 = 12;

/// Which notifications. All that is given holds.
#[derive(Clone, Debug, Default, InputObject)]
pub struct NotificationFilter {
    /// True: those you read; false: those you did not.
    is_read: Option<bool>,
    /// One of these kinds.
    kind: Option<Vec<NotificationKind>>,
    /// Of an order.
    order: Option<ID>,
}

/// Queries of notifications.
#[derive(Default)]
pub struct NotificationQuery;

#[Object]
impl NotificationQuery {
    /// What you were told, newest first.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn notifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front; 12 unless told, at most 100.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first.")] offset: Option<Int>,
        #[graphql(desc = "Which notifications.")] filter: Option<NotificationFilter>,
    ) -> Result<NotificationConnection> {
        let here = Here::of(ctx)?;
        let user = here.actor().standing().map_err(error::denied)?.user;
        let request = PageArguments { first, after, last, before, offset }.request(ctx, &here.app.config.pages, PAGE_SIZE);
        let filter = filter.unwrap_or_default();
        let filter = Filter {
            is_read: filter.is_read,
            kind: filter.kind.map(|kinds| kinds.into_iter().map(Into::into).collect()),
            order: filter.order.map(|id| id.parse().ok()),
        };
        let page = query::list(here.app.db.reader(), user, &filter, &request).await;
        Ok(NotificationConnection::new(page.map_err(|error| error::no_page(ctx, error))?, Notification::new))
    }
}

/// A notification of the caller's.
///
/// # Errors
/// For nobody, and for faults.
pub(crate) async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Notification>> {
    let here = Here::of(ctx)?;
    let user = here.actor().standing().map_err(error::denied)?.user;
    let Ok(id) = id.parse() else { return Ok(None) };
    let row = query::of_user(here.app.db.reader(), user, id).await.map_err(|error| error::internal(ctx, &error.into()))?;
    Ok(row.map(Notification::new))
}
