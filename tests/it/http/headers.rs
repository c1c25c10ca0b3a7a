//! Headers: request ids, CORS, compression, and what browsers are told.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};

use super::{Answer, edge, edge_with, get, post, send};

async fn with(router: &axum::Router, name: &'static str, value: &[u8]) -> Answer {
    let mut request = post(r#"{"query":"{__typename}"}"#);
    request.headers_mut().insert(name, axum::http::HeaderValue::from_bytes(value).expect("a header"));
    send(router, request).await
}

#[tokio::test]
async fn a_sane_request_id_is_echoed() {
    let edge = edge().await;
    let answer = with(&edge, "x-request-id", b"Job-7.retry_2").await;
    assert_eq!(answer.header("x-request-id"), Some("Job-7.retry_2"));
}

#[tokio::test]
async fn a_request_id_that_could_forge_a_log_line_is_replaced() {
    let edge = edge().await;
    let long = "a".repeat(65);
    for id in [b"".as_slice(), b"a b", b"{\"level\":\"error\"}", b"a\tb", "é".as_bytes(), long.as_bytes()] {
        let answer = with(&edge, "x-request-id", id).await;
        let given = answer.header("x-request-id").expect("an id");
        assert!(given.as_bytes() != id && given.len() == 36, "{given}");
    }
    let ids = [send(&edge, get("/livez")).await, send(&edge, get("/nowhere")).await];
    assert_ne!(ids[0].header("x-request-id").expect("an id"), ids[1].header("x-request-id").expect("an id"));
}

#[tokio::test]
async fn pages_from_elsewhere_may_call_only_when_configured() {
    let preflight = |origin: &'static str| {
        Request::options("/graphql")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type,authorization,idempotency-key")
            .body(Body::empty())
            .expect("a request")
    };
    let allowed = |answer: &Answer| answer.header("access-control-allow-origin").map(str::to_owned);

    assert_eq!(allowed(&with(&edge().await, "origin", b"https://shop.example").await), None);

    let some = edge_with(|config| config.cors_origins = vec!["https://shop.example".into(), "https://b.example/".into()]).await;
    let answer = send(&some, preflight("https://shop.example")).await;
    assert_eq!((answer.status, allowed(&answer).as_deref()), (StatusCode::OK, Some("https://shop.example")));
    let headers = answer.header("access-control-allow-headers").unwrap_or_default();
    assert!(
        ["authorization", "content-type", "x-request-id", "idempotency-key"].iter().all(|name| headers.contains(name)),
        "{headers}"
    );
    assert_eq!(allowed(&send(&some, preflight("https://evil.example")).await), None);
    assert_eq!(allowed(&with(&some, "origin", b"https://b.example").await).as_deref(), Some("https://b.example"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);

    let any = edge_with(|config| config.cors_origins = vec!["*".into()]).await;
    let answer = send(&any, preflight("https://anyone.example")).await;
    assert_eq!(allowed(&answer).as_deref(), Some("*"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
}

#[tokio::test]
async fn large_answers_are_compressed_for_those_who_ask() {
    let edge = edge().await;
    let introspection = || post(r#"{"query":"{__schema{types{name description fields{name description}}}}"}"#);
    let plain = send(&edge, introspection()).await;
    assert_eq!(plain.header("content-encoding"), None);
    let mut request = introspection();
    request.headers_mut().insert("accept-encoding", "gzip, br".parse().expect("a header"));
    let packed = send(&edge, request).await;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.body.starts_with(&[0x1f, 0x8b]) && packed.body.len() < plain.body.len());
    assert_eq!(with(&edge, "accept-encoding", b"gzip").await.header("content-encoding"), None);
}

#[tokio::test]
async fn browsers_are_told_not_to_guess() {
    let edge = edge().await;
    for uri in ["/livez", "/nowhere", "/graphql"] {
        let answer = send(&edge, get(uri)).await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{uri}");
        assert!(answer.header("content-security-policy").is_some(), "{uri}");
    }
    assert_eq!(with(&edge, "x", b"y").await.header("cache-control"), Some("no-store"));
}
