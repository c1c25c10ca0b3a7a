//! Background work of a process: gives events their places, lets the readers of the log go on, does jobs. Several
//! processes share it safely.

mod handlers;

use std::{sync::Arc, time::Duration};

use entity::{job, time::Timestamp};
use futures_util::FutureExt as _;
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};
use uuid::Uuid;

use crate::{
    app::App,
    clock::random_bytes,
    event::{
        consumer::{self, Consumer},
        feed, lease,
    },
    fault::Fault,
    job::{
        Done, Trouble,
        claim::{self, Pool},
    },
};

/// How often the log is looked at when nobody says that something happened.
const LOOK: Duration = Duration::from_millis(200);

/// Shortest time between two looks: of a shop at work, events of many orders get their places and are read together.
const PAUSE: Duration = Duration::from_millis(25);

/// How often the lock of a job that runs is renewed.
const RENEW: Duration = Duration::from_secs(claim::LOCK_SECONDS as u64 / 3);

/// The readers of the log, in the order in which they see it.
fn consumers() -> Vec<Box<dyn Consumer>> {
    vec![
        Box::new(crate::invoice::issue::Invoices),
        Box::new(crate::notification::consumer::Notifier),
        Box::new(crate::webhook::consumer::Webhooks),
        Box::new(crate::statistics::rollup::consumer::Statistics),
    ]
}

/// Whether a kind of job comes back by itself.
pub fn recurs(kind: &str) -> bool {
    handlers::recurs(kind)
}

/// A process's background work until `stop` is told; what is in hand then is finished.
pub(crate) async fn run(app: App, stop: watch::Receiver<()>) {
    let worker = Uuid::from_bytes(random_bytes());
    let jobs_wait: Wake = Arc::default();
    let mut tasks = JoinSet::new();
    tasks.spawn(dispatch(app.clone(), worker, jobs_wait.clone(), stop.clone()));
    for (pool, wake) in Pool::ALL.into_iter().zip(jobs_wait.iter()) {
        tasks.spawn(work(app.clone(), worker, pool, wake.clone(), stop.clone()));
    }
    tasks.spawn(crate::amqp::run(app, worker, stop));
    while tasks.join_next().await.is_some() {}
}

/// Wakes the hands of each pool.
type Wake = Arc<[Arc<Notify>; Pool::ALL.len()]>;

