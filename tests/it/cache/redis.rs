//! What copies share in Redis, and that it is missed by nobody.

use serde_json::json;

use super::FIGURES;
use crate::support::{RedisServer, TestApp};

#[tokio::test]
async fn figures_are_counted_by_one_copy_for_all_until_something_changes() {
    let redis = RedisServer::start();
    let with_redis = |config: &mut ordergraph::config::ServeConfig| {
        config.redis.url = redis.url.parse().ok();
        config.redis.timeout_ms = 1_000;
    };
    let here = TestApp::with(with_redis).await;
    let there = here.copy(with_redis).await;
    let store = here.store("pouches").await;
    let goods = here.goods(store, "P-1", 999, 10).await;
    let (staff, (ada, _)) = (here.staff().await, here.buyer("ada").await);
    ada.places(&goods, 1).await;
    here.work().await;
    for copy in [&here, &there] {
        copy.app.redis.as_ref().unwrap().ready().await;
        copy.keeps().await;
    }
    let (first, was_read) = here.reads(&staff, FIGURES).await;
    assert!(was_read);
    assert_eq!(there.reads(&staff, FIGURES).await, (first.clone(), false));
    // An event that has no place in the log yet: nobody can say whether what is in Redis knows of it.
    ada.places(&goods, 1).await;
    there.looks().await;
    let (second, was_read) = there.reads(&staff, FIGURES).await;
    assert!(was_read && second["orderStatistics"]["totalOrders"] == 2);
    // Once it has, what was counted before it is refused, and what is counted after it is shared.
    here.work().await;
    here.looks().await;
    there.looks().await;
    let (again, _) = there.reads(&staff, "{ orderStatistics(currency: \"EUR\") { totalOrders } }").await;
    assert_eq!(here.reads(&staff, "{ orderStatistics(currency: \"EUR\") { totalOrders } }").await, (again, false));
}

#[tokio::test]
async fn without_redis_every_copy_counts_for_itself() {
    let mut redis = RedisServer::start();
    let with_redis = |config: &mut ordergraph::config::ServeConfig| config.redis.url = redis.url.parse().ok();
    let app = TestApp::with(with_redis).await;
    let store = app.store("pouches").await;
    let goods = app.goods(store, "P-1", 999, 10).await;
    let (staff, (ada, _)) = (app.staff().await, app.buyer("ada").await);
    let shared = app.app.redis.clone().unwrap();
    shared.ready().await;
    app.keeps().await;
    app.reads(&staff, FIGURES).await;
    redis.kill();
    for count in 1..4 {
        ada.places(&goods, 1).await;
        assert_eq!(app.reads(&staff, FIGURES).await.0["orderStatistics"]["totalOrders"], count);
        assert!(!app.reads(&staff, FIGURES).await.1);
    }
    assert!(!shared.answers());
    redis.again();
    shared.ready().await;
    ada.places(&goods, 1).await;
    assert_eq!(app.reads(&staff, FIGURES).await.0["orderStatistics"]["totalOrders"], 4);
}

#[tokio::test]
async fn a_redis_that_never_answers_is_not_waited_for() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let hanging = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    let app = TestApp::with(|config| {
        config.redis.url = url.parse().ok();
        config.rates = ordergraph::config::RateConfig::default();
    })
    .await;
    let (ada, _) = app.buyer("ada").await;
    app.keeps().await;
    for _ in 0..3 {
        let answer = ada.send(FIGURES, json!({})).await;
        assert!(answer.body.get("errors").is_none() && answer.body["extensions"]["cost"]["limit"] == 600, "{answer:?}");
    }
    assert!(!app.app.redis.as_ref().unwrap().answers());
    hanging.abort();
}
