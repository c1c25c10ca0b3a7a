//! What is to be delivered: the row and the job that goes with it, always written together.

use entity::{
    event, id::WebhookDeliveryId, job, stored::WebhookDeliveryState, time::Timestamp, webhook_delivery, webhook_endpoint,
};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use serde::{Deserialize, Serialize};

use crate::{
    clock::random_bytes,
    fault::Fault,
    job::{self as jobs, NewJob},
};

/// The kind of the jobs that deliver. They have hands of their own in the worker: receivers may be slow.
pub const DELIVER: &str = "webhook.deliver";

/// What a job is to deliver.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Task {
    /// The delivery.
    pub delivery: WebhookDeliveryId,
    /// Its round; a job of an earlier one is void.
    pub round: i32,
}

/// Writes that an endpoint is to be told of an event; `None` when that was written before.
pub(super) async fn add(
    tx: &DatabaseTransaction,
    endpoint: &webhook_endpoint::Model,
    event: &event::Model,
    now: Timestamp,
) -> Result<Option<WebhookDeliveryId>, Fault> {
    let mut delivery = empty(endpoint, &event.kind, now);
    delivery.event_id = Some(event.id);
    delivery.position = event.position;
    delivery.order_id = event.order_id;
    let row: webhook_delivery::ActiveModel = delivery.clone().into();
    let known = OnConflict::columns([webhook_delivery::Column::EndpointId, webhook_delivery::Column::EventId]);
    let inserted = webhook_delivery::Entity::insert(row)
        .on_conflict(known.clone().do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    if inserted != 1 {
        return Ok(None);
    }
    enqueue(tx, &delivery, event.subject_id, now).await?;
    Ok(Some(delivery.id))
}

/// Writes that an endpoint is to get a test message.
pub(super) async fn add_ping(
    tx: &DatabaseTransaction,
    endpoint: &webhook_endpoint::Model,
    now: Timestamp,
) -> Result<webhook_delivery::Model, Fault> {
    let delivery = empty(endpoint, "PING", now);
    let row: webhook_delivery::ActiveModel = delivery.clone().into();
    webhook_delivery::Entity::insert(row).exec_without_returning(tx).await?;
    // A test does not wait for anything else.
    enqueue(tx, &delivery, delivery.id.0, now).await?;
    Ok(delivery)
}

fn empty(endpoint: &webhook_endpoint::Model, kind: &str, now: Timestamp) -> webhook_delivery::Model {
    webhook_delivery::Model {
        id: WebhookDeliveryId::at(now, random_bytes()),
        endpoint_id: endpoint.id,
        event_id: None,
        position: None,
        order_id: None,
        kind: kind.to_owned(),
        state: WebhookDeliveryState::Pending,
        round: 1,
        attempts: 0,
        next_at: Some(now),
        last_error: None,
        created_at: now,
        finished_at: None,
    }
}

/// Delivers once more: what is over begins a new round, what waits is tried now. Its row must be locked.
pub(super) async fn again(
    tx: &DatabaseTransaction,
    delivery: webhook_delivery::Model,
    subject: uuid::Uuid,
    now: Timestamp,
) -> Result<webhook_delivery::Model, Fault> {
    use webhook_delivery::Column as C;
    let mut after = delivery;
    after.next_at = Some(now);
    let mut update = webhook_delivery::Entity::update_many().filter(C::Id.eq(after.id)).col_expr(C::NextAt, Expr::value(now));
    if after.state == WebhookDeliveryState::Pending {
        job::Entity::update_many()
            .col_expr(job::Column::RunAt, Expr::value(now))
            .filter(job::Column::Kind.eq(DELIVER))
            .filter(job::Column::Key.eq(key(&after)))
            .filter(job::Column::RunAt.gt(now))
            .exec(tx)
            .await?;
    } else {
        after.state = WebhookDeliveryState::Pending;
        after.round += 1;
        after.attempts = 0;
        after.finished_at = None;
        update = update
            .col_expr(C::State, Expr::value(after.state.as_str()))
            .col_expr(C::Round, Expr::value(after.round))
            .col_expr(C::Attempts, Expr::value(0))
            .col_expr(C::FinishedAt, Expr::value(None::<Timestamp>));
        enqueue(tx, &after, subject, now).await?;
    }
    update.exec(tx).await?;
    Ok(after)
}

fn key(delivery: &webhook_delivery::Model) -> String {
    format!("{}/{}", delivery.id, delivery.round)
}

async fn enqueue(
    tx: &DatabaseTransaction,
    delivery: &webhook_delivery::Model,
    subject: uuid::Uuid,
    now: Timestamp,
) -> Result<(), Fault> {
    let task = Task { delivery: delivery.id, round: delivery.round };
    let subject = delivery.order_id.map_or(subject, |order| order.0);
    let lane = format!("webhook/{}/{subject}", delivery.endpoint_id);
    jobs::enqueue(tx, NewJob::new(DELIVER, &task, now)?.key(key(delivery)).lane(lane), now).await?;
    Ok(())
}

/// A delivery, its row locked until the end of the transaction.
pub(super) async fn lock(tx: &DatabaseTransaction, id: WebhookDeliveryId) -> Result<Option<webhook_delivery::Model>, Fault> {
    Ok(webhook_delivery::Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

/// A delivery as it stands.
pub(super) async fn peek(tx: &DatabaseTransaction, id: WebhookDeliveryId) -> Result<Option<webhook_delivery::Model>, Fault> {
    Ok(webhook_delivery::Entity::find_by_id(id).one(tx).await?)
}

/// What a delivery is about: its event's subject, or itself for a test message.
pub(super) async fn subject(tx: &DatabaseTransaction, delivery: &webhook_delivery::Model) -> Result<uuid::Uuid, Fault> {
    let Some(event) = delivery.event_id else { return Ok(delivery.id.0) };
    let event = event::Entity::find_by_id(event).one(tx).await?;
    Ok(event.map_or(delivery.id.0, |event| event.subject_id))
}

/// The delivery of an event to an endpoint, its row locked until the end of the transaction.
pub(super) async fn lock_of_event(
    tx: &DatabaseTransaction,
    endpoint: &webhook_endpoint::Model,
    event: i64,
) -> Result<Option<webhook_delivery::Model>, Fault> {
    use webhook_delivery::Column as C;
    let known = webhook_delivery::Entity::find().filter(C::EndpointId.eq(endpoint.id)).filter(C::EventId.eq(event));
    Ok(known.lock_exclusive().one(tx).await?)
}
