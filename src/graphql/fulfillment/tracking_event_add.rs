//! `trackingEventAdd`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entity::id::{FulfillmentId, OrderId};

use super::{TrackingEvent, fulfillment_errors};
use crate::{
    auth::policy::Right,
    fault::Refusal,
    fulfillment::{
        change::Code,
        tracking_event::{self, NewTrackingEvent},
    },
    graphql::{
        Here, error,
        order::{Order, OrderStatus, transition::version},
        scalar::Int,
    },
    order::change::Terms,
};

fulfillment_errors!(TrackingEventAddUserError, TrackingEventAddErrorCode);

/// What is known of the way of an order or of one of its fulfillments.
#[derive(Clone, Debug, InputObject)]
pub struct TrackingEventAddInput {
    /// The order.
    order: ID,
    /// The fulfillment it is about; sellers name one of their own.
    fulfillment: Option<ID>,
    /// What it says of the goods: any status an order can have.
    status: OrderStatus,
    /// Where, at most 255 characters.
    location: Option<String>,
    /// What happened, at most 2000 characters.
    description: Option<String>,
    /// Whether the fulfillment becomes OUT_FOR_DELIVERY or DELIVERED with it, where that can follow.
    #[graphql(default_with = "Some(false)")]
    update_fulfillment: Option<bool>,
    /// What the carrier calls it, at most 255 characters: told twice of the same order it is kept once, and replayed.
    external_id: Option<String>,
    /// The order's version you know: refused with CONFLICT when it has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call: the same key and input give the same tracking event.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

impl TrackingEventAddInput {
    fn parts(self) -> Result<(OrderId, NewTrackingEvent, Terms), Refusal<Code>> {
        let order = error::id(&self.order, Code::NotFound, &["order"], "Order")?;
        let read = |id: ID| error::id::<FulfillmentId, _>(&id, Code::NotFound, &["fulfillment"], "Fulfillment");
        let new = NewTrackingEvent {
            fulfillment: self.fulfillment.map(read).transpose()?,
            status: self.status.into(),
            location: self.location,
            description: self.description,
            moves: self.update_fulfillment.unwrap_or(false),
            external_id: self.external_id,
        };
        let terms = Terms {
            reason: None,
            force: false,
            expected_version: version(self.expected_version),
            idempotency_key: self.idempotency_key,
            dry_run: self.dry_run.unwrap_or(false),
        };
        Ok((order, new, terms))
    }
}

/// What came of trackingEventAdd.
#[derive(SimpleObject)]
pub struct TrackingEventAddPayload {
    /// The tracking event; null when it was refused.
    tracking_event: Option<TrackingEvent>,
    /// The order as it is now; null when it was refused.
    order: Option<Order>,
    /// True: this was told before, with the same key or as the same event of the carrier.
    replayed: bool,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<TrackingEventAddUserError>,
}

/// `trackingEventAdd`.
#[derive(Default)]
pub struct TrackingEventAdd;

#[Object]
impl TrackingEventAdd {
    /// Tells where goods are, at the time of the service: staff of every order, sellers of their own fulfillments where the
    /// shop lets them fulfil.
    async fn tracking_event_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is known.")] input: TrackingEventAddInput,
    ) -> Result<TrackingEventAddPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::TrackingEventAdd)?;
        let outcome = match input.parts() {
            Ok((order, new, terms)) => tracking_event::add(here.app, here.origin, order, new, terms).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => TrackingEventAddPayload { tracking_event: None, order: None, replayed: false, user_errors },
            Ok(added) => TrackingEventAddPayload {
                tracking_event: Some(TrackingEvent::new(added.event)),
                order: Some(Order::seen(ctx, Arc::new(added.order))?),
                replayed: added.replayed,
                user_errors: Vec::new(),
            },
        })
    }
}
