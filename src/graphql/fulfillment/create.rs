//! `fulfillmentCreate`.

use async_graphql::{Context, ID, InputObject, Object, Result};
use entity::id::{OrderId, StoreId};

use super::fulfillment_types;
use crate::{
    auth::policy::Right,
    fault::Refusal,
    fulfillment::{
        change::Code,
        create::{self, NewFulfillment, NewLine},
        tracking::Tracking,
    },
    graphql::{
        Here, error,
        order::transition::version,
        scalar::{Date, Int},
    },
    order::change::Terms,
};

fulfillment_types!(FulfillmentCreatePayload, FulfillmentCreateUserError, FulfillmentCreateErrorCode);

/// Pieces of an order's line.
#[derive(Clone, Debug, InputObject)]
pub struct FulfillmentLineInput {
    /// The order's line.
    item: ID,
    /// Pieces, at least 1, at most what is left of the line.
    quantity: Int,
}

/// What is to be sent as one parcel.
#[derive(Clone, Debug, InputObject)]
pub struct FulfillmentCreateInput {
    /// The order, which is CONFIRMED or PROCESSING.
    order: ID,
    /// Whose goods; needed when several stores have goods left to send and no lines are named.
    store: Option<ID>,
    /// Which goods, of one store; everything of the store that is left unless told, at most 500 lines.
    lines: Option<Vec<FulfillmentLineInput>>,
    /// Who carries it, at most 100 characters.
    carrier: Option<String>,
    /// The carrier's number, at most 100 characters.
    tracking_number: Option<String>,
    /// Where the carrier tells of it: a link.
    tracking_url: Option<String>,
    /// Expected day of delivery; by the order's way of shipping unless told.
    estimated_delivery: Option<Date>,
    /// Whether it is handed to the carrier at once.
    #[graphql(default_with = "Some(false)")]
    ship: Option<bool>,
    /// Why; kept in the timeline.
    reason: Option<String>,
    /// The order's version you know: refused with CONFLICT when it has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call: the same key and input give the same fulfillment.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

impl FulfillmentCreateInput {
    fn parts(self) -> Result<(OrderId, NewFulfillment, Terms), Refusal<Code>> {
        let order = error::id(&self.order, Code::NotFound, &["order"], "Order")?;
        let store = self.store.map(|store| error::id::<StoreId, _>(&store, Code::NotFound, &["store"], "Store")).transpose()?;
        let line = |line: FulfillmentLineInput| NewLine { item: line.item.parse().ok(), quantity: line.quantity.0 };
        let new = NewFulfillment {
            store,
            lines: self.lines.map(|lines| lines.into_iter().map(line).collect()),
            tracking: Tracking {
                carrier: self.carrier,
                number: self.tracking_number,
                url: self.tracking_url,
                estimated_delivery: self.estimated_delivery.map(|day| day.0),
            },
            ship: self.ship.unwrap_or(false),
        };
        let terms = Terms {
            reason: self.reason,
            force: false,
            expected_version: version(self.expected_version),
            idempotency_key: self.idempotency_key,
            dry_run: self.dry_run.unwrap_or(false),
        };
        Ok((order, new, terms))
    }
}

/// `fulfillmentCreate`.
#[derive(Default)]
pub struct FulfillmentCreate;

#[Object]
impl FulfillmentCreate {
    /// Makes a parcel of a store's part of an order, or of some of it: staff for every store, sellers for their own where the
    /// shop lets them. The order becomes PROCESSING with its first fulfillment and SHIPPED when all of its goods are sent.
    async fn fulfillment_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be sent.")] input: FulfillmentCreateInput,
    ) -> Result<FulfillmentCreatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::FulfillmentCreate)?;
        let outcome = match input.parts() {
            Ok((order, new, terms)) => create::create(here.app, here.origin, order, new, terms).await,
            Err(refusal) => Err(refusal.into()),
        };
        FulfillmentCreatePayload::of(ctx, outcome)
    }
}
