//! Moving a fulfillment on: `fulfillmentShip`, `fulfillmentOutForDelivery`, `fulfillmentDeliver`, `fulfillmentCancel`.

use async_graphql::{Context, ID, InputObject, MergedObject, Object, Result};

use super::fulfillment_types;
use crate::{
    auth::policy::Right,
    fault::Failure,
    fulfillment::{
        change::{Changed, Code},
        state::Move,
        tracking::Tracking,
        transition,
    },
    graphql::{
        Here, error,
        scalar::{Date, Int},
    },
    order::change::Terms,
};

/// Which fulfillment, and on which terms.
#[derive(Clone, Debug, InputObject)]
pub struct FulfillmentActionInput {
    /// The fulfillment.
    fulfillment: ID,
    /// Why; kept in the order's timeline.
    reason: Option<String>,
    /// The order's version you know: refused with CONFLICT when it has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// Which fulfillment is handed to the carrier, and what is known of it.
#[derive(Clone, Debug, InputObject)]
pub struct FulfillmentShipInput {
    /// The fulfillment.
    fulfillment: ID,
    /// Who carries it, at most 100 characters.
    carrier: Option<String>,
    /// The carrier's number, at most 100 characters.
    tracking_number: Option<String>,
    /// Where the carrier tells of it: a link.
    tracking_url: Option<String>,
    /// Expected day of delivery; by the order's way of shipping unless told.
    estimated_delivery: Option<Date>,
    /// Why; kept in the order's timeline.
    reason: Option<String>,
    /// The order's version you know: refused with CONFLICT when it has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

async fn step(
    ctx: &Context<'_>,
    right: Right,
    fulfillment: &ID,
    to: Move,
    tracking: Tracking,
    terms: Terms,
) -> Result<Result<Changed, Failure<Code>>> {
    let here = Here::of(ctx)?;
    here.authorise(right)?;
    Ok(match error::id(fulfillment, Code::NotFound, &["fulfillment"], "Fulfillment") {
        Ok(id) => transition::transition(here.app, here.origin, right, id, to, tracking, terms).await,
        Err(refusal) => Err(refusal.into()),
    })
}

macro_rules! action {
    ($object:ident, $function:ident, $payload:ident, $error:ident, $code:ident, $to:expr, $doc:literal) => {
        fulfillment_types!($payload, $error, $code);

        /// One mutation.
        #[derive(Default)]
        pub struct $object;

        #[Object]
        impl $object {
            #[doc = $doc]
            async fn $function(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Which fulfillment, and on which terms.")] input: FulfillmentActionInput,
            ) -> Result<$payload> {
                let terms = Terms {
                    reason: input.reason,
                    force: false,
                    expected_version: crate::graphql::order::transition::version(input.expected_version),
                    idempotency_key: input.idempotency_key,
                    dry_run: input.dry_run.unwrap_or(false),
                };
                let outcome = step(ctx, Right::$object, &input.fulfillment, $to, Tracking::default(), terms).await?;
                $payload::of(ctx, outcome)
            }
        }
    };
}

action!(
    FulfillmentOutForDelivery,
    fulfillment_out_for_delivery,
    FulfillmentOutForDeliveryPayload,
    FulfillmentOutForDeliveryUserError,
    FulfillmentOutForDeliveryErrorCode,
    Move::OutForDelivery,
    "Brings a parcel on its last leg: SHIPPED becomes OUT_FOR_DELIVERY."
);
action!(
    FulfillmentDeliver,
    fulfillment_deliver,
    FulfillmentDeliverPayload,
    FulfillmentDeliverUserError,
    FulfillmentDeliverErrorCode,
    Move::Deliver,
    "Hands a parcel to the buyer: SHIPPED or OUT_FOR_DELIVERY becomes DELIVERED. The order is DELIVERED when all of its goods are."
);
action!(
    FulfillmentCancel,
    fulfillment_cancel,
    FulfillmentCancelPayload,
    FulfillmentCancelUserError,
    FulfillmentCancelErrorCode,
    Move::Cancel,
    "Calls a parcel off that was not shipped; its goods are left to send again."
);

fulfillment_types!(FulfillmentShipPayload, FulfillmentShipUserError, FulfillmentShipErrorCode);

/// `fulfillmentShip`.
#[derive(Default)]
pub struct FulfillmentShip;

#[Object]
impl FulfillmentShip {
    /// Hands a parcel to the carrier: PENDING becomes SHIPPED. The order is SHIPPED when all of its goods are.
    async fn fulfillment_ship(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which fulfillment, and what is known of it.")] input: FulfillmentShipInput,
    ) -> Result<FulfillmentShipPayload> {
        let tracking = Tracking {
            carrier: input.carrier,
            number: input.tracking_number,
            url: input.tracking_url,
            estimated_delivery: input.estimated_delivery.map(|day| day.0),
        };
        let terms = Terms {
            reason: input.reason,
            force: false,
            expected_version: crate::graphql::order::transition::version(input.expected_version),
            idempotency_key: input.idempotency_key,
            dry_run: input.dry_run.unwrap_or(false),
        };
        let outcome = step(ctx, Right::FulfillmentShip, &input.fulfillment, Move::Ship, tracking, terms).await?;
        FulfillmentShipPayload::of(ctx, outcome)
    }
}

/// Mutations that move a fulfillment on.
#[derive(Default, MergedObject)]
pub struct FulfillmentSteps(FulfillmentShip, FulfillmentOutForDelivery, FulfillmentDeliver, FulfillmentCancel);
