//! What messages say: the same to webhooks and to the broker, and the same however often it is said, for it is made of the
//! log, which does not change.

use std::collections::{BTreeSet, HashMap};

use entity::{
    event,
    id::{CustomerId, OrderId, ShippingMethodId, StoreId, UserId},
    order,
    stored::EventSubject,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::{Value, json};

use super::filter::event_type;
use crate::{
    event::query::{self, changes},
    fault::Fault,
};

/// How much a message tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Everything.
    Whole,
    /// What a seller sees of somebody's order: that it happened, and the status.
    Store,
}

/// The id of an event outside: that of the message too, so that receivers know it again.
pub fn event_id(event: i64) -> String {
    format!("event_{event}")
}

/// The messages of events, in their order.
///
/// # Errors
/// When the database fails.
pub(crate) async fn messages(conn: &impl ConnectionTrait, events: &[event::Model], view: View) -> Result<Vec<Value>, Fault> {
    let orders: BTreeSet<OrderId> = events.iter().filter_map(|event| event.order_id).collect();
    let orders: Vec<OrderId> = orders.into_iter().collect();
    let (timelines, numbers) = match orders.is_empty() {
        true => (HashMap::new(), HashMap::new()),
        false => (query::by_order(conn, &orders).await?, numbers(conn, &orders).await?),
    };
    let message = |event: &event::Model| {
        let order = event.order_id.map(|id| {
            let timeline = timelines.get(&id).map_or(&[][..], Vec::as_slice);
            let number = numbers.get(&id).cloned().or_else(|| number_of_deleted(timeline));
            json!({ "id": id, "number": number, "status": status_at(timeline, event.seq), "version": event.version })
        });
        one(event, order, view)
    };
    Ok(events.iter().map(message).collect())
}

fn one(event: &event::Model, order: Option<Value>, view: View) -> Value {
    let is_shown = |field: &str| view == View::Whole || field == "status";
    let changes: Vec<Value> = changes(event)
        .into_iter()
        .filter(|change| is_shown(&change.field))
        .map(|change| json!({ "field": change.field, "old": change.old, "new": change.new }))
        .collect();
    json!({
        "type": event_type(&event.kind),
        "timestamp": event.occurred_at.datetime(),
        "data": {
            "id": event_id(event.id),
            "position": event.position,
            "kind": event.kind,
            "sequence": event.seq,
            "actorKind": event.actor,
            "reason": event.reason.as_deref().filter(|_| view == View::Whole),
            "subject": { "type": event.subject, "id": subject(event) },
            "order": order,
            "changes": changes,
        },
    })
}

/// The id of what an event is about, typed where the kind of thing says the type.
fn subject(event: &event::Model) -> String {
    let id = event.subject_id;
    match event.subject {
        EventSubject::Order => OrderId(id).to_string(),
        EventSubject::Store => StoreId(id).to_string(),
        EventSubject::Customer => CustomerId(id).to_string(),
        EventSubject::ShippingMethod => ShippingMethodId(id).to_string(),
        EventSubject::User => UserId(id).to_string(),
        _ => id.to_string(),
    }
}

/// The status of an order after an event of its timeline, which no later event changes.
fn status_at(timeline: &[event::Model], seq: i32) -> Option<Value> {
    let past = timeline.iter().rev().filter(|event| event.seq <= seq);
    past.flat_map(changes).find(|change| change.field == "status").map(|change| change.new)
}

/// The number of an order that is gone, from the event that tells of it.
fn number_of_deleted(timeline: &[event::Model]) -> Option<String> {
    let snapshot = timeline.last().map(changes)?.into_iter().find(|change| change.field == "order")?;
    snapshot.old.get("number")?.as_str().map(str::to_owned)
}

async fn numbers(conn: &impl ConnectionTrait, orders: &[OrderId]) -> Result<HashMap<OrderId, String>, Fault> {
    let rows: Vec<(OrderId, String)> = order::Entity::find()
        .select_only()
        .columns([order::Column::Id, order::Column::Number])
        .filter(order::Column::Id.is_in(orders.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().collect())
}
