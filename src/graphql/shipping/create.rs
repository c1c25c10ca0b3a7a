//! `shippingMethodCreate`.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use super::{ShippingMethod, shipping_errors};
use crate::{
    auth::policy::Right,
    graphql::{
        Here, error,
        scalar::{CurrencyCode, Int, Money},
    },
    shipping::create::{self, NewMethod},
};

shipping_errors!(ShippingMethodCreateUserError, ShippingMethodCreateErrorCode);

/// What is to be created.
#[derive(Clone, Debug, InputObject)]
pub struct ShippingMethodCreateInput {
    /// Shown name, 1 to 255 characters.
    name: String,
    /// Shown text, at most 5000 characters.
    description: Option<String>,
    /// Price of shipping an order.
    price: Money,
    /// Currency of the price.
    currency: CurrencyCode,
    /// Whole days from placing an order to its delivery, 0 to 365.
    estimated_days: Int,
    /// Whole days from confirming an order to handing it to the carrier, 0 to 365; without it the shop's rule holds.
    handling_days: Option<Int>,
    /// Makes a repeated call the same call: the same key and input give the same way to ship.
    idempotency_key: Option<String>,
}

/// What came of shippingMethodCreate.
#[derive(SimpleObject)]
pub struct ShippingMethodCreatePayload {
    /// The way to ship; null when it was refused.
    shipping_method: Option<ShippingMethod>,
    /// True: this call repeats an earlier one with the same key.
    replayed: bool,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<ShippingMethodCreateUserError>,
}

/// `shippingMethodCreate`.
#[derive(Default)]
pub struct ShippingMethodCreate;

#[Object]
impl ShippingMethodCreate {
    /// Creates a way to ship that can be chosen at once, by staff.
    async fn shipping_method_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be created.")] input: ShippingMethodCreateInput,
    ) -> Result<ShippingMethodCreatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::ShippingMethodCreate)?;
        let new = NewMethod {
            name: input.name,
            description: input.description,
            price: input.price.decimal(),
            currency: input.currency.0,
            estimated_days: input.estimated_days.0,
            handling_days: input.handling_days.map(|days| days.0),
        };
        let outcome = create::create(here.app, here.origin, new, input.idempotency_key.as_deref()).await;
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => ShippingMethodCreatePayload { shipping_method: None, replayed: false, user_errors },
            Ok(created) => {
                let method = Some(ShippingMethod::new(Arc::new(created.method), here.app.clock.now()));
                ShippingMethodCreatePayload { shipping_method: method, replayed: created.replayed, user_errors: Vec::new() }
            }
        })
    }
}
