//! Moving a fulfillment on: `fulfillmentShip`, `fulfillmentOutForDelivery`, `fulfillmentDeliver`, `fulfillmentCancel`.

use entity::id::FulfillmentId;

use super::{
    change::{self, Changed, Code, How},
    state::{self, Move},
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

/// Moves a fulfillment, by the right of the mutation that asks; its order comes along.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn transition(
    app: &App,
    origin: &Origin,
    right: Right,
    id: FulfillmentId,
    to: Move,
    tracking: Tracking,
    terms: Terms,
) -> Result<Changed, Failure<Code>> {
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
        let state = scene.parcels[index].row.status;
        if !state::allows(state, to) {
            let message = format!("a fulfillment that is {state} cannot become {}", to.target());
            return Err(Failure::refused(Code::InvalidTransition, ["fulfillment"], message));
        }
        if to == Move::Ship {
            if !state::follows(scene.order.status) {
                return Err(change::wrong_order_status("fulfillment", scene.order.status));
            }
            change::expect_free(&scene.order, "fulfillment")?;
        }
        let how = How { origin, reason: terms.reason(), now };
        scene.advance(&tx, how, index, to, &given).await?;
        scene.settle(&tx, how).await?;
        order_change::finish(tx, terms.dry_run).await?;
        let fulfillment = scene.parcels[index].row.clone();
        Ok(Changed { order: scene.order, fulfillment, replayed: false })
    })
    .await
}
