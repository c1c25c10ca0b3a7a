//! Reading a request body: within a size and within a time.

use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header},
};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use super::{errors::Code, refused::Refused};

/// How much of a body that is too large is read and thrown away, so that the caller finishes writing and reads our answer
/// instead of a reset connection.
const DRAINED: usize = 32 << 20;

/// How long that may take.
const DRAINING: Duration = Duration::from_secs(2);

/// Reads a body of at most `limit` bytes that arrives within `time`.
///
/// # Errors
/// 413, 408, or 400 when it breaks off.
pub(crate) async fn read(headers: &HeaderMap, mut body: Body, limit: usize, time: Duration) -> Result<Bytes, Refused> {
    let announced: Option<usize> = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if let Some(length) = announced.filter(|length| *length > limit) {
        // Who waits to be told to go on has sent nothing yet.
        if length <= DRAINED && !headers.contains_key(header::EXPECT) {
            drain(body).await;
        }
        return Err(too_large());
    }
    let deadline = Instant::now() + time;
    let mut first: Option<Bytes> = None;
    let mut rest: Option<BytesMut> = None;
    let mut length: usize = 0;
    loop {
        let frame = match timeout_at(deadline, body.frame()).await {
            Err(_) => return Err(too_slow()),
            Ok(None) => break,
            Ok(Some(Err(_))) => return Err(Refused::bad_request("The request body broke off").closing()),
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length > limit {
            drain(body).await;
            return Err(too_large());
        }
        // Most bodies are one piece, which is passed on without a copy.
        match (&mut rest, &first) {
            (Some(rest), _) => rest.extend_from_slice(&data),
            (None, None) => first = Some(data),
            (None, Some(start)) => {
                let mut joined = BytesMut::with_capacity(announced.unwrap_or(length).max(length));
                joined.extend_from_slice(start);
                joined.extend_from_slice(&data);
                rest = Some(joined);
            }
        }
    }
    Ok(rest.map(BytesMut::freeze).or(first).unwrap_or_default())
}

async fn drain(mut body: Body) {
    let deadline = Instant::now() + DRAINING;
    let mut length: usize = 0;
    while let Ok(Some(Ok(frame))) = timeout_at(deadline, body.frame()).await {
        length = length.saturating_add(frame.data_ref().map_or(0, Bytes::len));
        if length > DRAINED {
            return;
        }
    }
}

fn too_large() -> Refused {
    Refused::new(StatusCode::PAYLOAD_TOO_LARGE, Code::PayloadTooLarge, "The request body is too large").closing()
}

fn too_slow() -> Refused {
    Refused::new(StatusCode::REQUEST_TIMEOUT, Code::RequestTimeout, "The request body did not arrive in time").closing()
}
