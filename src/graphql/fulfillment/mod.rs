//! Fulfillments and tracking events: the objects, a file for each mutation.

mod create;
mod label;
mod label_buy;
pub mod loader;
mod node;
mod rates;
mod tracking_event;
mod tracking_event_add;
mod transition;
mod update;

pub use node::{Fulfillment, FulfillmentLine, FulfillmentState, ShippingProvider};
pub(crate) use node::{find, fulfilled};
pub use tracking_event::TrackingEvent;

/// Mutations of fulfillments.
#[derive(Default, async_graphql::MergedObject)]
pub struct FulfillmentMutation(
    create::FulfillmentCreate,
    transition::FulfillmentSteps,
    update::FulfillmentTrackingUpdate,
    tracking_event_add::TrackingEventAdd,
    rates::FulfillmentRates,
    label_buy::FulfillmentLabelBuy,
);

/// Declares the error types of a mutation of fulfillments.
macro_rules! fulfillment_errors {
    ($error:ident, $code:ident) => {
        $crate::graphql::error::user_errors! {
            $error, $code = $crate::fulfillment::change::Code {
                /// No such thing, or not yours.
                NotFound,
                /// Not possible in the current status of the order or of the fulfillment.
                InvalidTransition,
                /// The order is on hold.
                OrderOnHold,
                /// More pieces than are left; see available.
                QuantityExceeded,
                /// Everything is in fulfillments already.
                NothingLeft,
                /// Several stores have goods left to send; name one.
                StoreRequired,
                /// You may not do this.
                Forbidden,
                /// The order changed since the version you know; see changedFields.
                Conflict,
                /// Anything else that is wrong with the input.
                InvalidInput,
                /// The key was used with other input.
                IdempotencyKeyReused,
            }, details: [parcel]
        }
    };
}
use fulfillment_errors;

/// Declares the types of a mutation that changes one fulfillment.
macro_rules! fulfillment_types {
    ($payload:ident, $error:ident, $code:ident) => {
        $crate::graphql::fulfillment::fulfillment_errors!($error, $code);

        /// What came of a change of a fulfillment.
        #[derive(async_graphql::SimpleObject)]
        pub struct $payload {
            /// The fulfillment as it is now; null when the change was refused.
            fulfillment: Option<$crate::graphql::fulfillment::Fulfillment>,
            /// Its order as it is now; null when the change was refused.
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
                outcome: Result<$crate::fulfillment::change::Changed, $crate::fault::Failure<$crate::fulfillment::change::Code>>,
            ) -> async_graphql::Result<Self> {
                Ok(match $crate::graphql::error::settle(ctx, outcome)? {
                    Err(user_errors) => Self { fulfillment: None, order: None, replayed: false, user_errors },
                    Ok(changed) => {
                        let order = std::sync::Arc::new(changed.order);
                        Self {
                            fulfillment: Some($crate::graphql::fulfillment::Fulfillment::new(changed.fulfillment, order.clone())),
                            order: Some($crate::graphql::order::Order::seen(ctx, order)?),
                            replayed: changed.replayed,
                            user_errors: Vec::new(),
                        }
                    }
                })
            }
        }
    };
}
use fulfillment_types;
