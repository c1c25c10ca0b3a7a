//! `trackingEventAdd`, and what shipping providers tell: a place and time on the way of an order or of one of its
//! fulfillments (ORD-25).

use entity::{
    id::{FulfillmentId, OrderId, TrackingEventId},
    order,
    stored::{FulfillmentState, OrderStatus, ShippingProvider},
    time::Timestamp,
    tracking_event,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, sea_query::OnConflict};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    change::{self, Code, How},
    scene::Scene,
    state::{self, Move},
    tracking::Tracking,
};
use crate::{
    app::App,
    auth::policy::{Reach, Right, authorise},
    clock::random_bytes,
    db::retrying,
    event::{Change, Origin},
    fault::{Failure, Fault, Refusal},
    idempotency::Claim,
    order::{
        change::{self as order_change, Terms},
        query as orders,
    },
    text,
};

/// Longest name of a place.
pub(super) const MAX_LOCATION: usize = 255;

/// Longest description.
pub(super) const MAX_DESCRIPTION: usize = 2_000;

/// Longest key of a carrier.
const MAX_EXTERNAL_ID: usize = 255;

/// What is told.
#[derive(Clone, Debug, Serialize)]
pub struct NewTrackingEvent {
    /// The fulfillment, when it is about one.
    pub fulfillment: Option<FulfillmentId>,
    /// What it says of the goods.
    pub status: OrderStatus,
    /// Where.
    pub location: Option<String>,
    /// What happened.
    pub description: Option<String>,
    /// Whether the fulfillment comes to what the event says.
    pub moves: bool,
    /// What the carrier calls it: told twice it is kept once.
    pub external_id: Option<String>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Added {
    /// The tracking event.
    pub event: tracking_event::Model,
    /// The order as it is now.
    pub order: order::Model,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
}

/// Adds a tracking event at the time of the service.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn add(
    app: &App,
    origin: &Origin,
    order: OrderId,
    new: NewTrackingEvent,
    terms: Terms,
) -> Result<Added, Failure<Code>> {
    let right = Right::TrackingEventAdd;
    let reach = authorise(&origin.actor, right, &app.config.orders)?;
    terms.check().map_err(change::of_order)?;
    let texts = cleaned(&new)?;
    let external_id = text::optional_line(new.external_id.as_deref().unwrap_or_default(), MAX_EXTERNAL_ID);
    let external_id = external_id.map_err(|problem| Failure::refused(Code::InvalidInput, ["externalId"], problem))?;
    let key = terms.key(origin, right, &(order, &new)).map_err(change::of_order)?;
    retrying(|| async {
        let now = app.clock.now();
        let id = TrackingEventId::at(now, random_bytes());
        let tx = app.db.begin().await?;
        if let Some(key) = &key {
            match key.claim(&tx, id.to_string(), now).await? {
                Claim::Fresh => {}
                Claim::Reused => {
                    let message = "this key was used with other input";
                    return Err(Failure::refused(Code::IdempotencyKeyReused, ["idempotencyKey"], message));
                }
                Claim::Replay(answer) => return replay(&tx, origin, &answer).await,
            }
        }
        let mut scene = change::open(&tx, origin, order, &terms).await?;
        let index = subject(&scene, origin, reach, &new)?;
        let how = How { origin, reason: terms.reason(), now };
        let told = Told { id, at: now, source: ShippingProvider::Manual, external_id: external_id.as_deref(), texts: &texts };
        let Some(event) = record(&tx, how, &mut scene, index, told).await? else {
            let parcel = index.map(|index| scene.parcels[index].row.id);
            let known = told_before(&tx, order, parcel, external_id.as_deref()).await?;
            return Ok(Added { event: known, order: scene.order, replayed: true });
        };
        if let Some(index) = index.filter(|_| new.moves) {
            go_along(&tx, how, &mut scene, index, new.status).await?;
        }
        order_change::finish(tx, terms.dry_run).await?;
        Ok(Added { event, order: scene.order, replayed: false })
    })
    .await
}

fn gone() -> Failure<Code> {
    Failure::refused(Code::NotFound, ["order"], "Order not found")
}

/// The event that the same key was given to before. That of another parcel is not told: it may be of another store.
async fn told_before(
    tx: &DatabaseTransaction,
    order: OrderId,
    parcel: Option<FulfillmentId>,
    external_id: Option<&str>,
) -> Result<tracking_event::Model, Failure<Code>> {
    let known = tracking_event::Entity::find()
        .filter(tracking_event::Column::OrderId.eq(order))
        .filter(tracking_event::Column::Source.eq(ShippingProvider::Manual))
        .filter(tracking_event::Column::ExternalId.eq(external_id))
        .one(tx)
        .await?;
    let reused = || Failure::refused(Code::InvalidInput, ["externalId"], "is that of something else that was told of the order");
    known.filter(|known| known.fulfillment_id == parcel).ok_or_else(reused)
}

async fn replay(tx: &DatabaseTransaction, origin: &Origin, answer: &str) -> Result<Added, Failure<Code>> {
    let id: TrackingEventId = answer.parse().map_err(|_| Fault::Corrupt(format!("idempotent answer {answer}")))?;
    let event = tracking_event::Entity::find_by_id(id).one(tx).await?.ok_or_else(gone)?;
    let order = orders::visible(tx, &origin.actor, event.order_id).await.map_err(orders::Unseen::into_failure)?;
    Ok(Added { event, order: order.ok_or_else(gone)?, replayed: true })
}

