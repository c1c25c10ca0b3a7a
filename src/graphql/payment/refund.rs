//! `paymentRefund`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::changed::{fresh, payment_errors, payment_id, terms};
use crate::{
    auth::policy::Right,
    fault::Fault,
    graphql::{
        Here, error,
        payment::{Payment, Refund},
        scalar::{Int, Money},
    },
    money::Currency,
    payment::refund,
};

payment_errors!(PaymentRefundUserError, PaymentRefundErrorCode);

/// What came of paymentRefund.
#[derive(SimpleObject)]
pub struct PaymentRefundPayload {
    /// The payment as it is now; null when the refund was refused before the provider was asked.
    payment: Option<Payment>,
    /// The refund: PENDING while the provider has not done it yet.
    refund: Option<Refund>,
    /// What could be given back of the payment before this call.
    refundable: Option<Money>,
    /// True: this call repeats an earlier one with the same key.
    replayed: bool,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<PaymentRefundUserError>,
}

/// What is given back.
#[derive(Clone, Debug, InputObject)]
pub struct PaymentRefundInput {
    /// The payment.
    payment: ID,
    /// How much; all that is left unless told.
    amount: Option<Money>,
    /// Why; kept with the refund.
    reason: Option<String>,
    /// The version of the order you know: refused with CONFLICT when it has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Tells what could be given back, and what would be; nothing is, and the provider is not asked.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// `paymentRefund`.
#[derive(Default)]
pub struct PaymentRefund;

#[Object]
impl PaymentRefund {
    /// Gives back what was captured, all of it or a part. A payment by hand is recorded as given back at once; the provider
    /// of another is asked.
    async fn payment_refund(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is given back.")] input: PaymentRefundInput,
    ) -> Result<PaymentRefundPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::PaymentRefund)?;
        let terms = terms(input.reason, input.expected_version, input.idempotency_key, input.dry_run);
        let outcome = match payment_id(&input.payment) {
            Err(refusal) => Err(refusal.into()),
            Ok(id) => refund::refund(here.app, here.origin, id, input.amount.map(|amount| amount.decimal()), terms).await,
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => {
                PaymentRefundPayload { payment: None, refund: None, refundable: None, replayed: false, user_errors }
            }
            Ok(changed) => {
                let currency = Currency::from_code(&changed.payment.currency)
                    .ok_or_else(|| error::internal(ctx, &Fault::Corrupt(format!("currency {}", changed.payment.currency))))?;
                PaymentRefundPayload {
                    refund: changed.refund.map(|row| Refund::new(&row, currency)),
                    refundable: Some(Money::new(changed.refundable, currency)),
                    replayed: changed.replayed,
                    user_errors: changed.problem.into_iter().map(Into::into).collect(),
                    payment: Some(fresh(ctx, changed.payment).await?),
                }
            }
        })
    }
}
