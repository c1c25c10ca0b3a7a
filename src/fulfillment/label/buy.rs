//! `fulfillmentLabelBuy`: a label for a price that was offered.

use entity::{
    fulfillment,
    id::{FulfillmentId, ShippingLabelId},
    shipping_label, shipping_offer,
    stored::{AttemptState, ShippingProvider},
    time::Timestamp,
};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel as _, QueryFilter};

use super::{
    Code,
    carry::{self, Outcome},
    not_configured, rates,
};
use crate::{
    app::App,
    auth::policy::{Reach, Right, authorise},
    clock::random_bytes,
    db::retrying,
    event::Origin,
    fault::Failure,
    fulfillment::{
        change::{self, Changed},
        query,
    },
    idempotency::{Key, claim_id},
    order::{
        change::{self as order_change, Terms},
        query as orders,
    },
};

/// How long a price holds, in days.
const OFFER_DAYS: i64 = 7;

/// What is to be bought.
struct Purchase<'a> {
    fulfillment: FulfillmentId,
    rate: &'a str,
    terms: &'a Terms,
    key: Option<&'a Key>,
}

/// What the first transaction came to.
#[allow(clippy::large_enum_variant, reason = "made and taken apart once a call")]
enum Begun {
    /// There is nothing to ask the provider.
    Done(Changed),
    /// The key was used before, for this label.
    Known(ShippingLabelId),
    /// It is written down.
    Ask(ShippingLabelId),
}

/// Buys a label. When the provider's answer does not come the fulfillment is given back without one; a job asks again.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn buy(
    app: &App,
    origin: &Origin,
    id: FulfillmentId,
    rate: &str,
    terms: Terms,
) -> Result<Changed, Failure<Code>> {
    let right = Right::FulfillmentLabelBuy;
    let reach = authorise(&origin.actor, right, &app.config.orders)?;
    terms.check().map_err(change::of_order).map_err(Failure::told)?;
    let key = terms.key(origin, right, &(id, rate)).map_err(change::of_order).map_err(Failure::told)?;
    let purchase = Purchase { fulfillment: id, rate, terms: &terms, key: key.as_ref() };
    match retrying(|| begin(app, origin, reach, &purchase)).await? {
        Begun::Done(changed) => Ok(changed),
        Begun::Known(label) => replayed(app, origin, id, label).await,
        Begun::Ask(label) => match Box::pin(carry::carry_out(app, origin, label)).await? {
            Outcome::Refused(why) => Err(Failure::refused(Code::ProviderRefused, ["rate"], why)),
            Outcome::Done | Outcome::Open(_) | Outcome::Gone => seen(app, origin, id, false).await,
        },
    }
}

async fn begin(app: &App, origin: &Origin, reach: Reach, purchase: &Purchase<'_>) -> Result<Begun, Failure<Code>> {
    let now = app.clock.now();
    let id = ShippingLabelId::at(now, random_bytes());
    let tx = app.db.begin().await?;
    if let Some(known) = claim_id::<_, Code>(&tx, purchase.key, id, now).await? {
        return Ok(Begun::Known(known));
    }
    let opened = change::open_for(&tx, origin, reach, purchase.fulfillment, purchase.terms).await;
    let (mut scene, index) = opened.map_err(Failure::told)?;
    let row = scene.parcels[index].row.clone();
    // A parcel that has its label has it whatever became of it since.
    expect_none(&tx, &row).await?;
    rates::expect_waiting(&scene.order, &row)?;
    change::expect_free(&scene.order, "fulfillment").map_err(Failure::told)?;
    if app.shipping.is_none() {
        return Err(not_configured());
    }
    let offer = offer(&tx, purchase, now).await?;
    let label = shipping_label::Model {
        id,
        fulfillment_id: row.id,
        provider: ShippingProvider::Shippo,
        rate: offer.reference,
        state: AttemptState::Started,
        carrier: offer.carrier,
        service: offer.service,
        amount_minor: offer.amount_minor,
        currency: offer.currency,
        reference: None,
        error: None,
        asking_until: now.plus_seconds(carry::patience(app)),
        created_at: now,
        updated_at: now,
    };
    let asking_until = label.asking_until;
    shipping_label::Entity::insert(label.into_active_model()).exec_without_returning(&tx).await?;
    carry::again(&tx, id, asking_until, now).await?;
    order_change::finish(tx, purchase.terms.dry_run).await?;
    Ok(match purchase.terms.dry_run {
        true => Begun::Done(Changed { fulfillment: scene.parcels.swap_remove(index).row, order: scene.order, replayed: false }),
        false => Begun::Ask(id),
    })
}

async fn expect_none(tx: &DatabaseTransaction, row: &fulfillment::Model) -> Result<(), Failure<Code>> {
    let live = shipping_label::Entity::find()
        .filter(shipping_label::Column::FulfillmentId.eq(row.id))
        .filter(shipping_label::Column::State.ne(AttemptState::Failed))
        .one(tx)
        .await?;
    match live.map(|label| label.state) {
        None | Some(AttemptState::Failed) => Ok(()),
        Some(AttemptState::Succeeded) => {
            Err(Failure::refused(Code::LabelExists, ["fulfillment"], "the fulfillment has its label already"))
        }
        Some(AttemptState::Started | AttemptState::Unknown) => {
            Err(Failure::refused(Code::LabelInProgress, ["fulfillment"], "a label of the fulfillment is being bought"))
        }
    }
}

async fn offer(
    tx: &DatabaseTransaction,
    purchase: &Purchase<'_>,
    now: Timestamp,
) -> Result<shipping_offer::Model, Failure<Code>> {
    let known = shipping_offer::Entity::find_by_id((purchase.fulfillment, purchase.rate.to_owned())).one(tx).await?;
    known.filter(|offer| now < offer.offered_at.plus_seconds(OFFER_DAYS * 86_400)).ok_or_else(|| {
        Failure::refused(Code::RateExpired, ["rate"], "this price is not offered, or not any more; ask for rates again")
    })
}

/// The fulfillment as it is now.
async fn seen(app: &App, origin: &Origin, id: FulfillmentId, replayed: bool) -> Result<Changed, Failure<Code>> {
    let found = query::visible(app.db.reader(), &origin.actor, id).await.map_err(orders::Unseen::into_failure)?;
    let (fulfillment, order) = found.ok_or_else(|| change::not_found().told())?;
    Ok(Changed { order, fulfillment, replayed })
}

/// The same answer again: the fulfillment, or that the label was refused.
async fn replayed(app: &App, origin: &Origin, id: FulfillmentId, label: ShippingLabelId) -> Result<Changed, Failure<Code>> {
    let label = shipping_label::Entity::find_by_id(label).one(app.db.reader()).await?;
    match label.filter(|label| label.state == AttemptState::Failed) {
        Some(failed) => Err(Failure::refused(Code::ProviderRefused, ["rate"], failed.error.unwrap_or_default())),
        None => seen(app, origin, id, true).await,
    }
}
