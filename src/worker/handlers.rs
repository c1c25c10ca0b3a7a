//! Which job is done by whom, and what recurs.

use std::time::Duration;

use entity::job;

use super::Outcome;
use crate::{
    app::App,
    bulk::{self, Noun as _},
    catalogue::bulk::Products,
    customer::bulk::Customers,
    export,
    fault::Fault,
    fulfillment::{label::carry as label, track},
    job::{self as jobs, Done, NewJob, Trouble},
    list::followed,
    notification,
    order::bulk::Orders,
    payment::{abandon, attempt, look, method},
    statistics::rollup::build,
    webhook,
};

/// Work that recurs: its kind. Each comes back by itself (`Done::Again`).
const RECURRING: &[&str] = &[
    FORGET_KEYS,
    FORGET_CHANGES,
    OVERDUE,
    look::RECONCILE,
    webhook::forget::FORGET,
    bulk::forget::FORGET,
    build::BUILD,
    export::forget::FORGET,
];

/// Makes idempotency keys forgotten.
const FORGET_KEYS: &str = "idempotency.forget";

/// Makes changes forgotten that lists are followed by.
const FORGET_CHANGES: &str = "lists.forget_changes";

/// How often, in seconds.
const FORGET_CHANGES_EVERY: i64 = 300;

/// Tells of orders that were not shipped in time.
const OVERDUE: &str = "orders.overdue";

/// How often keys are forgotten, in seconds.
const FORGET_EVERY: i64 = 3_600;

/// How long one attempt at a job may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// The same where the work grows with the shop.
const LONG_PATIENCE: Duration = Duration::from_secs(3_600);

/// How long one attempt at a kind of job may take.
pub(super) fn patience(kind: &str) -> Duration {
    if kind == export::job::WRITE { LONG_PATIENCE } else { PATIENCE }
}

/// Whether a kind of work recurs.
pub(super) fn recurs(kind: &str) -> bool {
    RECURRING.contains(&kind)
}

/// Enqueues what recurs and is not waiting yet.
///
/// # Errors
/// When the database fails.
pub(super) async fn plan(app: &App) -> Result<(), Fault> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    for kind in RECURRING {
        jobs::enqueue(&tx, NewJob::new(kind, &(), now)?.key("recurring"), now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Does a job.
pub(super) async fn run(app: &App, job: &job::Model) -> Outcome {
    match job.kind.as_str() {
        FORGET_KEYS => {
            let now = app.clock.now();
            crate::idempotency::forget(&app.db, now).await?;
            Ok(Done::Again(now.plus_seconds(FORGET_EVERY)))
        }
        FORGET_CHANGES => {
            followed::forget(&app.db).await?;
            Ok(Done::Again(app.clock.now().plus_seconds(FORGET_CHANGES_EVERY)))
        }
        notification::mail::KIND => notification::mail::send(app, job).await,
        notification::sms::KIND => notification::sms::send(app, job).await,
        webhook::DELIVER => webhook::deliver::run(app, job).await,
        webhook::replay::REPLAY => webhook::replay::run(app, job).await,
        webhook::forget::FORGET => webhook::forget::run(app).await,
        export::job::WRITE => export::job::run(app, job).await,
        export::forget::FORGET => export::forget::run(app).await,
        attempt::SETTLE => Box::pin(look::settle(app, job)).await,
        look::LOOK => Box::pin(look::look(app, job)).await,
        look::RECONCILE => look::reconcile(app, job).await,
        abandon::ABANDON => Box::pin(abandon::abandon(app, job)).await,
        method::FORGET => method::forget(app, job).await,
        label::SETTLE => Box::pin(label::settle(app, job)).await,
        track::TRACK => track::run(app, job).await,
        Orders::JOB => Box::pin(bulk::turn::run::<Orders>(app, job)).await,
        Products::JOB => Box::pin(bulk::turn::run::<Products>(app, job)).await,
        Customers::JOB => Box::pin(bulk::turn::run::<Customers>(app, job)).await,
        bulk::forget::FORGET => bulk::forget::run(app).await,
        build::BUILD => build::run(app).await,
        OVERDUE => crate::order::overdue::run(app).await,
        unknown => Err(Trouble::GiveUp(format!("no such kind of job: {unknown}"))),
    }
}
