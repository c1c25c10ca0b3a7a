//! `orderShipByUpdate`.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::transition::{change_types, version};
use crate::{
    auth::policy::Right,
    graphql::{
        Here, error,
        scalar::{Int, Moment},
    },
    order::{
        change::{Code, Terms},
        ship_by,
    },
};

change_types!(OrderShipByUpdatePayload, OrderShipByUpdateUserError, OrderShipByUpdateErrorCode);

/// Until when an order must be shipped.
#[derive(Clone, Debug, InputObject)]
pub struct OrderShipByUpdateInput {
    /// The order, which is not shipped yet.
    order: ID,
    /// Until when; left out or null for no time.
    ship_by: Option<Moment>,
    /// Why; kept in the timeline.
    reason: Option<String>,
    /// The version you know: refused with CONFLICT when the order has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// `orderShipByUpdate`.
#[derive(Default)]
pub struct OrderShipByUpdate;

#[Object]
impl OrderShipByUpdate {
    /// Changes until when an order must be shipped, by staff. That it was overdue is told once only, whatever comes of this.
    async fn order_ship_by_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, and until when.")] input: OrderShipByUpdateInput,
    ) -> Result<OrderShipByUpdatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::OrderShipByUpdate)?;
        let at = input.ship_by.map(|at| at.0);
        let terms = Terms {
            reason: input.reason,
            force: false,
            expected_version: version(input.expected_version),
            idempotency_key: input.idempotency_key,
            dry_run: input.dry_run.unwrap_or(false),
        };
        let outcome = match error::id(&input.order, Code::NotFound, &["order"], "Order") {
            Ok(id) => ship_by::update(here.app, here.origin, id, at, terms).await,
            Err(refusal) => Err(refusal.into()),
        };
        OrderShipByUpdatePayload::of(ctx, outcome)
    }
}
