//! The job that delivers. The delivery's row says how often to try; the job itself is never given up.

use entity::{
    event, job,
    stored::{WebhookDeliveryState, WebhookStatus},
    webhook_delivery, webhook_endpoint,
};
use sea_orm::EntityTrait;
use serde_json::json;

use super::{
    outcome,
    payload::{self, View},
    queue::Task,
    schedule,
    send::send,
};
use crate::{
    app::App,
    fault::Fault,
    job::{self as jobs, Done, Trouble},
};

/// Seconds until a delivery is tried again that this service could not even begin.
const AFTER_FAULT: i64 = 5;

/// Delivers, once; says when to come back.
///
/// # Errors
/// For a job that is none.
pub(crate) async fn run(app: &App, job: &job::Model) -> Result<Done, Trouble> {
    let task: Task = jobs::payload(job)?;
    match attempt(app, task).await {
        Ok(done) => Ok(done),
        // Counted against nobody: a job that is done "again" begins to count anew, so no fault of ours loses a message.
        Err(fault) => {
            tracing::error!(delivery = %task.delivery, error = %fault, "a webhook could not be delivered");
            Ok(Done::Again(app.clock.now().plus_seconds(AFTER_FAULT)))
        }
    }
}

async fn attempt(app: &App, task: Task) -> Result<Done, Fault> {
    let conn = app.db.reader();
    let delivery = webhook_delivery::Entity::find_by_id(task.delivery).one(conn).await?;
    let is_due =
        |delivery: &webhook_delivery::Model| delivery.round == task.round && delivery.state == WebhookDeliveryState::Pending;
    let Some(delivery) = delivery.filter(is_due) else { return Ok(Done::Finished) };
    let Some(endpoint) = webhook_endpoint::Entity::find_by_id(delivery.endpoint_id).one(conn).await? else {
        return Ok(Done::Finished);
    };
    if endpoint.status == WebhookStatus::Disabled {
        outcome::give_up(app, &delivery).await?;
        return Ok(Done::Finished);
    }
    let now = app.clock.now();
    let is_test = delivery.event_id.is_none();
    if let Some(until) = schedule::resting_until(&endpoint, now).filter(|_| !is_test) {
        return Ok(Done::Again(until));
    }
    let Some((id, body)) = message(app, &endpoint, &delivery).await? else { return Ok(Done::Finished) };
    let answer = send(app, &endpoint, &id, body).await?;
    let next = outcome::record(app, &delivery, now, &answer).await?;
    Ok(next.map_or(Done::Finished, Done::Again))
}

/// The id and the body of a message.
async fn message(
    app: &App,
    endpoint: &webhook_endpoint::Model,
    delivery: &webhook_delivery::Model,
) -> Result<Option<(String, String)>, Fault> {
    let Some(event) = delivery.event_id else {
        let body = json!({
            "type": "webhook.ping",
            "timestamp": delivery.created_at.datetime(),
            "data": { "endpoint": endpoint.id, "delivery": delivery.id },
        });
        return Ok(Some((delivery.id.to_string(), body.to_string())));
    };
    let conn = app.db.reader();
    let Some(event) = event::Entity::find_by_id(event).one(conn).await? else { return Ok(None) };
    let view = match endpoint.store_id {
        None => View::Whole,
        Some(_) => View::Store,
    };
    let id = payload::event_id(event.id);
    let body = payload::messages(conn, &[event], view).await?.pop();
    Ok(body.map(|body| (id, body.to_string())))
}
