//! `orderDelete`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::transition::version;
use crate::{
    auth::policy::{Right, authorise},
    fault::Failure,
    graphql::{Here, error, scalar::Int},
    order::{
        change::Terms,
        delete::{self, Code},
    },
};

error::user_errors! {
    OrderDeleteUserError, OrderDeleteErrorCode = Code {
        /// No such order.
        NotFound,
        /// Only finished orders may be deleted here.
        InvalidTransition,
        /// A payment provider holds money of it, or may soon: call the payment off or give it back first.
        PaymentHeld,
        /// You may not do this with the order.
        Forbidden,
        /// The order changed since the version you know; see changedFields.
        Conflict,
        /// Anything else that is wrong with the input.
        InvalidInput,
        /// The key was used with other input.
        IdempotencyKeyReused,
    }, details: [change]
}

/// Which order is deleted.
#[derive(Clone, Debug, InputObject)]
pub struct OrderDeleteInput {
    /// The order.
    order: ID,
    /// Why; kept in the log.
    reason: Option<String>,
    /// The version you know: refused with CONFLICT when the order has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// What came of orderDelete.
#[derive(SimpleObject)]
pub struct OrderDeletePayload {
    /// Id of the order that is gone; null when the deletion was refused.
    deleted_id: Option<ID>,
    /// Its number.
    number: Option<String>,
    /// True: this call repeats an earlier one with the same key.
    replayed: bool,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<OrderDeleteUserError>,
}

/// `orderDelete`.
#[derive(Default)]
pub struct OrderDelete;

#[Object]
impl OrderDelete {
    /// Deletes an order for good, by administrators. A snapshot of it stays in the event log. Goods that had not been
    /// shipped go back to stock. Refused with PAYMENT_HELD while a payment provider holds money of it.
    async fn order_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order.")] input: OrderDeleteInput,
    ) -> Result<OrderDeletePayload> {
        let here = Here::of(ctx)?;
        authorise(here.actor(), Right::OrderDelete, &here.app.config.orders).map_err(error::denied)?;
        let terms = Terms {
            reason: input.reason,
            force: false,
            expected_version: version(input.expected_version),
            idempotency_key: input.idempotency_key,
            dry_run: input.dry_run.unwrap_or(false),
        };
        let outcome = match error::id(&input.order, Code::NotFound, &["order"], "Order") {
            Ok(id) => delete::delete(here.app, here.origin, id, terms).await,
            Err(refusal) => Err(Failure::from(refusal)),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => OrderDeletePayload { deleted_id: None, number: None, replayed: false, user_errors },
            Ok(deleted) => OrderDeletePayload {
                deleted_id: Some(ID(deleted.id.to_string())),
                number: Some(deleted.number),
                replayed: deleted.replayed,
                user_errors: Vec::new(),
            },
        })
    }
}
