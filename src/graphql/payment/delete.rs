//! `paymentDelete`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::changed::{forget_order, payment_errors, payment_id, terms};
use crate::{
    auth::policy::Right,
    graphql::{Here, error, order::Order, scalar::Int},
    payment::delete,
};

payment_errors!(PaymentDeleteUserError, PaymentDeleteErrorCode);

/// Which payment is deleted.
#[derive(Clone, Debug, InputObject)]
pub struct PaymentDeleteInput {
    /// The payment.
    payment: ID,
    /// Why; kept in the timeline.
    reason: Option<String>,
    /// The version of the order you know: refused with CONFLICT when it has changed since.
    expected_version: Option<Int>,
    /// Runs everything and takes it back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// What came of paymentDelete.
#[derive(SimpleObject)]
pub struct PaymentDeletePayload {
    /// Id of the payment that is gone; null when the deletion was refused.
    deleted_id: Option<ID>,
    /// The order it was of.
    order: Option<Order>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<PaymentDeleteUserError>,
}

/// `paymentDelete`.
#[derive(Default)]
pub struct PaymentDelete;

#[Object]
impl PaymentDelete {
    /// Deletes a PENDING or FAILED payment that no provider has begun, by administrators. A snapshot stays in the timeline.
    async fn payment_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which payment is deleted.")] input: PaymentDeleteInput,
    ) -> Result<PaymentDeletePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::PaymentDelete)?;
        let terms = terms(input.reason, input.expected_version, None, input.dry_run);
        let outcome = match payment_id(&input.payment) {
            Err(refusal) => Err(refusal.into()),
            Ok(id) => delete::delete(here.app, here.origin, id, terms).await,
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => PaymentDeletePayload { deleted_id: None, order: None, user_errors },
            Ok(order) => {
                forget_order(&here, order.id).await;
                let order = Some(Order::seen(ctx, Arc::new(order))?);
                PaymentDeletePayload { deleted_id: Some(input.payment), order, user_errors: Vec::new() }
            }
        })
    }
}
