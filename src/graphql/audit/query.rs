//! `auditEvents`: the whole log.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::{AuditEvent, AuditEventConnection, AuditSubject};
use crate::{
    audit::{self, Filter},
    fault::Denied,
    graphql::{Here, connection::PageArguments, error, event::ActorKind, order::DateTimeFilter, scalar::Int},
};

/// Which events. All that is given holds.
#[derive(Clone, Debug, Default, InputObject)]
pub struct AuditEventFilter {
    /// About one of these kinds of things.
    subject: Option<Vec<AuditSubject>>,
    /// About the thing of this id.
    subject_id: Option<ID>,
    /// In the timeline of this order.
    order: Option<ID>,
    /// Done by this user.
    actor: Option<ID>,
    /// Done by one of these kinds of callers.
    actor_kind: Option<Vec<ActorKind>>,
    /// One of these happened, such as ORDER_CONFIRMED.
    kind: Option<Vec<String>>,
    /// Done by this request.
    request_id: Option<String>,
    /// By when it happened.
    occurred_at: Option<DateTimeFilter>,
}

impl AuditEventFilter {
    /// The filter in the domain's values.
    fn filter(self) -> Filter {
        Filter {
            subject: self.subject.map(|values| values.into_iter().map(Into::into).collect()),
            subject_id: self.subject_id.map(|id| audit::subject_of(&id)),
            order: self.order.map(|id| id.parse().ok()),
            actor: self.actor.map(|id| id.parse().ok()),
            actor_kind: self.actor_kind.map(|values| values.into_iter().map(Into::into).collect()),
            kind: self.kind,
            request_id: self.request_id,
            occurred_at: self.occurred_at.map(DateTimeFilter::range),
        }
    }
}

/// The audit log.
#[derive(Default)]
pub struct AuditQuery;

#[Object]
impl AuditQuery {
    /// Everything that happened, newest first, for staff. What was just committed stands here moments later.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn audit_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front; 20 unless told, at most 100.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first.")] offset: Option<Int>,
        #[graphql(desc = "Which events.")] filter: Option<AuditEventFilter>,
    ) -> Result<AuditEventConnection> {
        let here = Here::of(ctx)?;
        if !here.actor().sees_all() {
            here.actor().standing().map_err(error::denied)?;
            return Err(error::denied(Denied::Forbidden));
        }
        let pages = &here.app.config.pages;
        let request = PageArguments { first, after, last, before, offset }.request(ctx, pages, pages.page_size);
        let page = audit::list(here.app.db.reader(), &filter.unwrap_or_default().filter(), &request).await;
        Ok(AuditEventConnection::new(page.map_err(|error| error::no_page(ctx, error))?, AuditEvent::new))
    }
}
