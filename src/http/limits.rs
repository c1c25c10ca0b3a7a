//! What an operation takes of its caller's rate limit, and how that is told.

use std::net::IpAddr;

use async_graphql::{Response as Answer, ServerError, Value, value};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, header};

use super::errors::{Code, code_of, error};
use crate::{
    app::App,
    auth::actor::Actor,
    config::rate::ClientHeader,
    limit::{Exceeded, Left, What, address::Address, units},
};

/// The other end of a connection; in the extensions of each of its requests.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// Which client sent a request.
pub fn client(app: &App, headers: &HeaderMap, extensions: &Extensions) -> Address {
    let name = match app.config.rates.client_address_header {
        ClientHeader::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
        ClientHeader::Forwarded => header::FORWARDED,
    };
    let peer = extensions.get::<Peer>().map(|peer| peer.0.to_canonical());
    let is_forwarded = [HeaderName::from_static("x-forwarded-for"), header::FORWARDED, header::VIA];
    let is_forwarded = is_forwarded.iter().any(|name| headers.contains_key(name));
    if !app.config.rates.rate_limit_local && !is_forwarded && peer.is_some_and(|peer| peer.is_loopback()) {
        return Address::Local;
    }
    // A value that is no text is nobody's address, and stands where it stands.
    let values: Vec<&str> = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default()).collect();
    Address::of(&app.config.rates, peer, values.into_iter())
}

/// Takes what an operation costs; what is to be told of it in the answer's `extensions.cost`, if anything was taken.
///
/// # Errors
/// RATE_LIMITED.
pub(crate) async fn take(app: &App, actor: &Actor, client: Address, cost: u64) -> Result<Option<Value>, ServerError> {
    let what = match actor {
        _ if client == Address::Local => return Ok(None),
        Actor::User(standing) => What::User(standing.user),
        Actor::Anonymous => What::Anonymous(client),
        Actor::System => return Ok(None),
    };
    let taken = app.limits.take(what, units(cost)).await;
    taken.map(|left| left.map(|left| told(cost, left))).map_err(refused)
}

fn told(cost: u64, left: Left) -> Value {
    value!({
        "requested": cost,
        "taken": left.taken,
        "limit": left.limit,
        "remaining": left.remaining,
        "fullAfter": left.full_after.as_secs_f64().ceil() as u64,
    })
}

fn refused(exceeded: Exceeded) -> ServerError {
    let seconds = exceeded.seconds();
    let mut error = error(Code::RateLimited, format!("Too many requests; try again in {seconds} s"));
    error.extensions.get_or_insert_default().set("retryAfter", seconds);
    error
}

/// Says in an answer's header when to try again, if it was refused for that.
pub fn retry_after(answer: &Answer) -> Option<HeaderValue> {
    let limited = answer.errors.iter().find(|error| code_of(error) == Some(Code::RateLimited))?;
    match limited.extensions.as_ref()?.get("retryAfter")? {
        Value::Number(seconds) => seconds.as_u64().map(HeaderValue::from),
        _ => None,
    }
}
