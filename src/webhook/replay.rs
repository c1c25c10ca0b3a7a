//! `webhookReplay`: everything from a place in the log on, once more. What an endpoint missed while it was disabled is in
//! the log like the rest.

use entity::{event, id::WebhookEndpointId, job, stored::WebhookStatus, time::Timestamp, webhook_endpoint};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};

use super::{
    change::{self, Code},
    consumer, queue,
};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::{Origin, feed},
    fault::{Failure, Fault},
    job::{self as jobs, Done, NewJob, Trouble},
};

/// The kind of the jobs that replay.
pub const REPLAY: &str = "webhook.replay";

/// Where a replay begins.
#[derive(Clone, Copy, Debug)]
pub enum Start {
    /// After this position.
    After(i64),
    /// With what was recorded at this moment or later.
    Since(Timestamp),
}

/// A stretch of the log that is still to be replayed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Stretch {
    endpoint: WebhookEndpointId,
    after: i64,
    to: i64,
}

/// Has everything from a place in the log to its end delivered once more; the positions after which and up to which.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn replay(app: &App, origin: &Origin, id: WebhookEndpointId, start: Start) -> Result<(i64, i64), Failure<Code>> {
    authorise(&origin.actor, Right::WebhookReplay, &app.config.orders)?;
    if matches!(start, Start::After(position) if position < 0) {
        return Err(Failure::refused(Code::InvalidInput, ["afterPosition"], "must not be below 0"));
    }
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let endpoint = change::lock(&tx, origin, id).await?;
        change::must_be_active(&endpoint)?;
        let to = feed::head(&tx).await?;
        let after = match start {
            Start::After(position) => position.min(to),
            Start::Since(moment) => before(&tx, moment).await?.unwrap_or(to),
        };
        enqueue(&tx, Stretch { endpoint: id, after, to }, now).await?;
        tx.commit().await?;
        Ok((after, to))
    })
    .await
}

/// The position before the first event that was recorded at a moment or later.
async fn before(conn: &impl ConnectionTrait, moment: Timestamp) -> Result<Option<i64>, DbErr> {
    let first = event::Entity::find()
        .filter(event::Column::RecordedAt.gte(moment))
        .filter(event::Column::Position.is_not_null())
        .order_by_asc(event::Column::Position)
        .one(conn)
        .await?;
    Ok(first.and_then(|event| event.position).map(|position| position - 1))
}

async fn enqueue(tx: &DatabaseTransaction, stretch: Stretch, now: Timestamp) -> Result<(), DbErr> {
    if stretch.after < stretch.to {
        let key = format!("{}/{}/{}", stretch.endpoint, stretch.after, stretch.to);
        jobs::enqueue(tx, NewJob::new(REPLAY, &stretch, now)?.key(key), now).await?;
    }
    Ok(())
}

/// Replays the next events of a stretch, and leaves the rest to the next job.
///
/// # Errors
/// When the database fails.
pub(crate) async fn run(app: &App, job: &job::Model) -> Result<Done, Trouble> {
    let stretch: Stretch = jobs::payload(job)?;
    retrying(|| run_once(app, stretch)).await?;
    Ok(Done::Finished)
}

async fn run_once(app: &App, stretch: Stretch) -> Result<(), Fault> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    // The order of locks everywhere: the endpoint, then its deliveries.
    let endpoint = webhook_endpoint::Entity::find_by_id(stretch.endpoint).lock_exclusive().one(&tx).await?;
    let Some(endpoint) = endpoint.filter(|endpoint| endpoint.status == WebhookStatus::Active) else { return Ok(()) };
    let until = Condition::all().add(event::Column::Position.lte(stretch.to));
    let events = feed::after(&tx, stretch.after, until).await?;
    for event in consumer::matching(&tx, &endpoint, &events).await? {
        if queue::add(&tx, &endpoint, event, now).await?.is_none()
            && let Some(delivery) = queue::lock_of_event(&tx, &endpoint, event.id).await?
        {
            queue::again(&tx, delivery, event.subject_id, now).await?;
        }
    }
    if let Some(last) = events.last().and_then(|event| event.position) {
        enqueue(&tx, Stretch { after: last, ..stretch }, now).await?;
    }
    tx.commit().await?;
    Ok(())
}