/// Follows the event log until `stop` is told, for a process that does no background work but tells its subscribers what
/// happens.
pub(crate) async fn follow(app: App, mut stop: watch::Receiver<()>) {
    loop {
        match feed::head(app.db.reader()).await {
            Ok(head) => app.feed.advance(head),
            Err(error) => tracing::error!(%error, "the event log could not be read"),
        }
        tokio::select! {
            () = stopped(&mut stop) => break,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Ends when `stop` is told, which is by dropping its sender.
async fn stopped(stop: &mut watch::Receiver<()>) {
    while stop.changed().await.is_ok() {}
}

async fn dispatch(app: App, worker: Uuid, jobs_wait: Wake, mut stop: watch::Receiver<()>) {
    let consumers = consumers();
    let mut shift = Shift::default();
    loop {
        let next = tokio::time::Instant::now() + PAUSE;
        match dispatch_once(&app, worker, &consumers, &mut shift).await {
            Ok(()) => jobs_wait.iter().for_each(|wake| wake.notify_one()),
            Err(fault) => {
                tracing::error!(error = %fault, "the event log could not be worked off");
                tokio::time::sleep(LOOK).await;
            }
        }
        tokio::select! {
            () = stopped(&mut stop) => break,
            () = app.feed.nudged() => tokio::time::sleep_until(next).await,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    if let Err(error) = lease::give_back(app.db.writer(), lease::DISPATCHER, worker).await {
        tracing::warn!(%error, "the dispatcher's lease could not be given back");
    }
}

/// What a dispatcher remembers between two looks.
#[derive(Default)]
struct Shift {
    started: bool,
    /// Until when the lease need not be renewed.
    held_until: Option<Timestamp>,
    /// Up to which position all readers have come under this lease.
    read_to: Option<i64>,
}

async fn dispatch_once(app: &App, worker: Uuid, consumers: &[Box<dyn Consumer>], shift: &mut Shift) -> Result<(), Fault> {
    if !shift.started {
        start(app, consumers).await?;
        shift.started = true;
    }
    let now = app.clock.now();
    if shift.held_until.is_none_or(|until| until <= now) {
        let taken = lease::take(app.db.writer(), lease::DISPATCHER, worker, now).await?;
        shift.held_until = taken.then(|| now.plus_seconds(lease::SECONDS / 3));
        if !taken {
            shift.read_to = None;
        }
    }
    if shift.held_until.is_some() {
        while feed::place(&app.db).await? > 0 {}
    }
    let head = feed::head(app.db.reader()).await?;
    app.feed.advance(head);
    if shift.held_until.is_none() || shift.read_to == Some(head) {
        return Ok(());
    }
    shift.read_to = Some(head);
    for consumer in consumers {
        // One that fails holds up nobody else.
        if let Err(fault) = catch_up(app, consumer.as_ref()).await {
            tracing::error!(consumer = consumer.name(), error = %fault, "a reader of the event log failed");
            shift.read_to = None;
        }
    }
    Ok(())
}

async fn start(app: &App, consumers: &[Box<dyn Consumer>]) -> Result<(), Fault> {
    consumer::register(app, consumers).await?;
    if app.config.amqp.url.is_some() {
        crate::amqp::register(app).await?;
    }
    handlers::plan(app).await
}

async fn catch_up(app: &App, consumer: &dyn Consumer) -> Result<usize, Fault> {
    let mut count = 0;
    loop {
        match consumer::advance(app, consumer).await? {
            0 => return Ok(count),
            some => count += some,
        }
    }
}

async fn work(app: App, worker: Uuid, pool: Pool, wake: Arc<Notify>, mut stop: watch::Receiver<()>) {
    let mut running = JoinSet::new();
    loop {
        while running.try_join_next().is_some() {}
        let free = pool.hands() - running.len();
        let jobs = match free {
            0 => Vec::new(),
            free => claim::take(&app, worker, free as u64, pool).await.unwrap_or_else(|fault| {
                tracing::error!(error = %fault, "jobs could not be taken");
                Vec::new()
            }),
        };
        let idle = jobs.is_empty();
        for job in jobs {
            let app = app.clone();
            running.spawn(async move { attempt(&app, worker, &job).await });
        }
        if !idle {
            continue;
        }
        tokio::select! {
            () = stopped(&mut stop) => break,
            () = wake.notified() => {}
            // One that ended may have been the first of its lane.
            Some(_) = running.join_next(), if !running.is_empty() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    while running.join_next().await.is_some() {}
}

/// Runs one job and writes down how it ended.
async fn attempt(app: &App, worker: Uuid, job: &job::Model) {
    let running = std::panic::AssertUnwindSafe(handlers::run(app, job)).catch_unwind();
    let patience = handlers::patience(&job.kind);
    let outcome = match tokio::time::timeout(patience, while_renewing(app, worker, job, running)).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(Trouble::Retry("it panicked".into())),
        Err(_) => Err(Trouble::Retry(format!("it took longer than {} s", patience.as_secs()))),
    };
    // What it did may have made events and jobs.
    app.changed().await;
    if let Err(fault) = claim::settle(app, worker, job, outcome).await {
        tracing::error!(job = job.id, error = %fault, "the end of a job could not be written down; it will run again");
    }
}

/// Runs a job, and says meanwhile that somebody is at it.
async fn while_renewing<T>(app: &App, worker: Uuid, job: &job::Model, running: impl Future<Output = T>) -> T {
    tokio::pin!(running);
    loop {
        tokio::select! {
            outcome = &mut running => return outcome,
            () = tokio::time::sleep(RENEW) => {
                if let Err(error) = claim::renew(app, worker, job).await {
                    tracing::warn!(job = job.id, %error, "a job's lock could not be renewed");
                }
            }
        }
    }
}

/// Does all background work there is to do now, by this process alone, and comes back when there is none: for tests and
/// for commands that end.
///
/// # Errors
/// When the database or a reader of the log fails.
pub async fn drain(app: &App) -> Result<usize, Fault> {
    let worker = Uuid::from_bytes(random_bytes());
    let consumers = consumers();
    start(app, &consumers).await?;
    let mut count = 0;
    loop {
        let before = count;
        loop {
            match feed::place(&app.db).await? {
                0 => break,
                some => count += some,
            }
        }
        for consumer in &consumers {
            count += catch_up(app, consumer.as_ref()).await?;
        }
        for pool in Pool::ALL {
            for job in claim::take(app, worker, pool.hands() as u64, pool).await? {
                attempt(app, worker, &job).await;
                count += 1;
            }
        }
        count += crate::amqp::drain(app).await.map_err(|trouble| Fault::Internal(trouble.to_string()))?;
        if count == before {
            app.feed.advance(feed::head(app.db.reader()).await?);
            return Ok(count);
        }
    }
}

/// What a handler answers.
type Outcome = Result<Done, Trouble>;
