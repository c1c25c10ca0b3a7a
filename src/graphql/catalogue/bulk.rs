//! `productsBulkAction`.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result};

use super::{ProductFilter, ProductStatus};
use crate::{
    auth::policy::Right,
    catalogue::bulk::{Action, Products},
    graphql::{
        Here,
        bulk::{BulkActionPayload, BulkMode, Input, bulk_errors, chosen},
    },
};

bulk_errors!(ProductsBulkActionUserError, ProductsBulkActionErrorCode);

/// Brings products to a state.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct BulkUpdateProductStatusInput {
    /// The state to come to: PUBLISHED puts on sale, DRAFT and ARCHIVED take off it.
    status: ProductStatus,
}

/// What is done with each product: exactly one.
#[derive(Clone, Debug, OneofObject)]
pub enum BulkProductAction {
    /// Bring it to a state.
    UpdateStatus(BulkUpdateProductStatusInput),
    /// Delete it, by administrators, if it was never ordered; give true.
    Delete(bool),
}

/// Which products, and what is done with each.
#[derive(Clone, Debug, InputObject)]
pub struct ProductsBulkActionInput {
    /// These products; or give selectAll.
    products: Option<Vec<ID>>,
    /// All products that match filter: of your stores; staff of all.
    #[graphql(default_with = "Some(false)")]
    select_all: Option<bool>,
    /// With selectAll: which products.
    filter: Option<ProductFilter>,
    /// With selectAll: but for these.
    exclude_ids: Option<Vec<ID>>,
    /// What is done with each.
    action: BulkProductAction,
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

/// `productsBulkAction`.
#[derive(Default)]
pub struct ProductsBulkAction;

#[Object]
impl ProductsBulkAction {
    /// Does one thing with many products, by members of their stores and by staff: by ids, or all that match a filter but for
    /// some. Few are done at once, with one result per product; many are a bulk operation in the background.
    async fn products_bulk_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which products, and what is done with each.")] input: ProductsBulkActionInput,
    ) -> Result<BulkActionPayload<ProductsBulkActionUserError>> {
        let here = Here::of(ctx)?;
        here.authorise(Right::ProductsBulkAction)?;
        let input = Input::<Products> {
            ids: input.products,
            select_all: input.select_all,
            filter: input.filter.map(ProductFilter::filter).transpose()?,
            exclude_ids: input.exclude_ids,
            action: match input.action {
                BulkProductAction::UpdateStatus(to) => Ok(Action::UpdateStatus(to.status.into())),
                BulkProductAction::Delete(given) => chosen(given, "delete", Action::Delete),
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
