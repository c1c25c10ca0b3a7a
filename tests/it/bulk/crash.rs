//! Workers that die in the middle, and workers that work on the same.

use ordergraph::{bulk::turn, order::bulk::Orders, worker};
use tokio::task::JoinSet;

use super::{Shop, stands};

/// Each order was changed once and has one result.
async fn done_once(shop: &Shop, id: &str, kind: &str) {
    let total = i64::try_from(shop.orders.len()).unwrap();
    assert_eq!(stands(&shop.staff, id).await, ("SUCCEEDED".to_owned(), [total, total, 0, 0]));
    assert_eq!(shop.events_of(kind).await, total);
    assert_eq!(shop.app.sql_count("SELECT COUNT(DISTINCT item) FROM bulk_results").await, total);
    assert_eq!((shop.app.rows("bulk_results").await, shop.app.rows("bulk_chunks").await), (total, 0));
}

#[tokio::test]
async fn another_worker_goes_on_where_one_died() {
    let shop = Shop::with(8).await;
    let id = shop.accepted("CANCELLED").await;
    shop.step(&id).await;
    shop.step(&id).await;
    assert_eq!(stands(&shop.staff, &id).await, ("RUNNING".to_owned(), [6, 6, 0, 0]));
    shop.app.work().await;
    done_once(&shop, &id, "ORDER_CANCELLED").await;
    assert_eq!(shop.app.stock(&shop.pouch).await, (100, 0, 0, 100));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_that_die_at_any_moment_do_nothing_twice_and_lose_nothing() {
    let shop = Shop::with(12).await;
    let id = shop.accepted("CANCELLED").await;
    for round in 1..=25_usize {
        let app = shop.app.app.clone();
        let mut worker = JoinSet::new();
        worker.spawn(async move { worker::drain(&app).await });
        for _ in 0..round * 64 {
            tokio::task::yield_now().await;
        }
        worker.abort_all();
        while worker.join_next().await.is_some() {}
        // What the dead worker had taken is free again.
        shop.app.clock.advance_seconds(31);
    }
    shop.app.work().await;
    done_once(&shop, &id, "ORDER_CANCELLED").await;
    assert_eq!(shop.app.stock(&shop.pouch).await, (100, 0, 0, 100));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_on_one_operation_do_everything_once() {
    let shop = Shop::with(12).await;
    let id = shop.accepted("CANCELLED").await;
    let mut workers = JoinSet::new();
    for _ in 0..4 {
        let (app, id) = (shop.app.app.clone(), id.parse().unwrap());
        workers.spawn(async move { while turn::step::<Orders>(&app, id).await.unwrap() == turn::Step::More {} });
    }
    workers.join_all().await;
    done_once(&shop, &id, "ORDER_CANCELLED").await;
    assert_eq!(shop.app.stock(&shop.pouch).await, (100, 0, 0, 100));
}
