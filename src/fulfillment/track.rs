//! News of parcels from shipping providers: a webhook only says which parcel moved; a job asks where it is and takes that over.

use entity::{
    fulfillment,
    id::FulfillmentId,
    job,
    stored::{OrderStatus, ShippingProvider},
    time::Timestamp,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    news::{self, News},
    provider::{Moved, ProviderError, TrackingEvent, TrackingStatus},
};
use crate::{
    app::App,
    db::retrying,
    fault::Fault,
    idempotency::hex,
    job::{self as jobs, Done, NewJob, Trouble, payload},
};

/// Asks where a parcel is.
pub const TRACK: &str = "fulfillment.track";

/// Most things that happened to one parcel which are taken over, the latest.
const MAX_NEWS: usize = 200;

/// Longest number of a parcel.
const MAX_NUMBER: usize = 100;

#[derive(Debug, Serialize, Deserialize)]
struct Look {
    carrier: String,
    tracking_number: String,
}

/// Writes down that a parcel moved, for a job; false for one that is not here. A delivery that is repeated while its job waits
/// adds nothing.
///
/// # Errors
/// When the database fails; the provider delivers it again.
pub(crate) async fn receive(app: &App, moved: &Moved, body: &[u8]) -> Result<bool, Fault> {
    if moved.tracking_number.len() > MAX_NUMBER || parcels(app.db.reader(), &moved.tracking_number).await?.is_empty() {
        return Ok(false);
    }
    let now = app.clock.now();
    let key = hex(&Sha256::digest(body));
    retrying(|| async {
        let tx = app.db.begin().await?;
        enqueue(&tx, moved, key.clone(), now).await?;
        tx.commit().await?;
        Ok(true)
    })
    .await
}

/// Enqueues a look at a parcel. Looks at one parcel wait for each other.
pub(super) async fn enqueue(conn: &impl ConnectionTrait, moved: &Moved, key: String, now: Timestamp) -> Result<bool, DbErr> {
    let look = Look { carrier: moved.carrier.clone(), tracking_number: moved.tracking_number.clone() };
    let job = NewJob::new(TRACK, &look, now)?.key(key).lane(format!("parcel/{}", moved.tracking_number));
    jobs::enqueue(conn, job, now).await
}

/// The parcels of a number whose labels are the provider's: a number that was typed in may be another carrier's.
async fn parcels(conn: &impl ConnectionTrait, number: &str) -> Result<Vec<FulfillmentId>, DbErr> {
    fulfillment::Entity::find()
        .select_only()
        .column(fulfillment::Column::Id)
        .filter(fulfillment::Column::TrackingNumber.eq(number))
        .filter(fulfillment::Column::Provider.eq(ShippingProvider::Shippo))
        .into_tuple()
        .all(conn)
        .await
}

/// The job that asks where a parcel is.
///
/// # Errors
/// To be tried again when the provider does not answer.
pub(crate) async fn run(app: &App, job: &job::Model) -> Result<Done, Trouble> {
    let Look { carrier, tracking_number } = payload(job)?;
    let Some(provider) = &app.shipping else { return Err(Trouble::Retry("no shipping provider is configured".into())) };
    let told = provider.track(&carrier, &tracking_number).await.map_err(|error| match error {
        ProviderError::Rejected(why) => Trouble::GiveUp(why),
        ProviderError::Unknown(why) => Trouble::Retry(why),
    })?;
    let earlier = told.len().saturating_sub(MAX_NEWS);
    let news: Vec<News> = told.into_iter().skip(earlier).map(|event| news_of(&tracking_number, event)).collect();
    for parcel in parcels(app.db.reader(), &tracking_number).await? {
        let new = news::hear(app, parcel, ShippingProvider::Shippo, &news).await?;
        tracing::info!(fulfillment = %parcel, new, "asked where a parcel is");
    }
    Ok(Done::Finished)
}

/// What a provider tells, in the words of orders. Goods that the carrier cannot deliver are on their way still; what became of
/// them people must say.
fn news_of(number: &str, event: TrackingEvent) -> News {
    let status = match event.status {
        TrackingStatus::PreTransit => OrderStatus::Processing,
        TrackingStatus::Transit | TrackingStatus::Failure => OrderStatus::Shipped,
        TrackingStatus::OutForDelivery => OrderStatus::OutForDelivery,
        TrackingStatus::Delivered => OrderStatus::Delivered,
        TrackingStatus::Returned => OrderStatus::Returned,
    };
    News {
        status,
        location: event.location,
        description: Some(event.description),
        at: event.at,
        external_id: format!("{number}/{:?}/{}", event.status, event.at.0),
    }
}
