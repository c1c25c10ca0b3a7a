//! `orderCancel`.

use async_graphql::{Context, ID, InputObject, Object, Result};
use entity::stored;

use super::transition::{change_types, terms};
use crate::{
    auth::policy::{Right, authorise},
    fault::Failure,
    graphql::{Here, error, scalar::Int},
    order::{
        change::{Code, Terms},
        transition::{self, Step},
    },
};

change_types!(OrderCancelPayload, OrderCancelUserError, OrderCancelErrorCode);

/// Which order is called off, and what becomes of goods and money.
#[derive(Clone, Debug, InputObject)]
pub struct OrderCancelInput {
    /// The order.
    order: ID,
    /// Why; kept in the timeline.
    reason: Option<String>,
    /// Whether the goods go back to stock; else they are written off.
    #[graphql(default_with = "Some(true)")]
    restock: Option<bool>,
    /// Whether what was paid by hand is recorded as given back.
    #[graphql(default_with = "Some(true)")]
    refund: Option<bool>,
    /// Beyond what the status allows, by administrators, with a reason.
    #[graphql(default_with = "Some(false)")]
    force: Option<bool>,
    /// The version you know: refused with CONFLICT when the order has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// `orderCancel`.
#[derive(Default)]
pub struct OrderCancel;

#[Object]
impl OrderCancel {
    /// Calls an order off; its goods go back to stock.
    async fn order_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, and what becomes of goods and money.")] input: OrderCancelInput,
    ) -> Result<OrderCancelPayload> {
        let here = Here::of(ctx)?;
        let (restock, refund) = (input.restock.unwrap_or(true), input.refund.unwrap_or(true));
        let to = Step { restock, refund, ..Step::to(stored::OrderStatus::Cancelled) };
        let outcome = match error::id(&input.order, Code::NotFound, &["order"], "Order") {
            Ok(id) => transition::transition(here.app, here.origin, Right::OrderCancel, id, to, terms!(input)).await,
            Err(refusal) => {
                let allowed = authorise(here.actor(), Right::OrderCancel, &here.app.config.orders);
                Err(allowed.map_or_else(Failure::Denied, |_| refusal.into()))
            }
        };
        OrderCancelPayload::of(ctx, outcome)
    }
}
