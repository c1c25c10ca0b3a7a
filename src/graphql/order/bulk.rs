//! `ordersBulkAction`.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result};

use super::{OrderFilter, stored::OrderStatus};
use crate::{
    auth::policy::Right,
    graphql::{
        Here,
        bulk::{BulkActionPayload, BulkMode, Input, bulk_errors, chosen},
    },
    order::bulk::{Action, Orders},
};

bulk_errors!(OrdersBulkActionUserError, OrdersBulkActionErrorCode);

/// Brings orders to a status.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct BulkUpdateStatusInput {
    /// The status to come to.
    status: OrderStatus,
}

/// What is done with each order: exactly one.
#[derive(Clone, Debug, OneofObject)]
pub enum BulkOrderAction {
    /// Bring it to a status.
    UpdateStatus(BulkUpdateStatusInput),
    /// Delete it, by administrators; give true.
    Delete(bool),
}

/// Which orders, and what is done with each.
#[derive(Clone, Debug, InputObject)]
pub struct OrdersBulkActionInput {
    /// These orders; or give selectAll.
    orders: Option<Vec<ID>>,
    /// All orders that match filter.
    #[graphql(default_with = "Some(false)")]
    select_all: Option<bool>,
    /// With selectAll: which orders.
    filter: Option<OrderFilter>,
    /// With selectAll: but for these.
    exclude_ids: Option<Vec<ID>>,
    /// What is done with each.
    action: BulkOrderAction,
    /// What becomes of the others when one is refused.
    #[graphql(default_with = "BulkMode::BestEffort")]
    mode: BulkMode,
    /// Why; kept in the timelines.
    reason: Option<String>,
    /// Makes a repeated call the same call; without effect on a dry run.
    idempotency_key: Option<String>,
    /// Changes nothing: tells how many would succeed, and why the others would not.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
    /// In the background, as is done anyway with more than 1000 (BULK_AT_ONCE): the answer is an operation. Which orders it
    /// works on is fixed then.
    #[graphql(default_with = "Some(false)")]
    as_job: Option<bool>,
}

/// `ordersBulkAction`.
#[derive(Default)]
pub struct OrdersBulkAction;

#[Object]
impl OrdersBulkAction {
    /// Does one thing with many orders: by ids, or all that match a filter but for some. Few are done at once, with one result
    /// per order; many are a bulk operation in the background.
    async fn orders_bulk_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which orders, and what is done with each.")] input: OrdersBulkActionInput,
    ) -> Result<BulkActionPayload<OrdersBulkActionUserError>> {
        let here = Here::of(ctx)?;
        here.authorise(Right::OrdersBulkAction)?;
        let now = here.app.clock.now();
        let input = Input::<Orders> {
            ids: input.orders,
            select_all: input.select_all,
            filter: input.filter.map(|filter| filter.filter(now)).transpose()?,
            exclude_ids: input.exclude_ids,
            action: match input.action {
                BulkOrderAction::UpdateStatus(to) => Ok(Action::UpdateStatus(to.status.into())),
                BulkOrderAction::Delete(given) => chosen(given, "delete", Action::Delete),
            },
            mode: input.mode,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
            dry_run: input.dry_run,
            as_job: input.as_job,
        };
        input.run(ctx).await
    }
}
