//! `returnApprove`, `returnReject`, `returnCancel`.

use async_graphql::{Context, ID, InputObject, MergedObject, Object, Result};

use super::return_types;
use crate::{
    auth::policy::Right,
    fault::Failure,
    graphql::{Here, error, order::version, scalar::Int},
    order::change::Terms,
    order_return::{
        change::{Changed, Code},
        decide::{self, Decision},
    },
};

/// Which return, and on which terms.
#[derive(Clone, Debug, InputObject)]
pub struct ReturnActionInput {
    /// The return.
    r#return: ID,
    /// Why; kept in the order's timeline.
    reason: Option<String>,
    /// The version of the order you know: refused with CONFLICT when it has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

async fn run(
    ctx: &Context<'_>,
    right: Right,
    decision: Decision,
    input: ReturnActionInput,
) -> Result<Result<Changed, Failure<Code>>> {
    let here = Here::of(ctx)?;
    here.authorise(right)?;
    let terms = Terms {
        reason: input.reason,
        force: false,
        expected_version: version(input.expected_version),
        idempotency_key: input.idempotency_key,
        dry_run: input.dry_run.unwrap_or(false),
    };
    Ok(match error::id(&input.r#return, Code::NotFound, &["return"], "Return") {
        Ok(id) => decide::decide(here.app, here.origin, id, decision, terms).await,
        Err(refusal) => Err(refusal.into()),
    })
}

macro_rules! decision {
    ($object:ident, $function:ident, $payload:ident, $error:ident, $code:ident, $decision:expr, $doc:literal) => {
        return_types!($payload, $error, $code);

        /// One mutation.
        #[derive(Default)]
        pub struct $object;

        #[Object]
        impl $object {
            #[doc = $doc]
            async fn $function(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Which return, and on which terms.")] input: ReturnActionInput,
            ) -> Result<$payload> {
                let outcome = run(ctx, Right::$object, $decision, input).await?;
                $payload::of(ctx, outcome)
            }
        }
    };
}

decision!(
    ReturnApprove,
    return_approve,
    ReturnApprovePayload,
    ReturnApproveUserError,
    ReturnApproveErrorCode,
    Decision::Approve,
    "Accepts a return that a buyer asked for: the goods may come."
);
decision!(
    ReturnReject,
    return_reject,
    ReturnRejectPayload,
    ReturnRejectUserError,
    ReturnRejectErrorCode,
    Decision::Reject,
    "Turns a return down that a buyer asked for."
);
decision!(
    ReturnCancel,
    return_cancel,
    ReturnCancelPayload,
    ReturnCancelUserError,
    ReturnCancelErrorCode,
    Decision::Cancel,
    "Calls a return off before the goods came: by the buyer or by staff."
);

/// Mutations that decide whether goods may come back.
#[derive(Default, MergedObject)]
pub struct Decisions(ReturnApprove, ReturnReject, ReturnCancel);
