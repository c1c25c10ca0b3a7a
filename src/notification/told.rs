//! What a message that leaves the house is about: the event, the order and the buyer, as they are when it is sent.

use entity::{customer, event, id::OrderId, notification_preference, order, stored::NotificationKind, time::Timestamp};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait};
use serde::{Deserialize, Serialize};

use crate::job::{self, NewJob};

/// What a job that sends a message is given. Names and addresses are looked up when it runs: they are not kept twice.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Payload {
    /// The event.
    pub event: i64,
}

/// Enqueues a message of an event to the buyer of an order. Messages of one order go out in the order of its events.
pub(crate) async fn enqueue(
    conn: &impl ConnectionTrait,
    kind: &'static str,
    event: i64,
    order: OrderId,
    now: Timestamp,
) -> Result<(), DbErr> {
    let job = NewJob::new(kind, &Payload { event }, now)?.key(event.to_string()).lane(format!("{kind}/{order}"));
    job::enqueue(conn, job, now).await?;
    Ok(())
}

/// An event that the buyer of an order is told of.
pub struct Told {
    /// What it tells of.
    pub kind: NotificationKind,
    /// The event.
    pub event: event::Model,
    /// The order.
    pub order: order::Model,
    /// The buyer.
    pub customer: customer::Model,
    /// What the buyer chose; none when nothing was chosen.
    pub preference: Option<notification_preference::Model>,
}

impl Told {
    /// Reads it; none when the order or the buyer is gone, so that there is nobody to tell.
    pub(crate) async fn of(conn: &impl ConnectionTrait, id: i64) -> Result<Option<Self>, DbErr> {
        let Some(event) = event::Entity::find_by_id(id).one(conn).await? else { return Ok(None) };
        let Some(kind) = NotificationKind::from_text(&event.kind) else { return Ok(None) };
        let Some(order) = event.order_id else { return Ok(None) };
        let Some(order) = order::Entity::find_by_id(order).one(conn).await? else { return Ok(None) };
        let Some(customer) = order.customer_id else { return Ok(None) };
        let Some(customer) = customer::Entity::find_by_id(customer).one(conn).await? else { return Ok(None) };
        let preference = match customer.user_id {
            Some(user) => notification_preference::Entity::find_by_id(user).one(conn).await?,
            None => None,
        };
        Ok(Some(Self { kind, event, order, customer, preference }))
    }
}
