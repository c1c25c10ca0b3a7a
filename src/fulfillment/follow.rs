//! The fulfillments of an order that is moved as a whole: by `orderShip` and its siblings, in bulk, by cancelling.

use entity::{
    order,
    stored::{FulfillmentState, OrderStatus},
};
use sea_orm::DatabaseTransaction;

use super::{
    change::How,
    scene::Scene,
    state::{self, Move},
    tracking::Tracking,
};
use crate::fault::Fault;

/// Moves the fulfillments of a locked order along with a step of the order to `to`, and tells of each. What is left of the
/// goods when an order is shipped goes into a fulfillment per store; for orders that left without fulfillments none are made
/// up. The step of the order itself is the caller's; the order is given back as these changes leave it.
///
/// # Errors
/// When the database fails.
pub(crate) async fn follow(
    tx: &DatabaseTransaction,
    how: How<'_>,
    order: order::Model,
    to: OrderStatus,
    number: Option<&str>,
) -> Result<order::Model, Fault> {
    let step = match to {
        OrderStatus::Shipped => Move::Ship,
        OrderStatus::OutForDelivery => Move::OutForDelivery,
        OrderStatus::Delivered => Move::Deliver,
        OrderStatus::Cancelled => Move::Cancel,
        OrderStatus::Pending
        | OrderStatus::Confirmed
        | OrderStatus::Processing
        | OrderStatus::Refunded
        | OrderStatus::Returned
        | OrderStatus::Damaged => return Ok(order),
    };
    let mut scene = Scene::of(tx, order).await?;
    let numbered = Tracking::numbered(number);
    if step == Move::Ship {
        for store in scene.stores() {
            let rest = scene.unsent(store);
            if !rest.is_empty() {
                scene.add(tx, how, None, store, rest, &numbered).await?;
            }
        }
    }
    for index in 0..scene.parcels.len() {
        let row = &scene.parcels[index].row;
        if !goes_along(row.status, step) {
            continue;
        }
        let tracking = match row.tracking_number {
            None if step == Move::Ship => numbered.clone(),
            _ => Tracking::default(),
        };
        scene.advance(tx, how, index, step, &tracking).await?;
    }
    Ok(scene.order)
}

/// Brings an order whose lines were edited to the status that follows from its fulfillments, if it has any.
///
/// # Errors
/// When the database fails.
pub(crate) async fn edited(tx: &DatabaseTransaction, how: How<'_>, order: order::Model) -> Result<order::Model, Fault> {
    let mut scene = Scene::of(tx, order).await?;
    if scene.parcels.iter().any(|parcel| state::is_live(parcel.row.status)) {
        scene.settle(tx, how).await?;
    }
    Ok(scene.order)
}

/// Whether a fulfillment moves with its order. One that was forgotten at an earlier step catches up.
const fn goes_along(state: FulfillmentState, step: Move) -> bool {
    use FulfillmentState as S;
    match (state, step) {
        (S::Pending, Move::OutForDelivery | Move::Deliver) => true,
        (state, step) => state::allows(state, step),
    }
}
