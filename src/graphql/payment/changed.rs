//! What the mutations of payments share: the types of their answers and their terms.

use async_graphql::Context;
use entity::payment;

use super::Payment;
use crate::{
    fault::{Fault, Refusal},
    graphql::{Here, error, scalar::Int},
    money::Currency,
    payment::change::{Code, Terms},
};

/// Declares the error type and the codes of a mutation of payments.
macro_rules! payment_errors {
    ($error:ident, $code:ident) => {
        $crate::graphql::error::user_errors! {
            $error, $code = $crate::payment::change::Code {
                /// No such payment, order or method, or not yours.
                NotFound,
                /// You may not do this with the payment.
                Forbidden,
                /// The payment cannot be processed with its current status.
                PaymentNotProcessable,
                /// Nothing is promised that could be captured.
                PaymentNotCapturable,
                /// The payment cannot be called off any more.
                PaymentNotVoidable,
                /// Nothing can be given back.
                PaymentNotRefundable,
                /// The payment can neither be changed nor deleted any more.
                PaymentLocked,
                /// The provider has not answered the last call for this payment yet.
                PaymentInProgress,
                /// The order takes no payments in its status.
                OrderNotPayable,
                /// More than the order still has to be paid.
                AmountExceedsBalance,
                /// More than was authorised.
                AmountExceedsAuthorized,
                /// More than can be given back.
                AmountExceedsRefundable,
                /// Not an amount of the currency above zero.
                InvalidAmount,
                /// The provider declined; the message is for the buyer.
                CardDeclined,
                /// The provider is not configured.
                GatewayNotConfigured,
                /// The provider refused the call; money did not move.
                GatewayRefused,
                /// The input holds what looks like a card number: card data goes to the provider, never here.
                CardDataRefused,
                /// The order changed since the version you know.
                Conflict,
                /// Anything else that is wrong with the input.
                InvalidInput,
                /// The key was used with other input.
                IdempotencyKeyReused,
            }
        }
    };
}
pub(crate) use payment_errors;

/// Declares the payload of a mutation that changes one payment, with its error types.
macro_rules! payment_payload {
    ($payload:ident, $error:ident, $code:ident) => {
        $crate::graphql::payment::changed::payment_errors!($error, $code);

        /// What came of a change of a payment.
        #[derive(async_graphql::SimpleObject)]
        pub struct $payload {
            /// The payment as it is now; null when the change was refused. There beside an error when the provider refused.
            payment: Option<$crate::graphql::payment::Payment>,
            /// True: this call repeats an earlier one with the same key.
            replayed: bool,
            /// Why it was refused; empty when it was not.
            user_errors: Vec<$error>,
        }

        impl $payload {
            /// The payload of what a command answered.
            async fn of(
                ctx: &async_graphql::Context<'_>,
                outcome: Result<$crate::payment::change::Changed, $crate::fault::Failure<$crate::payment::change::Code>>,
            ) -> async_graphql::Result<Self> {
                Ok(match $crate::graphql::error::settle(ctx, outcome)? {
                    Err(user_errors) => Self { payment: None, replayed: false, user_errors },
                    Ok(changed) => Self {
                        replayed: changed.replayed,
                        user_errors: changed.problem.into_iter().map(Into::into).collect(),
                        payment: Some($crate::graphql::payment::changed::fresh(ctx, changed.payment).await?),
                    },
                })
            }
        }
    };
}
pub(crate) use payment_payload;

/// A payment that was just changed: what the request knew of it and of its order is forgotten.
///
/// # Errors
/// When its currency is none.
pub(crate) async fn fresh(ctx: &Context<'_>, row: payment::Model) -> async_graphql::Result<Payment> {
    let here = Here::of(ctx)?;
    here.loaders.refunds.forget(row.id).await;
    forget_order(&here, row.order_id).await;
    let currency = Currency::from_code(&row.currency)
        .ok_or_else(|| error::internal(ctx, &Fault::Corrupt(format!("currency {}", row.currency))))?;
    Ok(Payment::new(row, currency))
}

/// Forgets what the request knew of an order whose payments changed.
pub(crate) async fn forget_order(here: &Here<'_>, order: entity::id::OrderId) {
    here.loaders.orders.forget(order).await;
    here.loaders.payments.forget(order).await;
    here.loaders.events.forget(order).await;
}

/// The terms of a command in the domain's values.
pub fn terms(
    reason: Option<String>,
    expected_version: Option<Int>,
    idempotency_key: Option<String>,
    dry_run: Option<bool>,
) -> Terms {
    Terms {
        reason,
        expected_version: expected_version.map(|Int(version)| i32::try_from(version).unwrap_or(-1)),
        idempotency_key,
        dry_run: dry_run.unwrap_or(false),
    }
}

/// The id of the payment of an input.
///
/// # Errors
/// [`Code::NotFound`].
pub fn payment_id(id: &str) -> Result<entity::id::PaymentId, Refusal<Code>> {
    error::id(id, Code::NotFound, &["payment"], "Payment")
}
