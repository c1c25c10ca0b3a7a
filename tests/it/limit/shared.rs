//! Limits that copies share in Redis, and what holds while it is away.

use ordergraph::config::ServeConfig;
use serde_json::json;

use crate::support::{Client, RedisServer, TestApp};

/// Rates by the hour: buckets in Redis fill by its own clock, which no test holds.
fn with_redis(url: &str) -> impl FnOnce(&mut ServeConfig) {
    let url = url.parse().ok();
    move |config| {
        config.redis.url = url;
        config.redis.timeout_ms = 1_000;
        config.rates.rate_limit_user = "4/h".parse().unwrap();
    }
}

async fn status(client: &Client, app: &TestApp) -> u16 {
    client.at(&app.router).send("{ viewer { role } }", json!({})).await.status.as_u16()
}

#[tokio::test]
async fn copies_draw_from_the_same_buckets() {
    let redis = RedisServer::start();
    let here = TestApp::with(with_redis(&redis.url)).await;
    let there = here.copy(with_redis(&redis.url)).await;
    let ((ada, _), (bob, _)) = (here.buyer("ada").await, here.buyer("bob").await);
    for copy in [&here, &there] {
        copy.app.redis.as_ref().unwrap().ready().await;
    }
    for (copy, wanted) in [(&here, 200), (&there, 200), (&here, 200), (&there, 200), (&here, 429), (&there, 429)] {
        assert_eq!(status(&ada, copy).await, wanted);
    }
    let answer = ada.send("{ viewer { role } }", json!({})).await;
    let wait = answer.body["errors"][0]["extensions"]["retryAfter"].as_u64().unwrap();
    assert!((1..=900).contains(&wait), "{wait}");
    let answer = bob.at(&there.router).send("{ viewer { role } }", json!({})).await;
    let cost = &answer.body["extensions"]["cost"];
    assert_eq!((&cost["limit"], &cost["taken"], &cost["remaining"]), (&json!(4), &json!(1), &json!(3)));
}

#[tokio::test]
async fn when_redis_is_killed_each_copy_goes_on_with_buckets_of_its_own() {
    let mut redis = RedisServer::start();
    let app = TestApp::with(with_redis(&redis.url)).await;
    let (ada, _) = app.buyer("ada").await;
    let shared = app.app.redis.clone().unwrap();
    shared.ready().await;
    for wanted in [200, 200, 200, 200, 429] {
        assert_eq!(status(&ada, &app).await, wanted);
    }
    redis.kill();
    for wanted in [200, 200, 200, 200, 429] {
        assert_eq!(status(&ada, &app).await, wanted);
    }
    let ready = axum::http::Request::get("/readyz").body(axum::body::Body::empty()).unwrap();
    let ready = tower::ServiceExt::oneshot(app.router.clone(), ready).await.unwrap();
    assert_eq!(ready.status(), 200);
    redis.again();
    shared.ready().await;
    assert_eq!(status(&ada, &app).await, 200);
}
