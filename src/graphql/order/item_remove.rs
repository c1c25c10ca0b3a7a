//! `orderItemRemove`.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::{
    edit::{edit_types, item, single},
    transition::terms,
};
use crate::{
    auth::policy::Right,
    graphql::scalar::Int,
    order::{change::Terms, edit::Edit},
};

edit_types!(OrderItemRemovePayload, OrderItemRemoveUserError, OrderItemRemoveErrorCode);

/// Which line is removed.
#[derive(Clone, Debug, InputObject)]
pub struct OrderItemRemoveInput {
    /// The order.
    order: ID,
    /// The line.
    item: ID,
    /// Why; kept in the timeline.
    reason: Option<String>,
    /// The version you know: refused with CONFLICT when the order has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back: the order is returned as it would be, nothing is kept.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// `orderItemRemove`.
#[derive(Default)]
pub struct OrderItemRemove;

#[Object]
impl OrderItemRemove {
    /// Removes a line; its goods go back to stock. Not the last one: cancel the order instead.
    async fn order_item_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which line is removed.")] input: OrderItemRemoveInput,
    ) -> Result<OrderItemRemovePayload> {
        let edit = item(&input.item, &["remove", "0"]).map(|item| Edit { remove: vec![item], ..Default::default() });
        let outcome = single(ctx, Right::OrderItemRemove, &input.order, edit, terms!(input, unforced)).await?;
        OrderItemRemovePayload::of(ctx, outcome).await
    }
}
