//! `orderItemUpdate`.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::{
    edit::{edit_types, item, single},
    transition::terms,
};
use crate::{
    auth::policy::Right,
    graphql::scalar::{Int, Money},
    order::{
        change::Terms,
        edit::{Edit, LineChange},
    },
};

edit_types!(OrderItemUpdatePayload, OrderItemUpdateUserError, OrderItemUpdateErrorCode);

/// Which line is changed, and to what.
#[derive(Clone, Debug, InputObject)]
pub struct OrderItemUpdateInput {
    /// The order.
    order: ID,
    /// The line.
    item: ID,
    /// Pieces, 1 to 1000000.
    quantity: Option<Int>,
    /// Price of one, by staff.
    unit_price: Option<Money>,
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

/// `orderItemUpdate`.
#[derive(Default)]
pub struct OrderItemUpdate;

#[Object]
impl OrderItemUpdate {
    /// Changes quantity or, by staff, the price of a line; stock and sums follow.
    async fn order_item_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which line is changed, and to what.")] input: OrderItemUpdateInput,
    ) -> Result<OrderItemUpdatePayload> {
        let (quantity, unit_price) = (input.quantity.map(|quantity| quantity.0), input.unit_price.map(|price| price.decimal()));
        let edit = item(&input.item, &["update", "0", "item"])
            .map(|item| Edit { update: vec![LineChange { item, quantity, unit_price }], ..Default::default() });
        let outcome = single(ctx, Right::OrderItemUpdate, &input.order, edit, terms!(input, unforced)).await?;
        OrderItemUpdatePayload::of(ctx, outcome).await
    }
}
