//! `fulfillmentRates`: what carriers ask for a parcel. The prices are kept, so that a label is bought for one that was offered
//! for this very parcel.

use entity::{fulfillment, id::FulfillmentId, order, shipping_offer, stored::FulfillmentState};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel as _, QueryFilter, QuerySelect};

use super::{Code, not_configured, refusal};
use crate::{
    app::App,
    auth::policy::{Reach, Right, authorise},
    db::retrying,
    event::Origin,
    fault::{Failure, Refusal},
    fulfillment::{
        change,
        provider::{Parcel, Place, Rate, Shipment},
        query, state,
    },
    order::{address::OrderAddress, query as orders},
};

/// Most of a side, in millimetres, and of the weight, in grams.
const MAX_SIDE: u32 = 10_000;
const MAX_WEIGHT: u32 = 2_000_000;

/// Most prices that are kept.
const MAX_OFFERS: usize = 100;

/// What is to be sent from where.
#[derive(Clone, Debug)]
pub struct Sending {
    /// The sender.
    pub from: OrderAddress,
    /// Size and weight.
    pub parcel: Parcel,
}

/// What the carriers ask.
#[derive(Clone, Debug)]
pub struct Offered {
    /// The order.
    pub order: order::Model,
    /// The fulfillment.
    pub fulfillment: fulfillment::Model,
    /// The prices, the cheapest first.
    pub offers: Vec<shipping_offer::Model>,
}

/// Asks the carriers.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn rates(app: &App, origin: &Origin, id: FulfillmentId, sending: &Sending) -> Result<Offered, Failure<Code>> {
    let reach = authorise(&origin.actor, Right::FulfillmentRates, &app.config.orders)?;
    check(sending)?;
    let provider = app.shipping.clone().ok_or_else(not_configured)?;
    let (fulfillment, order) = parcel(app, origin, reach, id).await?;
    let to = destination(&order)?;
    let shipment = Shipment { from: place(&sending.from, ""), to, parcels: vec![sending.parcel] };
    let rates = provider.rates(&shipment).await.map_err(|error| refusal(&error, "fulfillment"))?;
    let offers = keep(app, &fulfillment, rates).await?;
    Ok(Offered { order, fulfillment, offers })
}

/// A parcel that waits for its label, for those who send it.
async fn parcel(
    app: &App,
    origin: &Origin,
    reach: Reach,
    id: FulfillmentId,
) -> Result<(fulfillment::Model, order::Model), Failure<Code>> {
    let seen = query::visible(app.db.reader(), &origin.actor, id).await.map_err(orders::Unseen::into_failure)?;
    let (row, order) = seen.ok_or_else(|| change::not_found().told())?;
    change::expect_sender(origin, reach, &order, &row).map_err(Failure::told)?;
    expect_waiting(&order, &row)?;
    Ok((row, order))
}

/// Refuses what has left or was called off.
pub(super) fn expect_waiting(order: &order::Model, row: &fulfillment::Model) -> Result<(), Failure<Code>> {
    if !state::can_prepare(order.status) {
        return Err(change::wrong_order_status("fulfillment", order.status).told());
    }
    if row.status != FulfillmentState::Pending {
        let message = format!("the fulfillment is {}; a label is for one that is PENDING", row.status);
        return Err(Failure::refused(Code::InvalidTransition, ["fulfillment"], message));
    }
    Ok(())
}

fn check(sending: &Sending) -> Result<(), Failure<Code>> {
    let mut refusals = Vec::new();
    if let Some((part, problem)) = sending.from.problem() {
        refusals.push(Refusal::new(Code::InvalidInput, ["from", part], problem));
    }
    if sending.from.full_name.as_deref().is_none_or(|name| name.trim().is_empty()) {
        refusals.push(Refusal::new(Code::InvalidInput, ["from", "fullName"], "is required"));
    }
    let Parcel { length_mm, width_mm, height_mm, weight_g } = sending.parcel;
    for (name, value, max) in [
        ("lengthMm", length_mm, MAX_SIDE),
        ("widthMm", width_mm, MAX_SIDE),
        ("heightMm", height_mm, MAX_SIDE),
        ("weightG", weight_g, MAX_WEIGHT),
    ] {
        if !(1..=max).contains(&value) {
            refusals.push(Refusal::new(Code::InvalidInput, ["parcel", name], format!("must be between 1 and {max}")));
        }
    }
    match refusals.is_empty() {
        true => Ok(()),
        false => Err(Failure::Refused(refusals)),
    }
}

fn destination(order: &order::Model) -> Result<Place, Failure<Code>> {
    let incomplete = |what: &str| Failure::refused(Code::AddressIncomplete, ["fulfillment"], what);
    let address = order.shipping_address.as_deref().and_then(|text| serde_json::from_str::<OrderAddress>(text).ok());
    let address = address.ok_or_else(|| incomplete("the order has no shipping address"))?;
    if address.free_text.is_some() {
        return Err(incomplete("the order's shipping address is one text; carriers need its parts"));
    }
    if let Some((part, problem)) = address.problem() {
        return Err(incomplete(&format!("the order's shipping address: {part} {problem}")));
    }
    Ok(place(&address, &order.customer_name))
}

fn place(address: &OrderAddress, name: &str) -> Place {
    let text = |part: &Option<String>| part.as_deref().unwrap_or_default().trim().to_owned();
    Place {
        name: Some(text(&address.full_name)).filter(|name| !name.is_empty()).unwrap_or_else(|| name.to_owned()),
        street: text(&address.street_address),
        street_more: None,
        city: text(&address.city),
        region: address.state.clone(),
        postal_code: text(&address.zip_code),
        country: text(&address.country),
        phone: address.phone.clone(),
        email: address.email.clone(),
    }
}

/// Keeps the prices instead of those that were offered before.
async fn keep(app: &App, row: &fulfillment::Model, rates: Vec<Rate>) -> Result<Vec<shipping_offer::Model>, Failure<Code>> {
    let now = app.clock.now();
    let offer = |rate: Rate| shipping_offer::Model {
        fulfillment_id: row.id,
        reference: rate.reference,
        carrier: rate.carrier,
        service: rate.service,
        amount_minor: rate.amount_minor,
        currency: rate.currency.code().to_owned(),
        estimated_days: rate.estimated_days.and_then(|days| i32::try_from(days).ok()),
        offered_at: now,
    };
    let offers: Vec<shipping_offer::Model> = rates.into_iter().take(MAX_OFFERS).map(offer).collect();
    retrying(|| replace(app, row, &offers)).await?;
    Ok(offers)
}

async fn replace(app: &App, row: &fulfillment::Model, offers: &[shipping_offer::Model]) -> Result<(), Failure<Code>> {
    let tx = app.db.begin().await?;
    // Two who ask at once replace each other's prices one after the other.
    order::Entity::find_by_id(row.order_id).lock_exclusive().one(&tx).await?;
    if fulfillment::Entity::find_by_id(row.id).one(&tx).await?.is_none() {
        return Err(change::not_found().told());
    }
    shipping_offer::Entity::delete_many().filter(shipping_offer::Column::FulfillmentId.eq(row.id)).exec(&tx).await?;
    let rows = offers.iter().map(|offer| offer.clone().into_active_model());
    shipping_offer::Entity::insert_many(rows).exec_without_returning(&tx).await?;
    tx.commit().await?;
    Ok(())
}
