//! `POST /webhooks/payments/{gateway}`, `POST /webhooks/shipping/{provider}`: news from providers. What they say is not
//! believed beyond which payment or parcel they are about.

use std::collections::HashMap;

use axum::{
    Json,
    body::Body,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use entity::stored::{PaymentGateway, ShippingProvider};
use serde_json::json;

use super::{Edge, body, errors::Code, refused::Refused};
use crate::{
    fulfillment::track,
    payment::{
        gateway::{Headers, NoticeRefused},
        webhook,
    },
};

/// Longest body: far above any provider's.
const MAX_BODY: usize = 256 << 10;

/// Takes a webhook.
pub(crate) async fn payments(State(edge): State<Edge>, Path(gateway): Path<String>, headers: HeaderMap, body: Body) -> Response {
    match take(&edge, &gateway, &headers, body).await {
        Ok(()) => Json(json!({ "received": true })).into_response(),
        Err(refused) => refused.into_response(),
    }
}

async fn take(edge: &Edge, gateway: &str, headers: &HeaderMap, body: Body) -> Result<(), Refused> {
    let app = &edge.api.app;
    let named = PaymentGateway::from_text(&gateway.to_ascii_uppercase());
    let known = named.and_then(|named| app.gateways.get(named).map(|client| (named, client)));
    let (named, client) = known.ok_or_else(unknown)?;
    let limit = MAX_BODY.min(app.config.limits.body_bytes);
    let bytes = body::read(headers, body, limit, app.config.read_timeout()).await?;
    let notice = client.notice(&plain(headers), &bytes, app.clock.now().0 / 1_000_000).await.map_err(refused)?;
    webhook::receive(app, named, &notice).await.map_err(|fault| {
        tracing::error!(gateway = %named, error = %fault, "a webhook could not be kept");
        Refused::new(StatusCode::SERVICE_UNAVAILABLE, Code::InternalServerError, "Try again later")
    })?;
    app.changed().await;
    tracing::info!(gateway = %named, event = notice.event, kind = notice.kind, "a payment webhook came in");
    Ok(())
}

/// Takes a webhook of the shipping provider. It is signed, or sent to an address with the secret as `token`.
pub(crate) async fn shipping(
    State(edge): State<Edge>,
    Path(provider): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match take_shipping(&edge, &provider, query.as_deref(), &headers, body).await {
        Ok(()) => Json(json!({ "received": true })).into_response(),
        Err(refused) => refused.into_response(),
    }
}

async fn take_shipping(edge: &Edge, provider: &str, query: Option<&str>, headers: &HeaderMap, body: Body) -> Result<(), Refused> {
    let app = &edge.api.app;
    let is_shippo = ShippingProvider::from_text(&provider.to_ascii_uppercase()) == Some(ShippingProvider::Shippo);
    let client = app.shipping.as_ref().filter(|_| is_shippo).ok_or_else(unknown)?;
    let parameters: HashMap<String, String> = serde_urlencoded::from_str(query.unwrap_or_default()).unwrap_or_default();
    let token = parameters.get("token").map(String::as_str);
    let limit = MAX_BODY.min(app.config.limits.body_bytes);
    let bytes = body::read(headers, body, limit, app.config.read_timeout()).await?;
    let moved = client.notice(&plain(headers), token, &bytes, app.clock.now().0 / 1_000_000).map_err(refused)?;
    let Some(moved) = moved else { return Ok(()) };
    let known = track::receive(app, &moved, &bytes).await.map_err(|fault| {
        tracing::error!(provider, error = %fault, "a webhook could not be kept");
        Refused::new(StatusCode::SERVICE_UNAVAILABLE, Code::InternalServerError, "Try again later")
    })?;
    app.feed.nudge();
    tracing::info!(provider, known, "a shipping webhook came in");
    Ok(())
}

fn unknown() -> Refused {
    Refused::new(StatusCode::NOT_FOUND, Code::NotFound, "No such provider is configured")
}

fn refused(why: NoticeRefused) -> Refused {
    match why {
        NoticeRefused::NotConfigured => unknown(),
        NoticeRefused::Signature => Refused::bad_request("The signature is missing or wrong"),
        NoticeRefused::Age => Refused::bad_request("The webhook is too old"),
        NoticeRefused::Malformed => Refused::bad_request("The body is not a webhook of this provider"),
        NoticeRefused::TryAgain => {
            Refused::new(StatusCode::SERVICE_UNAVAILABLE, Code::InternalServerError, "The signature could not be checked now")
        }
    }
}

/// The headers by their lower-case names; what is not text is left out.
fn plain(headers: &HeaderMap) -> Headers {
    let mut plain = HashMap::with_capacity(headers.len());
    for (name, value) in headers {
        if let Ok(text) = value.to_str() {
            plain.entry(name.as_str().to_owned()).or_insert_with(|| text.to_owned());
        }
    }
    plain
}
