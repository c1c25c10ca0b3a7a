//! Until when an order must be shipped: promised when it is confirmed, changed by `orderShipByUpdate`.

use entity::{
    id::{OrderId, ShippingMethodId},
    order, shipping_method,
    stored::OrderStatus,
    time::Timestamp,
};
use sea_orm::{ConnectionTrait, EntityTrait};

use super::change::{self, Changed, Code, Terms};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    config::OrderConfig,
    db::retrying,
    event::{Change, Origin},
    fault::{Detail, Failure, Fault, Refusal},
};

/// Whether an order in this status is still to be shipped.
pub const fn is_open(status: OrderStatus) -> bool {
    match status {
        OrderStatus::Pending | OrderStatus::Confirmed | OrderStatus::Processing => true,
        OrderStatus::Shipped
        | OrderStatus::OutForDelivery
        | OrderStatus::Delivered
        | OrderStatus::Cancelled
        | OrderStatus::Refunded
        | OrderStatus::Returned
        | OrderStatus::Damaged => false,
    }
}

/// A time as events tell it.
pub(super) fn told(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.datetime().to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
}

/// Until when an order that is confirmed at `now` must be shipped: by the days its way of shipping takes to hand over, else by
/// the shop's rule; `None` where neither says.
pub fn deadline(method: Option<&shipping_method::Model>, rules: &OrderConfig, now: Timestamp) -> Option<Timestamp> {
    let of_shop = Some(i64::from(rules.ship_within_days)).filter(|days| *days > 0);
    let days = method.and_then(|method| method.handling_days).map(i64::from).or(of_shop)?;
    Some(now.plus_seconds(days * 86_400))
}

/// Sets until when an order must be shipped when it comes to be confirmed without having been promised before.
///
/// # Errors
/// When the database fails.
pub(crate) async fn promise(
    conn: &impl ConnectionTrait,
    rules: &OrderConfig,
    order: &mut order::Model,
    to: OrderStatus,
    now: Timestamp,
) -> Result<Option<Change>, Fault> {
    if order.ship_by.is_some() || !matches!(to, OrderStatus::Confirmed | OrderStatus::Processing) {
        return Ok(None);
    }
    let method = method(conn, order.shipping_method_id).await?;
    order.ship_by = deadline(method.as_ref(), rules, now);
    Ok(order.ship_by.map(|at| Change::new("shipBy", serde_json::Value::Null, told(Some(at)))))
}

async fn method(conn: &impl ConnectionTrait, id: Option<ShippingMethodId>) -> Result<Option<shipping_method::Model>, Fault> {
    match id {
        Some(id) => Ok(shipping_method::Entity::find_by_id(id).one(conn).await?),
        None => Ok(None),
    }
}

/// Changes until when an order must be shipped; `None` takes it away. That it was missed once stays told.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn update(
    app: &App,
    origin: &Origin,
    id: OrderId,
    ship_by: Option<Timestamp>,
    terms: Terms,
) -> Result<Changed, Failure<Code>> {
    authorise(&origin.actor, Right::OrderShipByUpdate, &app.config.orders)?;
    terms.check()?;
    let key = terms.key(origin, Right::OrderShipByUpdate, &(id, ship_by))?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        if let Some(replayed) = change::claim(&tx, origin, key.as_ref(), id, now).await? {
            return Ok(replayed);
        }
        let before = change::lock(&tx, origin, id).await?;
        change::expect_version(&tx, &before, terms.expected_version).await?;
        if !is_open(before.status) {
            let detail = Detail { allowed_statuses: super::state::successors(before.status), ..Default::default() };
            let message = format!("an order that is {} is not to be shipped any more", before.status);
            return Err(Refusal::new(Code::OrderNotEditable, ["order"], message).with(detail).into());
        }
        if ship_by.is_some_and(|at| at < before.placed_at) {
            return Err(Failure::refused(Code::InvalidInput, ["shipBy"], "must not be before the order was placed"));
        }
        let order = match before.ship_by == ship_by {
            true => before,
            false => {
                let after = order::Model { ship_by, ..before.clone() };
                let changes = [Change::new("shipBy", told(before.ship_by), told(ship_by))];
                change::store(&tx, origin, &before, after, "ORDER_UPDATED", terms.reason(), &changes, now).await?
            }
        };
        change::finish(tx, terms.dry_run).await?;
        Ok(Changed { order, replayed: false })
    })
    .await
}
