//! `returnCreate`.

use async_graphql::{Context, ID, InputObject, Object, Result};
use entity::stored;

use super::{node::ReturnReason, return_types};
use crate::{
    auth::policy::Right,
    fault::Refusal,
    graphql::{Here, error, order::version, scalar::Int},
    order::change::Terms,
    order_return::{
        change::Code,
        create::{self, Piece, Request},
    },
};

return_types!(ReturnCreatePayload, ReturnCreateUserError, ReturnCreateErrorCode);

/// Pieces of a line that are to come back.
#[derive(Clone, Debug, InputObject)]
pub struct ReturnLineInput {
    /// The line.
    item: ID,
    /// How many, at least 1.
    quantity: Int,
    /// Why; without it the reason of the whole return.
    reason: Option<ReturnReason>,
}

/// What is to come back.
#[derive(Clone, Debug, InputObject)]
pub struct ReturnCreateInput {
    /// Of which order.
    order: ID,
    /// Which pieces; without it all that still can.
    lines: Option<Vec<ReturnLineInput>>,
    /// Why, where a line does not say.
    #[graphql(default_with = "Some(ReturnReason::Other)")]
    reason: Option<ReturnReason>,
    /// In your words, at most 2000 characters.
    note: Option<String>,
    /// The version you know: refused with CONFLICT when the order has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// The pieces of an input, as the command takes them.
pub(super) fn request(
    order: &ID,
    lines: Option<Vec<ReturnLineInput>>,
    reason: Option<ReturnReason>,
    note: Option<String>,
) -> Result<Request, Refusal<Code>> {
    let reason: stored::ReturnReason = reason.unwrap_or(ReturnReason::Other).into();
    let pieces = lines.map(|lines| {
        lines
            .into_iter()
            .map(|line| Piece {
                item: line.item.parse().ok(),
                quantity: line.quantity.0,
                reason: line.reason.map_or(reason, Into::into),
            })
            .collect()
    });
    Ok(Request { order: error::id(order, Code::NotFound, &["order"], "Order")?, pieces, note, reason })
}

/// `returnCreate`.
#[derive(Default)]
pub struct ReturnCreate;

#[Object]
impl ReturnCreate {
    /// Announces goods that come back of an order that left: buyers ask for it, what staff announce is accepted at once.
    async fn return_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to come back.")] input: ReturnCreateInput,
    ) -> Result<ReturnCreatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::ReturnCreate)?;
        let terms = Terms {
            reason: None,
            force: false,
            expected_version: version(input.expected_version),
            idempotency_key: input.idempotency_key,
            dry_run: input.dry_run.unwrap_or(false),
        };
        let outcome = match request(&input.order, input.lines, input.reason, input.note) {
            Ok(request) => create::create(here.app, here.origin, request, terms).await,
            Err(refusal) => Err(refusal.into()),
        };
        ReturnCreatePayload::of(ctx, outcome)
    }
}
