//! What shipping providers tell of a parcel: it comes twice and out of order, and is kept once.

use entity::{
    fulfillment,
    id::{FulfillmentId, TrackingEventId},
    order,
    stored::{OrderStatus, ShippingProvider},
    time::Timestamp,
};
use sea_orm::{DatabaseTransaction, EntityTrait, QuerySelect};

use super::{
    change::How,
    scene::Scene,
    state::{self, Move},
    tracking::Tracking,
    tracking_event::{MAX_DESCRIPTION, MAX_LOCATION, Texts, Told, go_along, record},
};
use crate::{app::App, clock::random_bytes, db::retrying, event::Origin, fault::Fault};

/// Something that a provider says of a parcel.
#[derive(Clone, Debug)]
pub struct News {
    /// What it says of the goods.
    pub status: OrderStatus,
    /// Where.
    pub location: Option<String>,
    /// The carrier's words.
    pub description: Option<String>,
    /// When it happened.
    pub at: Timestamp,
    /// The provider's own key of it, or what else tells it from other news of the parcel.
    pub external_id: String,
}

/// Records what is new of what a provider says of a parcel, and moves the parcel along; how many were new. News of a parcel
/// that is not here are none.
///
/// # Errors
/// When the database fails.
pub async fn hear(app: &App, parcel: FulfillmentId, source: ShippingProvider, news: &[News]) -> Result<usize, Fault> {
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let Some(row) = fulfillment::Entity::find_by_id(parcel).one(&tx).await? else { return Ok(0) };
        let Some(order) = order::Entity::find_by_id(row.order_id).lock_exclusive().one(&tx).await? else { return Ok(0) };
        let mut scene = Scene::of(&tx, order).await?;
        let Some(index) = scene.parcels.iter().position(|known| known.row.id == parcel) else { return Ok(0) };
        let origin = Origin::system();
        let how = How { origin: &origin, reason: None, now };
        let mut new = 0;
        for item in news {
            let texts = Texts {
                status: item.status,
                location: item.location.as_deref().and_then(|text| shortened(text, MAX_LOCATION)),
                description: item.description.as_deref().and_then(|text| shortened(text, MAX_DESCRIPTION)),
            };
            let id = TrackingEventId::at(now, random_bytes());
            let told = Told { id, at: item.at, source, external_id: Some(&item.external_id), texts: &texts };
            if record(&tx, how, &mut scene, Some(index), told).await?.is_some() {
                new += 1;
                pick_up(&tx, how, &mut scene, index, item.status).await?;
                go_along(&tx, how, &mut scene, index, item.status).await?;
            }
        }
        tx.commit().await?;
        Ok(new)
    })
    .await
}

/// A parcel that the carrier has was handed over, told or not.
async fn pick_up(
    tx: &DatabaseTransaction,
    how: How<'_>,
    scene: &mut Scene,
    index: usize,
    status: OrderStatus,
) -> Result<(), Fault> {
    let has_it = matches!(status, OrderStatus::Shipped | OrderStatus::OutForDelivery | OrderStatus::Delivered);
    if has_it && state::allows(scene.parcels[index].row.status, Move::Ship) {
        scene.advance(tx, how, index, Move::Ship, &Tracking::default()).await?;
        scene.settle(tx, how).await?;
    }
    Ok(())
}

/// A text from elsewhere as it can be kept; nobody is there to be told what is wrong with it.
fn shortened(text: &str, max: usize) -> Option<String> {
    let kept: String = text.trim().chars().filter(|c| !c.is_control()).take(max).collect();
    Some(kept).filter(|kept| !kept.is_empty())
}
