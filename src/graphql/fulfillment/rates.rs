//! `fulfillmentRates`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entity::shipping_offer;

use super::{Fulfillment, label::label_errors};
use crate::{
    auth::policy::Right,
    fault::Fault,
    fulfillment::{
        label::{
            Code,
            rates::{self, Sending},
        },
        provider::Parcel,
    },
    graphql::{
        Here, error,
        order::StructuredAddressInput,
        scalar::{CurrencyCode, Int, Money},
    },
    money::Currency,
};

label_errors!(FulfillmentRatesUserError, FulfillmentRatesErrorCode);

/// Size and weight of a parcel.
#[derive(Clone, Debug, InputObject)]
pub struct ParcelInput {
    /// Length in millimetres.
    length_mm: Int,
    /// Width in millimetres.
    width_mm: Int,
    /// Height in millimetres.
    height_mm: Int,
    /// Weight in grams.
    weight_g: Int,
}

impl From<ParcelInput> for Parcel {
    fn from(given: ParcelInput) -> Self {
        // What is out of range is refused as zero is.
        let size = |value: Int| u32::try_from(value.0).unwrap_or(0);
        Self {
            length_mm: size(given.length_mm),
            width_mm: size(given.width_mm),
            height_mm: size(given.height_mm),
            weight_g: size(given.weight_g),
        }
    }
}

/// What is to be sent from where; it goes to the order's shipping address.
#[derive(Clone, Debug, InputObject)]
pub struct FulfillmentRatesInput {
    /// The fulfillment, which is PENDING.
    fulfillment: ID,
    /// Who sends it, with fullName.
    from: StructuredAddressInput,
    /// Size and weight.
    parcel: ParcelInput,
}

/// What a carrier asks for a parcel.
#[derive(Clone, SimpleObject)]
pub struct FulfillmentRate {
    /// What a label is bought with, within 7 days.
    id: ID,
    /// Who would carry it.
    carrier: String,
    /// The carrier's name of the way.
    service: String,
    /// The price.
    amount: Money,
    /// The currency of the price.
    currency: CurrencyCode,
    /// Days on the way, when the carrier says.
    estimated_days: Option<i32>,
}

impl FulfillmentRate {
    fn new(row: shipping_offer::Model) -> Result<Self, Fault> {
        let currency = Currency::from_code(&row.currency).ok_or_else(|| Fault::Corrupt(format!("currency {}", row.currency)))?;
        Ok(Self {
            id: ID(row.reference),
            carrier: row.carrier,
            service: row.service,
            amount: Money::new(row.amount_minor, currency),
            currency: CurrencyCode(currency),
            estimated_days: row.estimated_days,
        })
    }
}

/// What came of fulfillmentRates.
#[derive(SimpleObject)]
pub struct FulfillmentRatesPayload {
    /// The fulfillment; null when the call was refused.
    fulfillment: Option<Fulfillment>,
    /// The prices, the cheapest first, at most 100; they replace those that were offered before.
    rates: Vec<FulfillmentRate>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<FulfillmentRatesUserError>,
}

/// `fulfillmentRates`.
#[derive(Default)]
pub struct FulfillmentRates;

#[Object]
impl FulfillmentRates {
    /// Asks the carriers of the shipping provider what they take for a parcel: staff for every store, sellers for their own
    /// where the shop lets them fulfil. Nothing is bought.
    async fn fulfillment_rates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be sent.")] input: FulfillmentRatesInput,
    ) -> Result<FulfillmentRatesPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::FulfillmentRates)?;
        let sending = Sending { from: input.from.into(), parcel: input.parcel.into() };
        let outcome = match error::id(&input.fulfillment, Code::NotFound, &["fulfillment"], "Fulfillment") {
            Ok(id) => rates::rates(here.app, here.origin, id, &sending).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => FulfillmentRatesPayload { fulfillment: None, rates: Vec::new(), user_errors },
            Ok(offered) => {
                let rates: Result<Vec<FulfillmentRate>, Fault> = offered.offers.into_iter().map(FulfillmentRate::new).collect();
                FulfillmentRatesPayload {
                    fulfillment: Some(Fulfillment::new(offered.fulfillment, Arc::new(offered.order))),
                    rates: rates.map_err(|fault| error::internal(ctx, &fault))?,
                    user_errors: Vec::new(),
                }
            }
        })
    }
}
