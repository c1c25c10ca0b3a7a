//! `returnReceive`.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::return_types;
use crate::{
    auth::policy::Right,
    graphql::{Here, error, order::version, scalar::Int},
    order::change::Terms,
    order_return::{
        change::Code,
        receive::{self, Arrived, Receipt},
    },
};

return_types!(ReturnReceivePayload, ReturnReceiveUserError, ReturnReceiveErrorCode);

/// Pieces of a line that came.
#[derive(Clone, Debug, InputObject)]
pub struct ReturnReceiveLineInput {
    /// The line.
    item: ID,
    /// How many came.
    quantity: Int,
    /// Whether they go back to stock, else they are written off; without it as the whole return.
    restock: Option<bool>,
}

/// Which return came, and what becomes of goods and money.
#[derive(Clone, Debug, InputObject)]
pub struct ReturnReceiveInput {
    /// The return.
    r#return: ID,
    /// What came; without it all of it. A line may be named twice, to restock some of its pieces.
    lines: Option<Vec<ReturnReceiveLineInput>>,
    /// Whether the goods go back to stock, where a line does not say; else they are written off.
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
    /// The version of the order you know: refused with CONFLICT when it has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back: tells what would be paid back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// `returnReceive`.
#[derive(Default)]
pub struct ReturnReceive;

#[Object]
impl ReturnReceive {
    /// Receives goods: they go back to stock or are written off, and are paid back. An order of which everything has come back is
    /// RETURNED.
    async fn return_receive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which return came, and what becomes of goods and money.")] input: ReturnReceiveInput,
    ) -> Result<ReturnReceivePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::ReturnReceive)?;
        let restock = input.restock.unwrap_or(true);
        let pieces = input.lines.map(|lines| {
            let arrived = |line: ReturnReceiveLineInput| Arrived {
                item: line.item.parse().ok(),
                quantity: line.quantity.0,
                restock: line.restock.unwrap_or(restock),
            };
            lines.into_iter().map(arrived).collect()
        });
        let receipt = Receipt {
            pieces,
            restock,
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
        let outcome = match error::id(&input.r#return, Code::NotFound, &["return"], "Return") {
            Ok(id) => receive::receive(here.app, here.origin, id, receipt, terms).await,
            Err(refusal) => Err(refusal.into()),
        };
        ReturnReceivePayload::of(ctx, outcome)
    }
}
