//! `customersBulkAction`.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result};

use super::{CustomerFilter, CustomerStatus};
use crate::{
    auth::policy::Right,
    customer::bulk::{Action, Customers},
    graphql::{
        Here,
        bulk::{BulkActionPayload, BulkMode, Input, bulk_errors},
    },
};

bulk_errors!(CustomersBulkActionUserError, CustomersBulkActionErrorCode);

/// Says whether customers may buy.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct BulkUpdateCustomerStatusInput {
    /// The state to come to. Who is blocked is signed out at once.
    status: CustomerStatus,
}

/// What is done with each customer.
#[derive(Clone, Copy, Debug, OneofObject)]
pub enum BulkCustomerAction {
    /// Say whether it may buy.
    UpdateStatus(BulkUpdateCustomerStatusInput),
}

/// Which customers, and what is done with each.
#[derive(Clone, Debug, InputObject)]
pub struct CustomersBulkActionInput {
    /// These customers; or give selectAll.
    customers: Option<Vec<ID>>,
    /// All customers that match filter.
    #[graphql(default_with = "Some(false)")]
    select_all: Option<bool>,
    /// With selectAll: which customers.
    filter: Option<CustomerFilter>,
    /// With selectAll: but for these.
    exclude_ids: Option<Vec<ID>>,
    /// What is done with each.
    action: BulkCustomerAction,
    /// What becomes of the others when one is refused.
    #[graphql(default_with = "BulkMode::BestEffort")]
    mode: BulkMode,
    /// Why; kept in the log.
    reason: Option<String>,
    /// Makes a repeated call the same call; without effect on a dry run.
    idempotency_key: Option<String>,
    /// Changes nothing: tells how many would succeed, and why the others would not.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
    /// In the background, as is done anyway with more than 1000 (BULK_AT_ONCE): the answer is an operation.
    #[graphql(default_with = "Some(false)")]
    as_job: Option<bool>,
}

/// `customersBulkAction`.
#[derive(Default)]
pub struct CustomersBulkAction;

#[Object]
impl CustomersBulkAction {
    /// Does one thing with many customers, by staff: by ids, or all that match a filter but for some. Few are done at once,
    /// with one result per customer; many are a bulk operation in the background.
    async fn customers_bulk_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which customers, and what is done with each.")] input: CustomersBulkActionInput,
    ) -> Result<BulkActionPayload<CustomersBulkActionUserError>> {
        let here = Here::of(ctx)?;
        here.authorise(Right::CustomersBulkAction)?;
        let BulkCustomerAction::UpdateStatus(to) = input.action;
        let input = Input::<Customers> {
            ids: input.customers,
            select_all: input.select_all,
            filter: input.filter.map(CustomerFilter::filter).transpose()?,
            exclude_ids: input.exclude_ids,
            action: Ok(Action::UpdateStatus(to.status.into())),
            mode: input.mode,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
            dry_run: input.dry_run,
            as_job: input.as_job,
        };
        input.run(ctx).await
    }
}