/// The texts of an event as they are kept, with its status.
pub(super) struct Texts {
    pub(super) status: OrderStatus,
    pub(super) location: Option<String>,
    pub(super) description: Option<String>,
}

fn cleaned(new: &NewTrackingEvent) -> Result<Texts, Failure<Code>> {
    let mut refusals = Vec::new();
    let mut keep = |name: &str, checked: Result<Option<String>, String>| match checked {
        Ok(text) => text,
        Err(problem) => {
            refusals.push(Refusal::new(Code::InvalidInput, [name], problem));
            None
        }
    };
    let location = keep("location", text::optional_line(new.location.as_deref().unwrap_or_default(), MAX_LOCATION));
    let description = text::block(new.description.as_deref().unwrap_or_default(), MAX_DESCRIPTION);
    let description = keep("description", description.map(|text| Some(text).filter(|text| !text.is_empty())));
    match refusals.is_empty() {
        true => Ok(Texts { status: new.status, location, description }),
        false => Err(Failure::Refused(refusals)),
    }
}

/// The place of the fulfillment that the event is about. Sellers tell of their own ones only.
fn subject(scene: &Scene, origin: &Origin, reach: Reach, new: &NewTrackingEvent) -> Result<Option<usize>, Failure<Code>> {
    let Some(id) = new.fulfillment else {
        return match reach {
            Reach::All => Ok(None),
            Reach::Own => Err(Failure::refused(Code::Forbidden, ["fulfillment"], "name a fulfillment of your store")),
        };
    };
    let found = scene.parcels.iter().position(|parcel| parcel.row.id == id);
    let mine = |index: &usize| reach == Reach::All || origin.actor.stores().contains(&scene.parcels[*index].row.store_id);
    match found.filter(mine) {
        Some(index) => Ok(Some(index)),
        None => Err(Failure::refused(Code::NotFound, ["fulfillment"], "Fulfillment not found in the order")),
    }
}

/// A tracking event to be written.
pub(super) struct Told<'a> {
    pub(super) id: TrackingEventId,
    pub(super) at: Timestamp,
    pub(super) source: ShippingProvider,
    pub(super) external_id: Option<&'a str>,
    pub(super) texts: &'a Texts,
}

/// Writes a tracking event and tells of it; `None` when its source told the same before.
pub(super) async fn record(
    tx: &DatabaseTransaction,
    how: How<'_>,
    scene: &mut Scene,
    index: Option<usize>,
    told: Told<'_>,
) -> Result<Option<tracking_event::Model>, Fault> {
    let parcel = index.and_then(|index| scene.parcels.get(index));
    let event = tracking_event::Model {
        id: told.id,
        order_id: scene.order.id,
        fulfillment_id: parcel.map(|parcel| parcel.row.id),
        status: told.texts.status,
        location: told.texts.location.clone(),
        description: told.texts.description.clone(),
        occurred_at: told.at,
        recorded_at: how.now,
        source: told.source,
        external_id: told.external_id.map(str::to_owned),
    };
    let row = tracking_event::ActiveModel {
        id: Set(event.id),
        order_id: Set(event.order_id),
        fulfillment_id: Set(event.fulfillment_id),
        status: Set(event.status),
        location: Set(event.location.clone()),
        description: Set(event.description.clone()),
        occurred_at: Set(event.occurred_at),
        recorded_at: Set(event.recorded_at),
        source: Set(event.source),
        external_id: Set(event.external_id.clone()),
    };
    let known = [tracking_event::Column::OrderId, tracking_event::Column::Source, tracking_event::Column::ExternalId];
    let inserted = tracking_event::Entity::insert(row)
        .on_conflict(OnConflict::columns(known).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    if inserted == 0 {
        return Ok(None);
    }
    let document = json!({
        "id": event.id,
        "fulfillment": event.fulfillment_id,
        "store": parcel.map(|parcel| parcel.row.store_id),
        "status": event.status,
        "location": event.location,
        "description": event.description,
        "source": event.source,
        "occurredAt": event.occurred_at.datetime(),
    });
    let changes = [Change::new("trackingEvent", Value::Null, document)];
    let after = scene.order.clone();
    let kind = "TRACKING_UPDATED";
    scene.order = order_change::store(tx, how.origin, &scene.order, after, kind, how.reason, &changes, how.now).await?;
    Ok(Some(event))
}

/// Brings a fulfillment to where a tracking event says it is, when that follows; what is there already or cannot follow is
/// left as it is.
pub(super) async fn go_along(
    tx: &DatabaseTransaction,
    how: How<'_>,
    scene: &mut Scene,
    index: usize,
    status: OrderStatus,
) -> Result<(), Fault> {
    let to = match status {
        OrderStatus::OutForDelivery => Move::OutForDelivery,
        OrderStatus::Delivered => Move::Deliver,
        _ => return Ok(()),
    };
    let state: FulfillmentState = scene.parcels[index].row.status;
    if state::allows(state, to) {
        scene.advance(tx, how, index, to, &Tracking::default()).await?;
        scene.settle(tx, how).await?;
    }
    Ok(())
}
