//! `orderItemAdd`.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::{
    create::OrderCreateItemInput,
    edit::{edit_types, single},
    transition::terms,
};
use crate::{
    auth::policy::Right,
    graphql::scalar::{Int, Money},
    order::{
        change::Terms,
        edit::{Code, Edit},
    },
};

edit_types!(OrderItemAddPayload, OrderItemAddUserError, OrderItemAddErrorCode);

/// What is added to which order: a variant by its id or by its SKU.
#[derive(Clone, Debug, InputObject)]
pub struct OrderItemAddInput {
    /// The order.
    order: ID,
    /// The variant's id.
    variant: Option<ID>,
    /// The variant's SKU.
    sku: Option<String>,
    /// Pieces, 1 to 1000000.
    quantity: Int,
    /// By staff the price of one; by others what they expect it to be, PRICE_CHANGED when it differs.
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

/// `orderItemAdd`.
#[derive(Default)]
pub struct OrderItemAdd;

#[Object]
impl OrderItemAdd {
    /// Adds goods to an order: the price of the catalogue, stock taken. Pieces of a variant at the price of a line that is
    /// there join that line.
    async fn order_item_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is added to which order: a variant by its id or by its SKU.")] input: OrderItemAddInput,
    ) -> Result<OrderItemAddPayload> {
        let line = OrderCreateItemInput::new(input.variant, input.sku, input.quantity, input.unit_price);
        let edit = line.line("add", 0, Code::NotFound).map(|line| Edit { add: vec![line], ..Default::default() });
        let outcome = single(ctx, Right::OrderItemAdd, &input.order, edit, terms!(input, unforced)).await?;
        OrderItemAddPayload::of(ctx, outcome).await
    }
}
