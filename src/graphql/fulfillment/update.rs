//! `fulfillmentTrackingUpdate`.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::fulfillment_types;
use crate::{
    auth::policy::Right,
    fulfillment::{change::Code, tracking::Tracking, update},
    graphql::{
        Here, error,
        order::transition::version,
        scalar::{Date, Int},
    },
    order::change::Terms,
};

fulfillment_types!(FulfillmentTrackingUpdatePayload, FulfillmentTrackingUpdateUserError, FulfillmentTrackingUpdateErrorCode);

/// What is known of a parcel; fields left out stay as they are.
#[derive(Clone, Debug, InputObject)]
pub struct FulfillmentTrackingUpdateInput {
    /// The fulfillment.
    fulfillment: ID,
    /// Who carries it, at most 100 characters; empty takes it away.
    carrier: Option<String>,
    /// The carrier's number, at most 100 characters; empty takes it away.
    tracking_number: Option<String>,
    /// Where the carrier tells of it: a link; empty takes it away.
    tracking_url: Option<String>,
    /// Expected day of delivery.
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

/// `fulfillmentTrackingUpdate`.
#[derive(Default)]
pub struct FulfillmentTrackingUpdate;

#[Object]
impl FulfillmentTrackingUpdate {
    /// Changes who carries a parcel, its number, its link or when it should come.
    async fn fulfillment_tracking_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is known of a parcel.")] input: FulfillmentTrackingUpdateInput,
    ) -> Result<FulfillmentTrackingUpdatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::FulfillmentTrackingUpdate)?;
        let tracking = Tracking {
            carrier: input.carrier,
            number: input.tracking_number,
            url: input.tracking_url,
            estimated_delivery: input.estimated_delivery.map(|day| day.0),
        };
        let terms = Terms {
            reason: input.reason,
            force: false,
            expected_version: version(input.expected_version),
            idempotency_key: input.idempotency_key,
            dry_run: input.dry_run.unwrap_or(false),
        };
        let outcome = match error::id(&input.fulfillment, Code::NotFound, &["fulfillment"], "Fulfillment") {
            Ok(id) => update::update(here.app, here.origin, id, tracking, terms).await,
            Err(refusal) => Err(refusal.into()),
        };
        FulfillmentTrackingUpdatePayload::of(ctx, outcome)
    }
}
