//! Rate limits, by the clock of the service and by that of Redis.

mod shared;

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use ordergraph::{config::RateConfig, http::limits::Peer};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::support::{Client, TestApp};

const SIGN_IN: &str = "mutation($email: String!, $password: String!) {
    signIn(input: { email: $email, password: $password }) { userErrors { code } } }";

/// A service with one limit.
async fn limited(change: impl FnOnce(&mut RateConfig)) -> TestApp {
    TestApp::with(|config| change(&mut config.rates)).await
}

/// Asks from an address, with headers.
async fn ask(app: &TestApp, peer: &str, headers: &[(&str, &str)], body: Value) -> (StatusCode, HeaderMap, Value) {
    let mut request = Request::post("/graphql").header("content-type", "application/json").header("accept", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.extension(Peer(peer.parse().unwrap())).body(Body::from(body.to_string())).unwrap();
    let response = app.router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    (parts.status, parts.headers, serde_json::from_slice(&bytes).unwrap())
}

async fn signs_in(app: &TestApp, peer: &str, email: &str) -> StatusCode {
    let variables = json!({ "email": email, "password": "a guess" });
    ask(app, peer, &[], json!({ "query": SIGN_IN, "variables": variables })).await.0
}

#[tokio::test]
async fn passwords_are_not_guessed_from_one_address_nor_for_one_account() {
    let app = limited(|rates| rates.rate_limit_auth = "5/min".parse().unwrap()).await;
    for guess in 0..5 {
        assert_eq!(signs_in(&app, "192.0.2.1", &format!("{guess}@shop.test")).await, StatusCode::OK);
    }
    let variables = json!({ "email": "ada@shop.test", "password": "a guess" });
    let (status, headers, body) = ask(&app, "192.0.2.1", &[], json!({ "query": SIGN_IN, "variables": variables })).await;
    assert_eq!((status, headers["retry-after"].to_str().unwrap()), (StatusCode::TOO_MANY_REQUESTS, "12"));
    let extensions = &body["errors"][0]["extensions"];
    assert_eq!((&extensions["code"], &extensions["retryAfter"]), (&json!("RATE_LIMITED"), &json!(12)));
    // One account from many addresses, written in several ways.
    for guess in 0..5 {
        let email = if guess % 2 == 0 { "Eve@shop.test" } else { " eve@shop.test" };
        assert_eq!(signs_in(&app, &format!("192.0.2.{}", 10 + guess), email).await, StatusCode::OK);
    }
    assert_eq!(signs_in(&app, "192.0.2.99", "eve@shop.test").await, StatusCode::TOO_MANY_REQUESTS);
    app.clock.advance_seconds(12);
    assert_eq!(signs_in(&app, "192.0.2.1", "ada@shop.test").await, StatusCode::OK);
    assert_eq!(signs_in(&app, "192.0.2.1", "ada@shop.test").await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn several_guesses_in_one_document_are_several() {
    let app = limited(|rates| rates.rate_limit_auth = "2/min".parse().unwrap()).await;
    let guess = |name: &str| {
        format!("{name}: signIn(input: {{ email: \"{name}@shop.test\", password: \"x\" }}) {{ userErrors {{ code }} }}")
    };
    let document = format!("mutation {{ {} {} {} }}", guess("a"), guess("b"), guess("c"));
    let (status, _, body) = ask(&app, "192.0.2.1", &[], json!({ "query": document })).await;
    assert_eq!((status, &body["errors"][0]["path"]), (StatusCode::TOO_MANY_REQUESTS, &json!(["c"])));
}

#[tokio::test]
async fn refresh_tokens_are_not_guessed() {
    let app = limited(|rates| rates.rate_limit_auth = "1/h".parse().unwrap()).await;
    let query = "mutation { tokenRefresh(input: { refreshToken: \"a guess\" }) { userErrors { code } } }";
    for (peer, status) in [("192.0.2.1", 200), ("192.0.2.1", 429), ("192.0.2.2", 200)] {
        assert_eq!(ask(&app, peer, &[], json!({ "query": query })).await.0, status);
    }
}

#[tokio::test]
async fn an_answer_says_what_it_took_and_what_is_left() {
    let app = limited(|rates| rates.rate_limit_anon = "5/min".parse().unwrap()).await;
    let ask = |query: &'static str| ask(&app, "192.0.2.1", &[], json!({ "query": query }));
    let (_, _, body) = ask("{ viewer { role } }").await;
    assert_eq!(body["extensions"]["cost"], json!({ "requested": 2, "taken": 1, "limit": 5, "remaining": 4, "fullAfter": 12 }));
    // A dear one takes more: a page of 100 with three fields.
    app.clock.advance_seconds(12);
    let (_, _, body) = ask("{ products(first: 100) { nodes { id name status } } }").await;
    let cost = &body["extensions"]["cost"];
    assert_eq!((&cost["requested"], &cost["taken"], &cost["remaining"]), (&json!(401), &json!(5), &json!(0)));
}

#[tokio::test]
async fn reading_the_schema_costs_nothing() {
    let app = limited(|rates| rates.rate_limit_anon = "1/h".parse().unwrap()).await;
    for _ in 0..3 {
        let (status, _, body) = ask(&app, "192.0.2.1", &[], json!({ "query": "{ __schema { queryType { name } } }" })).await;
        assert_eq!((status, body.get("extensions")), (StatusCode::OK, None));
    }
    for status in [200, 429] {
        assert_eq!(ask(&app, "192.0.2.1", &[], json!({ "query": "{ viewer { role } }" })).await.0, status);
    }
}

#[tokio::test]
async fn users_have_buckets_of_their_own_wherever_they_are() {
    let app = limited(|rates| {
        rates.rate_limit_user = "2/min".parse().unwrap();
        rates.rate_limit_anon = "1/h".parse().unwrap();
    })
    .await;
    let ((ada, _), (bob, _)) = (app.buyer("ada").await, app.buyer("bob").await);
    let status = async |client: &Client| client.send("{ viewer { role } }", json!({})).await.status;
    for wanted in [200, 200, 429] {
        assert_eq!(status(&ada).await, wanted);
    }
    assert_eq!(status(&bob).await, 200);
    assert_eq!(status(&app.anonymous()).await, 200);
    assert_eq!(status(&app.anonymous()).await, 429);
    app.clock.advance_seconds(30);
    assert_eq!((status(&ada).await.as_u16(), status(&ada).await.as_u16()), (200, 429));
}

#[tokio::test]
async fn orders_are_placed_so_often_and_a_refusal_places_none() {
    let app = limited(|rates| rates.rate_limit_order_create = "2/min".parse().unwrap()).await;
    let store = app.store("pouches").await;
    let goods = app.goods(store, "P-1", 999, 10).await;
    let ((ada, _), (bob, _)) = (app.buyer("ada").await, app.buyer("bob").await);
    ada.places(&goods, 1).await;
    ada.places(&goods, 1).await;
    let before = app.state().await;
    let input = json!({ "items": [{ "variant": goods.variant.to_string(), "quantity": 1 }] });
    let answer = ada.try_mutate("orderCreate", input, "order { id }").await;
    assert_eq!((answer.status, answer.code()), (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED"));
    assert_eq!(app.state().await, before);
    bob.places(&goods, 1).await;
    app.clock.advance_seconds(30);
    ada.places(&goods, 1).await;
}

#[tokio::test]
async fn clients_behind_a_trusted_proxy_are_told_apart_and_nobody_else_is_believed() {
    let app = limited(|rates| {
        rates.rate_limit_anon = "1/h".parse().unwrap();
        rates.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    })
    .await;
    let status = async |peer: &str, header: &str| {
        ask(&app, peer, &[("x-forwarded-for", header)], json!({ "query": "{ viewer { role } }" })).await.0.as_u16()
    };
    assert_eq!(status("10.0.0.1", "203.0.113.1").await, 200);
    assert_eq!(status("10.0.0.1", "203.0.113.2").await, 200);
    assert_eq!(status("10.0.0.2", "198.51.100.7, 203.0.113.1").await, 429);
    // Who says so itself stays who it is.
    assert_eq!(status("192.0.2.1", "203.0.113.3").await, 200);
    assert_eq!(status("192.0.2.1", "203.0.113.4").await, 429);
}

#[tokio::test]
async fn operations_of_an_event_stream_are_limited_alike() {
    let app = limited(|rates| rates.rate_limit_anon = "1/h".parse().unwrap()).await;
    let stream = async || {
        let request =
            Request::post("/graphql/sse").header("content-type", "application/json").header("accept", "text/event-stream");
        let request = request.extension(Peer("192.0.2.1".parse().unwrap()));
        let request = request.body(Body::from(r#"{"query":"{ viewer { role } }"}"#)).unwrap();
        let response = app.router.clone().oneshot(request).await.unwrap();
        String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap()
    };
    let first = stream().await;
    assert!(first.contains(r#""data":{"viewer":null}"#) && first.contains(r#""remaining":0"#), "{first}");
    let second = stream().await;
    assert!(second.contains("RATE_LIMITED") && second.contains("retryAfter"), "{second}");
}

#[tokio::test]
async fn health_is_never_limited() {
    let app = limited(|rates| rates.rate_limit_anon = "1/h".parse().unwrap()).await;
    for path in ["/livez", "/readyz", "/version", "/livez", "/readyz"] {
        let request = Request::get(path).extension(Peer("192.0.2.1".parse().unwrap())).body(Body::empty()).unwrap();
        assert_eq!(app.router.clone().oneshot(request).await.unwrap().status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn who_calls_from_this_machine_is_limited_only_through_a_proxy_or_by_the_setting() {
    let statuses = async |app: &TestApp, headers: &[(&str, &str)]| {
        let mut statuses = Vec::new();
        for _ in 0..3 {
            let (status, _, body) = ask(app, "127.0.0.1", headers, json!({ "query": "{ viewer { role } }" })).await;
            statuses.push((status.as_u16(), body["extensions"]["cost"]["remaining"].as_i64()));
        }
        statuses
    };
    let once = |rates: &mut RateConfig| rates.rate_limit_anon = "1/h".parse().unwrap();
    let app = limited(once).await;
    assert_eq!(statuses(&app, &[]).await, [(200, None); 3]);
    let limited_ones = [(200, Some(0)), (429, None), (429, None)];
    assert_eq!(statuses(&app, &[("x-forwarded-for", "203.0.113.1")]).await, limited_ones);
    let strict = limited(|rates| {
        once(rates);
        rates.rate_limit_local = true;
    })
    .await;
    assert_eq!(statuses(&strict, &[]).await, limited_ones);
}
