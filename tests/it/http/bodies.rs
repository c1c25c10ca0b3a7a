//! Bodies that are too large.

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
};
use futures_util::stream;
use serde_json::json;

use super::{edge, edge_with, post, send};

const MEGABYTE: usize = 1 << 20;

#[tokio::test]
async fn twenty_megabytes_are_refused_by_their_announced_length() {
    let mut request = post(vec![b' '; 20 * MEGABYTE]);
    request.headers_mut().insert("content-length", (20 * MEGABYTE).into());
    let answer = send(&edge().await, request).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE"));
    assert_eq!(answer.header("connection"), Some("close"));
}

#[tokio::test]
async fn twenty_megabytes_are_refused_while_they_are_read() {
    let pieces = stream::iter((0..20).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![b' '; MEGABYTE]))));
    let answer = send(&edge().await, post(Body::from_stream(pieces))).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE"));
}

#[tokio::test]
async fn a_body_without_an_end_is_refused() {
    let pieces = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b' '; MEGABYTE])));
    let answer = send(&edge().await, post(Body::from_stream(pieces))).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn the_limit_is_exact_and_pieces_are_joined() {
    let edge = edge_with(|config| {
        config.limits.body_bytes = 100;
        config.limits.query_bytes = 100;
    })
    .await;
    let body = |length: usize| format!("{:<length$}", json!({ "query": "{__typename}" }).to_string());
    assert_eq!(send(&edge, post(body(100))).await.status, StatusCode::OK);
    assert_eq!(send(&edge, post(body(101))).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let pieces: Vec<_> =
        body(100).into_bytes().chunks(7).map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece))).collect();
    let answer = send(&edge, post(Body::from_stream(stream::iter(pieces)))).await;
    assert_eq!(answer.json()["data"]["__typename"], "Query");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused() {
    let pieces = stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("gone"))]);
    let answer = send(&edge().await, post(Body::from_stream(pieces))).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, "BAD_REQUEST"));
}
