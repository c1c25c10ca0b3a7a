//! Changes of status: `orderConfirm`, `orderProcess`, `orderShip`, `orderOutForDelivery`, `orderDeliver`,
//! `orderStatusUpdate`.

use async_graphql::{Context, ID, InputObject, MergedObject, Object, Result};
use entity::stored;

use super::stored::OrderStatus;
use crate::{
    auth::policy::Right,
    fault::Failure,
    graphql::{Here, error, scalar::Int},
    order::{
        change::{Changed, Code, Terms},
        transition::{self, Step},
    },
};

/// Which order, and on which terms.
#[derive(Clone, Debug, InputObject)]
pub struct OrderActionInput {
    /// The order.
    order: ID,
    /// Why; kept in the timeline.
    reason: Option<String>,
    /// Beyond what the status allows, by administrators, with a reason.
    #[graphql(default_with = "Some(false)")]
    force: Option<bool>,
    /// The version you know: refused with CONFLICT when the order has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// Which order, with the carrier's number.
#[derive(Clone, Debug, InputObject)]
pub struct OrderShipInput {
    /// The order.
    order: ID,
    /// The carrier's number, 1 to 100 characters.
    tracking_number: Option<String>,
    /// Why; kept in the timeline.
    reason: Option<String>,
    /// Beyond what the status allows, by administrators, with a reason.
    #[graphql(default_with = "Some(false)")]
    force: Option<bool>,
    /// The version you know: refused with CONFLICT when the order has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// Which order, and the status it is to come to.
#[derive(Clone, Debug, InputObject)]
pub struct OrderStatusUpdateInput {
    /// The order.
    order: ID,
    /// The status to come to.
    status: OrderStatus,
    /// Why; kept in the timeline.
    reason: Option<String>,
    /// Beyond what the status allows, by administrators, with a reason.
    #[graphql(default_with = "Some(false)")]
    force: Option<bool>,
    /// The version you know: refused with CONFLICT when the order has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// A version as a command takes it: what is out of range is no version of any order.
pub fn version(given: Option<Int>) -> Option<i32> {
    given.map(|Int(version)| i32::try_from(version).unwrap_or(-1))
}

macro_rules! terms {
    ($input:ident, unforced) => {
        Terms {
            reason: $input.reason,
            force: false,
            expected_version: $crate::graphql::order::transition::version($input.expected_version),
            idempotency_key: $input.idempotency_key,
            dry_run: $input.dry_run.unwrap_or(false),
        }
    };
    ($input:ident) => {
        Terms {
            reason: $input.reason,
            force: $input.force.unwrap_or(false),
            expected_version: $crate::graphql::order::transition::version($input.expected_version),
            idempotency_key: $input.idempotency_key,
            dry_run: $input.dry_run.unwrap_or(false),
        }
    };
}
pub(super) use terms;

/// Declares the types of a mutation that changes one order.
macro_rules! change_types {
    ($payload:ident, $error:ident, $code:ident) => {
        $crate::graphql::error::user_errors! {
            $error, $code = $crate::order::change::Code {
                /// No such order, or not yours.
                NotFound,
                /// The status may not follow; see allowedStatuses.
                InvalidTransition,
                /// The order cannot be cancelled in its current status.
                OrderNotCancellable,
                /// The order cannot be changed in its current status.
                OrderNotEditable,
                /// The order is on hold; see its holds.
                OrderOnHold,
                /// This needs a reason.
                ReasonRequired,
                /// Only administrators may force.
                ForceForbidden,
                /// You may not do this with the order.
                Forbidden,
                /// The order changed since the version you know; see changedFields.
                Conflict,
                /// Not an address.
                InvalidAddress,
                /// Anything else that is wrong with the input.
                InvalidInput,
                /// The key was used with other input.
                IdempotencyKeyReused,
            }, details: [change]
        }

        /// What came of a change of an order.
        #[derive(async_graphql::SimpleObject)]
        pub struct $payload {
            /// The order as it is now; null when the change was refused.
            order: Option<$crate::graphql::order::Order>,
            /// True: this call repeats an earlier one with the same key.
            replayed: bool,
            /// Why it was refused; empty when it was not.
            user_errors: Vec<$error>,
        }

        impl $payload {
            /// The payload of what a command answered.
            fn of(
                ctx: &async_graphql::Context<'_>,
                outcome: Result<$crate::order::change::Changed, $crate::fault::Failure<$crate::order::change::Code>>,
            ) -> async_graphql::Result<Self> {
                Ok(match $crate::graphql::error::settle(ctx, outcome)? {
                    Err(user_errors) => Self { order: None, replayed: false, user_errors },
                    Ok(changed) => Self {
                        order: Some($crate::graphql::order::Order::seen(ctx, std::sync::Arc::new(changed.order))?),
                        replayed: changed.replayed,
                        user_errors: Vec::new(),
                    },
                })
            }
        }
    };
}
pub(super) use change_types;

/// Moves the order of an input by the right of its mutation.
async fn step(ctx: &Context<'_>, right: Right, order: &ID, step: Step, terms: Terms) -> Result<Result<Changed, Failure<Code>>> {
    let here = Here::of(ctx)?;
    let id = match error::id(order, Code::NotFound, &["order"], "Order") {
        Ok(id) => id,
        // An id that names nothing must not tell a caller without the right more than any other id would.
        Err(refusal) => {
            let allowed = crate::auth::policy::authorise(here.actor(), right, &here.app.config.orders);
            return Ok(Err(allowed.map_or_else(Failure::Denied, |_| refusal.into())));
        }
    };
    Ok(transition::transition(here.app, here.origin, right, id, step, terms).await)
}

macro_rules! action {
    ($object:ident, $function:ident, $payload:ident, $error:ident, $code:ident, $right:expr, $to:expr, $doc:literal) => {
        change_types!($payload, $error, $code);

        /// One mutation.
        #[derive(Default)]
        pub struct $object;

        #[Object]
        impl $object {
            #[doc = $doc]
            async fn $function(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Which order, and on which terms.")] input: OrderActionInput,
            ) -> Result<$payload> {
                let order = input.order.clone();
                let outcome = step(ctx, $right, &order, Step::to($to), terms!(input)).await?;
                $payload::of(ctx, outcome)
            }
        }
    };
}

action!(
    OrderConfirm,
    order_confirm,
    OrderConfirmPayload,
    OrderConfirmUserError,
    OrderConfirmErrorCode,
    Right::OrderConfirm,
    stored::OrderStatus::Confirmed,
    "Accepts an order: PENDING becomes CONFIRMED."
);
action!(
    OrderProcess,
    order_process,
    OrderProcessPayload,
    OrderProcessUserError,
    OrderProcessErrorCode,
    Right::OrderProcess,
    stored::OrderStatus::Processing,
    "Begins to prepare an order: PENDING or CONFIRMED becomes PROCESSING."
);
action!(
    OrderOutForDelivery,
    order_out_for_delivery,
    OrderOutForDeliveryPayload,
    OrderOutForDeliveryUserError,
    OrderOutForDeliveryErrorCode,
    Right::OrderOutForDelivery,
    stored::OrderStatus::OutForDelivery,
    "Brings an order on its last leg: SHIPPED becomes OUT_FOR_DELIVERY."
);
action!(
    OrderDeliver,
    order_deliver,
    OrderDeliverPayload,
    OrderDeliverUserError,
    OrderDeliverErrorCode,
    Right::OrderDeliver,
    stored::OrderStatus::Delivered,
    "Hands an order to the buyer: SHIPPED or OUT_FOR_DELIVERY becomes DELIVERED."
);

action!(
    OrderMarkDamaged,
    order_mark_damaged,
    OrderMarkDamagedPayload,
    OrderMarkDamagedUserError,
    OrderMarkDamagedErrorCode,
    Right::OrderMarkDamaged,
    stored::OrderStatus::Damaged,
    "Notes that the goods were damaged on the way or with the buyer: SHIPPED, OUT_FOR_DELIVERY or DELIVERED becomes DAMAGED, and the goods are written off."
);

change_types!(OrderShipPayload, OrderShipUserError, OrderShipErrorCode);

/// `orderShip`.
#[derive(Default)]
pub struct OrderShip;

#[Object]
impl OrderShip {
    /// Hands an order to the carrier: CONFIRMED or PROCESSING becomes SHIPPED.
    async fn order_ship(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, with the carrier's number.")] input: OrderShipInput,
    ) -> Result<OrderShipPayload> {
        let to = Step { tracking_number: input.tracking_number.clone(), ..Step::to(stored::OrderStatus::Shipped) };
        let order = input.order.clone();
        let outcome = step(ctx, Right::OrderShip, &order, to, terms!(input)).await?;
        OrderShipPayload::of(ctx, outcome)
    }
}

change_types!(OrderStatusUpdatePayload, OrderStatusUpdateUserError, OrderStatusUpdateErrorCode);

/// `orderStatusUpdate`.
#[derive(Default)]
pub struct OrderStatusUpdate;

#[Object]
impl OrderStatusUpdate {
    /// Brings an order to a status that may follow its own.
    async fn order_status_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, and the status it is to come to.")] input: OrderStatusUpdateInput,
    ) -> Result<OrderStatusUpdatePayload> {
        let to = Step::to(input.status.into());
        let order = input.order.clone();
        let outcome = step(ctx, Right::OrderStatusUpdate, &order, to, terms!(input)).await?;
        OrderStatusUpdatePayload::of(ctx, outcome)
    }
}

/// Mutations that change an order's status.
#[derive(Default, MergedObject)]
pub struct Transitions(
    OrderConfirm,
    OrderProcess,
    OrderShip,
    OrderOutForDelivery,
    OrderDeliver,
    OrderMarkDamaged,
    OrderStatusUpdate,
);
