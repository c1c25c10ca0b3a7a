//! Taking jobs, and what becomes of them.

use entity::{job, time::Timestamp};
use ordergraph::job::{
    Done, MAX_ATTEMPTS, NewJob, Trouble,
    claim::{self, Pool},
    enqueue,
};
use sea_orm::EntityTrait as _;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::{NOW, TestApp};

const ADA: Uuid = Uuid::from_u128(1);
const BOB: Uuid = Uuid::from_u128(2);

async fn add(app: &TestApp, payload: &str, change: impl FnOnce(NewJob<'static>) -> NewJob<'static>) -> bool {
    let now = app.app.clock.now();
    enqueue(app.db().writer(), change(NewJob::new("test", &payload, now).unwrap()), now).await.unwrap()
}

async fn take(app: &TestApp, worker: Uuid) -> Vec<job::Model> {
    claim::take(&app.app, worker, 10, Pool::General).await.unwrap()
}

fn payloads(jobs: &[job::Model]) -> Vec<&str> {
    jobs.iter().map(|job| job.payload.trim_matches('"')).collect()
}

async fn waiting(app: &TestApp) -> Vec<job::Model> {
    job::Entity::find().all(app.db().reader()).await.unwrap()
}

#[tokio::test]
async fn a_job_is_taken_once_when_it_is_due_and_goes_when_it_is_done() {
    let app = TestApp::new().await;
    add(&app, "now", |job| job).await;
    add(&app, "later", |job| job.run_at(NOW.plus_seconds(60))).await;
    let taken = take(&app, ADA).await;
    assert_eq!((payloads(&taken), taken[0].attempts), (vec!["now"], 1));
    assert_eq!(payloads(&take(&app, BOB).await), Vec::<&str>::new());
    claim::settle(&app.app, ADA, &taken[0], Ok(Done::Finished)).await.unwrap();
    assert_eq!(payloads(&waiting(&app).await), ["later"]);
    app.clock.advance_seconds(61);
    assert_eq!(payloads(&take(&app, BOB).await), ["later"]);
}

#[tokio::test]
async fn a_key_is_enqueued_once_until_it_is_done_or_given_up() {
    let app = TestApp::new().await;
    assert!(add(&app, "a", |job| job.key("k")).await);
    assert!(!add(&app, "b", |job| job.key("k")).await);
    assert!(add(&app, "c", |job| job.key("other")).await);
    let taken = take(&app, ADA).await;
    claim::settle(&app.app, ADA, &taken[0], Err(Trouble::GiveUp("no".into()))).await.unwrap();
    assert!(add(&app, "d", |job| job.key("k")).await);
    claim::settle(&app.app, ADA, &taken[1], Ok(Done::Finished)).await.unwrap();
    assert!(add(&app, "e", |job| job.key("other")).await);
}

#[tokio::test]
async fn jobs_of_a_lane_run_one_after_the_other_and_one_that_fails_holds_them_up_until_it_is_given_up() {
    let app = TestApp::new().await;
    for payload in ["1", "2", "3"] {
        add(&app, payload, |job| job.lane("lane")).await;
    }
    add(&app, "free", |job| job.lane("other")).await;
    let first = take(&app, ADA).await;
    assert_eq!(payloads(&first), ["1", "free"]);
    assert!(take(&app, BOB).await.is_empty());
    claim::settle(&app.app, ADA, &first[0], Err(Trouble::Retry("down".into()))).await.unwrap();
    assert!(take(&app, BOB).await.is_empty(), "the second must wait for the first");
    app.clock.advance_seconds(10);
    let again = take(&app, BOB).await;
    assert_eq!((payloads(&again), again[0].attempts, again[0].last_error.as_deref()), (vec!["1"], 2, Some("down")));
    claim::settle(&app.app, BOB, &again[0], Err(Trouble::GiveUp("gone".into()))).await.unwrap();
    let second = take(&app, ADA).await;
    assert_eq!(payloads(&second), ["2"]);
    claim::settle(&app.app, ADA, &second[0], Ok(Done::Finished)).await.unwrap();
    assert_eq!(payloads(&take(&app, ADA).await), ["3"]);
}

#[tokio::test]
async fn what_a_dead_worker_held_is_done_by_another_and_the_dead_one_has_no_say() {
    let app = TestApp::new().await;
    add(&app, "a", |job| job).await;
    let ada = take(&app, ADA).await;
    app.clock.advance_seconds(claim::LOCK_SECONDS + 1);
    let bob = take(&app, BOB).await;
    assert_eq!((payloads(&bob), bob[0].attempts), (vec!["a"], 2));
    claim::settle(&app.app, ADA, &ada[0], Ok(Done::Finished)).await.unwrap();
    assert_eq!(waiting(&app).await.len(), 1);
    claim::settle(&app.app, BOB, &bob[0], Ok(Done::Finished)).await.unwrap();
    assert!(waiting(&app).await.is_empty());
}

#[tokio::test]
async fn a_job_that_never_works_is_given_up_and_told_of() {
    let app = TestApp::new().await;
    add(&app, "a", |job| job).await;
    for attempt in 1..=MAX_ATTEMPTS {
        let taken = take(&app, ADA).await;
        assert_eq!(taken[0].attempts, attempt);
        claim::settle(&app.app, ADA, &taken[0], Err(Trouble::Retry("down".into()))).await.unwrap();
        app.clock.advance_seconds(30_000);
    }
    assert!(take(&app, ADA).await.is_empty());
    let dead = waiting(&app).await;
    assert!(dead[0].dead_at.is_some());
    assert_eq!(dead[0].last_error.as_deref(), Some("down"));
}

#[tokio::test]
async fn work_that_recurs_comes_back_at_its_time_as_if_new() {
    let app = TestApp::new().await;
    add(&app, "a", |job| job.key("recurring")).await;
    let again = NOW.plus_seconds(60);
    for _ in 0..2 {
        let taken = take(&app, ADA).await;
        assert_eq!(taken[0].attempts, 1);
        let at: Timestamp = app.app.clock.now().plus_seconds(60);
        claim::settle(&app.app, ADA, &taken[0], Ok(Done::Again(at))).await.unwrap();
        assert!(take(&app, ADA).await.is_empty());
        app.clock.advance_seconds(60);
    }
    assert!(waiting(&app).await[0].run_at > again);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_workers_at_once_share_the_jobs() {
    let app = TestApp::new().await;
    for index in 0..60 {
        add(&app, &index.to_string(), |job| job).await;
    }
    let mut workers = JoinSet::new();
    for worker in 1..=4 {
        let app = app.app.clone();
        workers.spawn(async move {
            let mut done = Vec::new();
            loop {
                let jobs = claim::take(&app, Uuid::from_u128(worker), 5, Pool::General).await.unwrap();
                if jobs.is_empty() {
                    return done;
                }
                for job in jobs {
                    claim::settle(&app, Uuid::from_u128(worker), &job, Ok(Done::Finished)).await.unwrap();
                    done.push(job.id);
                }
            }
        });
    }
    let mut done: Vec<i64> = workers.join_all().await.into_iter().flatten().collect();
    done.sort_unstable();
    done.dedup();
    // Workers that found nothing for a moment, because the others held all, ended; the rest was done once by whoever was left.
    assert_eq!(done.len(), 60);
    assert!(waiting(&app).await.is_empty());
}
