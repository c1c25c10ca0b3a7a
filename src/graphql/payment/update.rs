//! `paymentUpdate`.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::changed::{payment_id, payment_payload, terms};
use crate::{
    auth::policy::Right,
    graphql::{
        Here,
        order::PaymentType,
        scalar::{Int, Money},
    },
    payment::update::{self, Edit},
};

payment_payload!(PaymentUpdatePayload, PaymentUpdateUserError, PaymentUpdateErrorCode);

/// What is to be changed; fields left out stay as they are.
#[derive(Clone, Debug, InputObject)]
pub struct PaymentUpdateInput {
    /// The payment.
    payment: ID,
    /// What it is over.
    amount: Option<Money>,
    /// How it is paid.
    r#type: Option<PaymentType>,
    /// How the payment is called to people, at most 255 characters; an empty one calls it by its type.
    method: Option<String>,
    /// The shop's reference of a payment by hand, at most 255 characters; an empty one takes it away.
    reference: Option<String>,
    /// A remark, which the buyer sees too, at most 2000 characters; an empty one takes it away.
    note: Option<String>,
    /// Why; kept in the timeline.
    reason: Option<String>,
    /// The version of the order you know: refused with CONFLICT when it has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// `paymentUpdate`.
#[derive(Default)]
pub struct PaymentUpdate;

#[Object]
impl PaymentUpdate {
    /// Changes a PENDING or FAILED payment that no provider has begun, by administrators.
    async fn payment_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be changed.")] input: PaymentUpdateInput,
    ) -> Result<PaymentUpdatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::PaymentUpdate)?;
        let terms = terms(input.reason, input.expected_version, input.idempotency_key, input.dry_run);
        let edit = Edit {
            amount: input.amount.map(|amount| amount.decimal()),
            kind: input.r#type.map(Into::into),
            method: input.method,
            reference: input.reference,
            note: input.note,
        };
        let outcome = match payment_id(&input.payment) {
            Err(refusal) => Err(refusal.into()),
            Ok(id) => update::update(here.app, here.origin, id, edit, terms).await,
        };
        PaymentUpdatePayload::of(ctx, outcome).await
    }
}
