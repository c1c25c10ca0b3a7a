//! Publishes the event log to RabbitMQ, when `AMQP_URL` is set: a topic exchange with the type of an event as routing key,
//! and the queue that decouples fulfillment from taking orders (ASYNC-01).
//!
//! One process at a time publishes. The cursor moves when the broker has confirmed, so every event is published at least
//! once; what repeats has the same message id. Nothing else waits for the broker.

mod broker;

use std::{collections::BTreeSet, time::Duration};

use entity::{cursor, event, id::OrderId};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    app::App,
    db::retrying,
    event::{feed, lease},
    fault::Fault,
    webhook::{
        consumer::is_told,
        payload::{self, View},
    },
};
use broker::{Broker, Message};

/// The name of the cursor and of the lease.
const NAME: &str = "amqp";

/// How often the log is looked at when nobody says that it grew.
const LOOK: Duration = Duration::from_millis(500);

/// The pause after a failure grows up to this.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// Why nothing could be published now.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The database.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The broker.
    #[error("broker: {0}")]
    Broker(String),
}

impl From<sea_orm::DbErr> for Trouble {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Fault(error.into())
    }
}

/// Publishes until `stop` is told; comes back at once when no broker is configured.
pub async fn run(app: App, worker: Uuid, mut stop: watch::Receiver<()>) {
    if app.config.amqp.url.is_none() {
        return;
    }
    let mut head = app.feed.head();
    let mut broker = None;
    let mut failures = 0_u32;
    loop {
        let pause = tokio::select! {
            () = stopped(&mut stop) => break,
            outcome = shift(&app, worker, &mut broker) => match outcome {
                Ok(()) => {
                    failures = 0;
                    LOOK
                }
                Err(trouble) => {
                    broker = None;
                    failures = failures.saturating_add(1);
                    tracing::warn!(error = %trouble, failures, "events could not be published; they wait in the log");
                    MAX_PAUSE.min(LOOK * 2_u32.saturating_pow(failures.min(8)))
                }
            },
        };
        tokio::select! {
            () = stopped(&mut stop) => break,
            _ = head.changed(), if failures == 0 => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    if let Err(error) = lease::give_back(app.db.writer(), NAME, worker).await {
        tracing::warn!(%error, "the publisher's lease could not be given back");
    }
}

async fn stopped(stop: &mut watch::Receiver<()>) {
    while stop.changed().await.is_ok() {}
}

/// Publishes what there is, if it is this process's turn.
async fn shift(app: &App, worker: Uuid, broker: &mut Option<Broker>) -> Result<(), Trouble> {
    loop {
        let position = register(app).await?;
        let events = feed::after(app.db.reader(), position, Condition::all()).await?;
        let is_idle = events.is_empty();
        // A lease is taken only for work, and held while there is some: an idle shop costs a look at the log.
        if is_idle || !lease::take(app.db.writer(), NAME, worker, app.clock.now()).await? {
            return Ok(());
        }
        publish(app, position, &events, broker).await?;
    }
}

/// Publishes all there is: for tests and for commands that end. How many events it dealt with; 0 without a broker.
///
/// # Errors
/// When the database or the broker fails.
pub async fn drain(app: &App) -> Result<usize, Trouble> {
    if app.config.amqp.url.is_none() {
        return Ok(0);
    }
    let (mut broker, mut count) = (None, 0);
    loop {
        let position = register(app).await?;
        let events = feed::after(app.db.reader(), position, Condition::all()).await?;
        if events.is_empty() {
            return Ok(count);
        }
        count += events.len();
        publish(app, position, &events, &mut broker).await?;
    }
}

/// Makes the cursor, as soon as a broker is configured; it begins at the end of the log. Where it stands.
///
/// # Errors
/// When the database fails.
pub async fn register(app: &App) -> Result<i64, Fault> {
    if let Some(cursor) = cursor::Entity::find_by_id(NAME.to_owned()).one(app.db.reader()).await? {
        return Ok(cursor.position);
    }
    let tx = app.db.begin().await?;
    let head = feed::head(&tx).await?;
    let row = cursor::ActiveModel { name: Set(NAME.to_owned()), position: Set(head) };
    cursor::Entity::insert(row)
        .on_conflict(OnConflict::column(cursor::Column::Name).do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await?;
    let cursor = cursor::Entity::find_by_id(NAME.to_owned()).one(&tx).await?;
    tx.commit().await?;
    Ok(cursor.map_or(head, |cursor| cursor.position))
}

/// Publishes events in waves; the cursor moves after each.
async fn publish(app: &App, mut position: i64, events: &[event::Model], broker: &mut Option<Broker>) -> Result<(), Trouble> {
    for wave in waves(events) {
        let told: Vec<event::Model> = wave.iter().filter(|event| is_told(event)).cloned().collect();
        if !told.is_empty() {
            let bodies = payload::messages(app.db.reader(), &told, View::Whole).await?;
            let messages = told.iter().zip(bodies).map(|(event, body)| Message {
                id: payload::event_id(event.id),
                kind: event.kind.clone(),
                seconds: event.occurred_at.millis().div_euclid(1_000),
                body: body.to_string(),
            });
            let open = match broker.take() {
                Some(open) => open,
                None => Broker::connect(&app.config.amqp).await.map_err(Trouble::Broker)?,
            };
            open.publish(messages.collect()).await.map_err(Trouble::Broker)?;
            *broker = Some(open);
        }
        let Some(last) = wave.last().and_then(|event| event.position) else { continue };
        if !advance(app, position, last).await? {
            // Somebody else publishes, and has come further.
            return Ok(());
        }
        position = last;
    }
    Ok(())
}

/// Stretches of the log in which no order comes twice: they are sent together, and whichever of them the broker refuses,
/// no event overtakes an earlier one of its order.
fn waves(events: &[event::Model]) -> Vec<&[event::Model]> {
    let mut waves = Vec::new();
    let (mut begin, mut orders) = (0, BTreeSet::<OrderId>::new());
    for (index, event) in events.iter().enumerate() {
        let Some(order) = event.order_id else { continue };
        if !orders.insert(order) {
            waves.push(&events[begin..index]);
            begin = index;
            orders = BTreeSet::from([order]);
        }
    }
    waves.push(&events[begin..]);
    waves
}

async fn advance(app: &App, from: i64, to: i64) -> Result<bool, Fault> {
    retrying(|| async {
        let moved = cursor::Entity::update_many()
            .col_expr(cursor::Column::Position, Expr::value(to))
            .filter(cursor::Column::Name.eq(NAME))
            .filter(cursor::Column::Position.eq(from))
            .exec(app.db.writer())
            .await?
            .rows_affected;
        Ok::<_, Fault>(moved == 1)
    })
    .await
}
