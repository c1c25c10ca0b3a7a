//! `paymentVoid`.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::changed::{payment_id, payment_payload, terms};
use crate::{
    auth::policy::Right,
    graphql::{Here, scalar::Int},
    payment::void,
};

payment_payload!(PaymentVoidPayload, PaymentVoidUserError, PaymentVoidErrorCode);

/// Which payment is called off.
#[derive(Clone, Debug, InputObject)]
pub struct PaymentVoidInput {
    /// The payment.
    payment: ID,
    /// Why; kept in the timeline.
    reason: Option<String>,
    /// The version of the order you know: refused with CONFLICT when it has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Checks everything and takes it back; the provider is not asked.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// `paymentVoid`.
#[derive(Default)]
pub struct PaymentVoid;

#[Object]
impl PaymentVoid {
    /// Calls off a PENDING or AUTHORIZED payment: it becomes CANCELLED and holds nothing of the order's total any more.
    async fn payment_void(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which payment is called off.")] input: PaymentVoidInput,
    ) -> Result<PaymentVoidPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::PaymentVoid)?;
        let terms = terms(input.reason, input.expected_version, input.idempotency_key, input.dry_run);
        let outcome = match payment_id(&input.payment) {
            Err(refusal) => Err(refusal.into()),
            Ok(id) => void::void(here.app, here.origin, id, terms).await,
        };
        PaymentVoidPayload::of(ctx, outcome).await
    }
}
