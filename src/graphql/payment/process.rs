//! `paymentProcess`.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::changed::{fresh, payment_errors, payment_id, terms};
use crate::{
    auth::policy::Right,
    graphql::{Here, error, payment::Payment, scalar::Int},
    payment::process::{self, Processing},
};

payment_errors!(PaymentProcessUserError, PaymentProcessErrorCode);

/// What came of paymentProcess.
#[derive(async_graphql::SimpleObject)]
pub struct PaymentProcessPayload {
    /// The payment as it is now; null when it was refused before the provider was asked. A declined payment is there, FAILED.
    /// One that is still PENDING waits for the buyer, or for the provider's answer, which is asked for again by itself.
    payment: Option<Payment>,
    /// For the buyer's browser, which confirms the payment with it at the provider.
    client_secret: Option<String>,
    /// Where the buyer goes to approve the payment.
    redirect_url: Option<String>,
    /// True: this call repeats an earlier one with the same key.
    replayed: bool,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<PaymentProcessUserError>,
}

/// How a payment is paid.
#[derive(Clone, Debug, InputObject)]
pub struct PaymentProcessInput {
    /// The payment.
    payment: ID,
    /// The provider's token of a card, made in the buyer's browser. Never card data.
    method: Option<String>,
    /// A saved method of the buyer, in place of a token.
    saved_method: Option<ID>,
    /// Whether the provider keeps the method for later payments.
    #[graphql(default_with = "Some(false)")]
    save_method: Option<bool>,
    /// Whether it is captured as soon as it is authorised; else staff capture it.
    #[graphql(default_with = "Some(true)")]
    capture: Option<bool>,
    /// Where the provider sends the buyer back to.
    return_url: Option<String>,
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

/// `paymentProcess`.
#[derive(Default)]
pub struct PaymentProcess;

#[Object]
impl PaymentProcess {
    /// Pays a PENDING payment: staff mark one by hand as paid; one through a provider is begun, or gone on with after the
    /// buyer acted, by the buyer or staff.
    async fn payment_process(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How the payment is paid.")] input: PaymentProcessInput,
    ) -> Result<PaymentProcessPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::PaymentProcess)?;
        let outcome = match payment_id(&input.payment) {
            Err(refusal) => Err(refusal.into()),
            Ok(payment) => {
                let how = Processing {
                    payment,
                    method: input.method,
                    saved_method: input.saved_method.map(|id| id.parse().ok()),
                    save_method: input.save_method.unwrap_or(false),
                    capture: input.capture.unwrap_or(true),
                    return_url: input.return_url,
                };
                let terms = terms(input.reason, input.expected_version, input.idempotency_key, input.dry_run);
                process::process(here.app, here.origin, how, terms).await
            }
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => {
                PaymentProcessPayload { payment: None, client_secret: None, redirect_url: None, replayed: false, user_errors }
            }
            Ok(changed) => PaymentProcessPayload {
                client_secret: changed.payment.client_secret.clone(),
                redirect_url: changed.payment.redirect_url.clone(),
                replayed: changed.replayed,
                user_errors: changed.problem.into_iter().map(Into::into).collect(),
                payment: Some(fresh(ctx, changed.payment).await?),
            },
        })
    }
}
