//! `fulfillmentLabelBuy`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{Fulfillment, label::label_errors};
use crate::{
    auth::policy::Right,
    fulfillment::label::{Code, buy},
    graphql::{
        Here, error,
        order::{Order, transition::version},
        scalar::Int,
    },
    order::change::Terms,
};

label_errors!(FulfillmentLabelBuyUserError, FulfillmentLabelBuyErrorCode);

/// Which label is to be bought.
#[derive(Clone, Debug, InputObject)]
pub struct FulfillmentLabelBuyInput {
    /// The fulfillment, which is PENDING.
    fulfillment: ID,
    /// The price: an id that fulfillmentRates gave for this fulfillment.
    rate: ID,
    /// The order's version you know: refused with CONFLICT when it has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Checks everything and buys nothing.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// What came of fulfillmentLabelBuy.
#[derive(SimpleObject)]
pub struct FulfillmentLabelBuyPayload {
    /// The fulfillment as it is now; null when the call was refused. While its label is PENDING the provider has not answered
    /// yet: it is asked again, and nothing is bought twice.
    fulfillment: Option<Fulfillment>,
    /// Its order as it is now; null when the call was refused.
    order: Option<Order>,
    /// True: this call repeats an earlier one with the same key.
    replayed: bool,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<FulfillmentLabelBuyUserError>,
}

/// `fulfillmentLabelBuy`.
#[derive(Default)]
pub struct FulfillmentLabelBuy;

#[Object]
impl FulfillmentLabelBuy {
    /// Buys a label for a parcel: staff for every store, sellers for their own where the shop lets them fulfil. The fulfillment
    /// gets its carrier, tracking number, links and label; fulfillmentShip hands it to the carrier.
    async fn fulfillment_label_buy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which label.")] input: FulfillmentLabelBuyInput,
    ) -> Result<FulfillmentLabelBuyPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::FulfillmentLabelBuy)?;
        let terms = Terms {
            reason: None,
            force: false,
            expected_version: version(input.expected_version),
            idempotency_key: input.idempotency_key,
            dry_run: input.dry_run.unwrap_or(false),
        };
        let outcome = match error::id(&input.fulfillment, Code::NotFound, &["fulfillment"], "Fulfillment") {
            Ok(id) => {
                let outcome = buy::buy(here.app, here.origin, id, &input.rate, terms).await;
                here.loaders.labels.forget(id).await;
                outcome
            }
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => FulfillmentLabelBuyPayload { fulfillment: None, order: None, replayed: false, user_errors },
            Ok(changed) => {
                let order = Arc::new(changed.order);
                FulfillmentLabelBuyPayload {
                    fulfillment: Some(Fulfillment::new(changed.fulfillment, order.clone())),
                    order: Some(Order::seen(ctx, order)?),
                    replayed: changed.replayed,
                    user_errors: Vec::new(),
                }
            }
        })
    }
}
