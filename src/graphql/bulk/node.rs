//! Bulk operations and their results as the API shows them.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use entity::{bulk_operation, bulk_result};

use super::{BulkKind, BulkMode, BulkOutcome, BulkStatus};
use crate::{
    bulk::{self, Outcome},
    graphql::{
        Here,
        auth::User,
        connection::{PageArguments, connection},
        error,
        scalar::{Int, Moment, count},
    },
};

/// What came of one thing of a bulk action.
#[derive(Clone, Debug, SimpleObject)]
pub struct BulkResult {
    /// The id as you gave it.
    id: ID,
    /// The order's number; null for other things, and for what was not found.
    number: Option<String>,
    /// What came of it; with dryRun, what would.
    outcome: BulkOutcome,
    /// Whether it was done.
    success: bool,
    /// Why not: a code as in the mutation for a single one; ALREADY_DONE for what was skipped, NOTHING_DONE for what
    /// ALL_OR_NOTHING left undone because another one was refused.
    code: Option<String>,
    /// Why not, in a sentence.
    message: Option<String>,
}

impl From<Outcome> for BulkResult {
    fn from(one: Outcome) -> Self {
        let outcome = one.verdict.outcome.into();
        Self {
            id: ID(one.id),
            number: one.verdict.number,
            outcome,
            success: outcome == BulkOutcome::Succeeded,
            code: one.verdict.code,
            message: one.verdict.message,
        }
    }
}

impl From<bulk_result::Model> for BulkResult {
    fn from(row: bulk_result::Model) -> Self {
        let outcome = row.outcome.into();
        Self {
            id: ID(row.item),
            number: row.number,
            outcome,
            success: outcome == BulkOutcome::Succeeded,
            code: row.code,
            message: row.message,
        }
    }
}

connection!(BulkResultConnection, BulkResultEdge, BulkResult);

/// How many were skipped or failed for one reason.
#[derive(Clone, Debug, SimpleObject)]
pub struct BulkReason {
    /// What came of them.
    pub outcome: BulkOutcome,
    /// Why: a code as in the mutation for a single one.
    pub code: String,
    /// How many.
    pub count: i32,
}

/// What is done with each thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum BulkActionKind {
    /// It is brought to a status.
    UpdateStatus,
    /// It is deleted.
    Delete,
}

/// One thing done with many, in the background.
#[derive(Clone)]
pub struct BulkOperation(Arc<bulk_operation::Model>);

impl BulkOperation {
    /// An operation's row.
    pub fn new(row: bulk_operation::Model) -> Self {
        Self(Arc::new(row))
    }
}

/// One thing done with many, in the background.
#[Object]
impl BulkOperation {
    /// The operation's id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What it works on.
    async fn kind(&self) -> BulkKind {
        self.0.kind.into()
    }

    /// What is done with each.
    async fn action(&self) -> BulkActionKind {
        match bulk::query::action(&self.0).1 {
            Some(_) => BulkActionKind::UpdateStatus,
            None => BulkActionKind::Delete,
        }
    }

    /// With UPDATE_STATUS: the status that each is to come to.
    async fn to_status(&self) -> Option<String> {
        bulk::query::action(&self.0).1
    }

    /// What becomes of the others when one is refused.
    async fn mode(&self) -> BulkMode {
        self.0.mode.into()
    }

    /// True: nothing is changed, it only tells what would come of each.
    async fn dry_run(&self) -> bool {
        self.0.dry_run
    }

    /// How it stands.
    async fn status(&self) -> BulkStatus {
        self.0.status.into()
    }

    /// How many it works on, fixed when it was accepted.
    async fn total(&self) -> i32 {
        count(self.0.total)
    }

    /// How many were worked off.
    async fn processed(&self) -> i32 {
        count(self.0.succeeded + self.0.skipped + self.0.failed)
    }

    /// How many were done.
    async fn succeeded(&self) -> i32 {
        count(self.0.succeeded)
    }

    /// How many were so already.
    async fn skipped(&self) -> i32 {
        count(self.0.skipped)
    }

    /// How many were not done.
    async fn failed(&self) -> i32 {
        count(self.0.failed)
    }

    /// Why things were skipped or failed, by code; of what was worked off until now.
    async fn reasons(&self, ctx: &Context<'_>) -> Result<Vec<BulkReason>> {
        let here = Here::of(ctx)?;
        let reasons = bulk::query::reasons(here.app.db.reader(), self.0.id).await;
        let reasons = reasons.map_err(|fault| error::internal(ctx, &fault))?;
        let reason =
            |one: bulk::query::Reason| BulkReason { outcome: one.outcome.into(), code: one.code, count: count(one.count) };
        Ok(reasons.into_iter().map(reason).collect())
    }

    /// Why, in the words of who asked; kept in the timelines.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Why it was broken off: ACTOR_GONE, FORBIDDEN, NOTHING_DONE or INTERNAL.
    async fn failure_code(&self) -> Option<&str> {
        self.0.failure_code.as_deref()
    }

    /// Why it was broken off, in a sentence.
    async fn failure_message(&self) -> Option<&str> {
        self.0.failure_message.as_deref()
    }

    /// Who asked; null when the user is gone.
    async fn created_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let here = Here::of(ctx)?;
        let Some(id) = self.0.created_by else { return Ok(None) };
        let user = here.loaders.users.load(&here.app.db, id).await.map_err(|fault| error::internal(ctx, &fault))?;
        Ok(user.map(User::new))
    }

    /// When it was accepted.
    async fn created_at(&self) -> Moment {
        Moment(self.0.created_at)
    }

    /// When the first of it was worked off.
    async fn started_at(&self) -> Option<Moment> {
        self.0.started_at.map(Moment)
    }

    /// When it was over.
    async fn ended_at(&self) -> Option<Moment> {
        self.0.ended_at.map(Moment)
    }

    /// What came of each thing that was worked off, in the order given; with selectAll newest first.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn results(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front; 20 unless told, at most 100.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first.")] offset: Option<Int>,
        #[graphql(desc = "Only those of which this came.")] outcome: Option<BulkOutcome>,
    ) -> Result<BulkResultConnection> {
        let here = Here::of(ctx)?;
        let pages = &here.app.config.pages;
        let request = PageArguments { first, after, last, before, offset }.request(ctx, pages, pages.page_size);
        let page = bulk::query::results(here.app.db.reader(), self.0.id, outcome.map(Into::into), &request).await;
        Ok(BulkResultConnection::new(page.map_err(|error| error::no_page(ctx, error))?, BulkResult::from))
    }
}

connection!(BulkOperationConnection, BulkOperationEdge, BulkOperation);
