//! `paymentCapture`.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::changed::{payment_id, payment_payload, terms};
use crate::{
    auth::policy::Right,
    graphql::{
        Here,
        scalar::{Int, Money},
    },
    payment::capture,
};

payment_payload!(PaymentCapturePayload, PaymentCaptureUserError, PaymentCaptureErrorCode);

/// What is captured.
#[derive(Clone, Debug, InputObject)]
pub struct PaymentCaptureInput {
    /// The payment.
    payment: ID,
    /// How much, once; all that was authorised unless told. What is left is given free.
    amount: Option<Money>,
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

/// `paymentCapture`.
#[derive(Default)]
pub struct PaymentCapture;

#[Object]
impl PaymentCapture {
    /// Captures an AUTHORIZED payment, all of it or a part, once.
    async fn payment_capture(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is captured.")] input: PaymentCaptureInput,
    ) -> Result<PaymentCapturePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::PaymentCapture)?;
        let terms = terms(input.reason, input.expected_version, input.idempotency_key, input.dry_run);
        let outcome = match payment_id(&input.payment) {
            Err(refusal) => Err(refusal.into()),
            Ok(id) => capture::capture(here.app, here.origin, id, input.amount.map(|amount| amount.decimal()), terms).await,
        };
        PaymentCapturePayload::of(ctx, outcome).await
    }
}
