//! `fulfillmentTrackingUpdate`: who carries a parcel, its number, where to look it up, when it should come.

use entity::{id::FulfillmentId, stored::FulfillmentState};

use super::{
    change::{self, Changed, Code, How},
    tracking::Tracking,
};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::Origin,
    fault::Failure,
    order::change::{self as order_change, Terms},
};

/// Changes what is known of a parcel. What is as it was makes no change.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn update(
    app: &App,
    origin: &Origin,
    id: FulfillmentId,
    tracking: Tracking,
    terms: Terms,
) -> Result<Changed, Failure<Code>> {
    let right = Right::FulfillmentTrackingUpdate;
    let reach = authorise(&origin.actor, right, &app.config.orders)?;
    terms.check().map_err(change::of_order)?;
    let given = tracking.cleaned().map_err(Failure::Refused)?;
    let key = terms.key(origin, right, &(id, &tracking)).map_err(change::of_order)?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        if let Some(replayed) = change::claim(&tx, origin, key.as_ref(), id, now).await? {
            return Ok(replayed);
        }
        let (mut scene, index) = change::open_for(&tx, origin, reach, id, &terms).await?;
        let row = &scene.parcels[index].row;
        if row.status == FulfillmentState::Cancelled {
            return Err(Failure::refused(Code::InvalidTransition, ["fulfillment"], "the fulfillment was cancelled"));
        }
        let mut edited = row.clone();
        given.apply(&mut edited);
        if edited != *row {
            let how = How { origin, reason: terms.reason(), now };
            scene.change(&tx, how, index, "TRACKING_UPDATED", |row| given.apply(row)).await?;
        }
        order_change::finish(tx, terms.dry_run).await?;
        let fulfillment = scene.parcels[index].row.clone();
        Ok(Changed { order: scene.order, fulfillment, replayed: false })
    })
    .await
}
