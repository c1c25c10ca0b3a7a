//! `orderReturn`.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::{
    create::{ReturnLineInput, request},
    node::ReturnReason,
    return_types,
};
use crate::{
    auth::policy::Right,
    graphql::{Here, order::version, scalar::Int},
    order::change::Terms,
    order_return::receive::{self, Receipt},
};

return_types!(OrderReturnPayload, OrderReturnUserError, OrderReturnErrorCode);

/// What came back, and what becomes of goods and money.
#[derive(Clone, Debug, InputObject)]
pub struct OrderReturnInput {
    /// Of which order.
    order: ID,
    /// Which pieces; without it all that still can.
    lines: Option<Vec<ReturnLineInput>>,
    /// Why, where a line does not say.
    #[graphql(default_with = "Some(ReturnReason::Other)")]
    return_reason: Option<ReturnReason>,
    /// Whether the goods go back to stock; else they are written off.
    #[graphql(default_with = "Some(true)")]
    restock: Option<bool>,
    /// Whether what came is paid back.
    #[graphql(default_with = "Some(true)")]
    refund: Option<bool>,
    /// Whether the price of shipping is paid back too, once everything has come back.
    #[graphql(default_with = "Some(false)")]
    refund_shipping: Option<bool>,
    /// Why; kept in the order's timeline.
    reason: Option<String>,
    /// The version you know: refused with CONFLICT when the order has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back: tells what would be paid back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// `orderReturn`.
#[derive(Default)]
pub struct OrderReturn;

#[Object]
impl OrderReturn {
    /// Takes goods of an order back in one step: announced, accepted and received. An order of which everything has come back is
    /// RETURNED.
    async fn order_return(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What came back, and what becomes of goods and money.")] input: OrderReturnInput,
    ) -> Result<OrderReturnPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::OrderReturn)?;
        let receipt = Receipt {
            pieces: None,
            restock: input.restock.unwrap_or(true),
            refund: input.refund.unwrap_or(true),
            refund_shipping: input.refund_shipping.unwrap_or(false),
        };
        let terms = Terms {
            reason: input.reason,
            force: false,
            expected_version: version(input.expected_version),
            idempotency_key: input.idempotency_key,
            dry_run: input.dry_run.unwrap_or(false),
        };
        let outcome = match request(&input.order, input.lines, input.return_reason, None) {
            Ok(request) => receive::take_back(here.app, here.origin, request, receipt, terms).await,
            Err(refusal) => Err(refusal.into()),
        };
        OrderReturnPayload::of(ctx, outcome)
    }
}
