//! `shippingMethodUpdate`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{ShippingMethod, shipping_errors};
use crate::{
    auth::policy::Right,
    graphql::{
        Here, error,
        scalar::{CurrencyCode, Int, Money},
    },
    shipping::{
        change::Code,
        update::{self, Edit},
    },
};

shipping_errors!(ShippingMethodUpdateUserError, ShippingMethodUpdateErrorCode);

/// What is to be changed; fields left out stay as they are.
#[derive(Clone, Debug, InputObject)]
pub struct ShippingMethodUpdateInput {
    /// The way to ship.
    shipping_method: ID,
    /// Shown name, 1 to 255 characters.
    name: Option<String>,
    /// Shown text, at most 5000 characters; an empty one takes it away.
    description: Option<String>,
    /// Price of shipping an order.
    price: Option<Money>,
    /// Currency of the price; another one is taken only together with a price.
    currency: Option<CurrencyCode>,
    /// Whole days from placing an order to its delivery, 0 to 365.
    estimated_days: Option<Int>,
    /// Whole days from confirming an order to handing it to the carrier, 0 to 365.
    handling_days: Option<Int>,
    /// Whether it can be chosen.
    is_active: Option<bool>,
}

/// What came of shippingMethodUpdate.
#[derive(SimpleObject)]
pub struct ShippingMethodUpdatePayload {
    /// The way to ship as it is now; null when the change was refused.
    shipping_method: Option<ShippingMethod>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<ShippingMethodUpdateUserError>,
}

/// `shippingMethodUpdate`.
#[derive(Default)]
pub struct ShippingMethodUpdate;

#[Object]
impl ShippingMethodUpdate {
    /// Changes a way to ship, by staff. Orders keep the price they were placed with.
    async fn shipping_method_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be changed.")] input: ShippingMethodUpdateInput,
    ) -> Result<ShippingMethodUpdatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::ShippingMethodUpdate)?;
        let outcome = match error::id(&input.shipping_method, Code::NotFound, &["shippingMethod"], "Shipping method") {
            Ok(id) => {
                let edit = Edit {
                    name: input.name,
                    description: input.description,
                    price: input.price.map(|price| price.decimal()),
                    currency: input.currency.map(|code| code.0),
                    estimated_days: input.estimated_days.map(|days| days.0),
                    handling_days: input.handling_days.map(|days| days.0),
                    is_active: input.is_active,
                };
                update::update(here.app, here.origin, id, edit).await
            }
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => ShippingMethodUpdatePayload { shipping_method: None, user_errors },
            Ok(method) => {
                here.loaders.shipping_methods.forget(method.id).await;
                let method = Some(ShippingMethod::new(Arc::new(method), here.app.clock.now()));
                ShippingMethodUpdatePayload { shipping_method: method, user_errors: Vec::new() }
            }
        })
    }
}
