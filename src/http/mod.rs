//! The HTTP edge: routes and what every request passes through. No business rule is here.

pub mod accept;
pub mod access_log;
pub mod answer;
pub mod body;
pub mod cors;
pub mod errors;
pub mod export;
pub mod file;
pub mod graphql;
pub mod guard;
pub mod health;
pub mod invoice;
pub mod limits;
pub mod operation;
pub mod panic_log;
pub mod params;
pub mod playground;
pub mod refused;
pub mod request_id;
pub mod server;
pub mod sse;
pub mod webhook;
pub mod ws;

use std::{any::Any, sync::Arc};

use axum::{
    Router,
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{Next, from_fn},
    response::Response,
    routing::{get, post},
};
use tower::ServiceBuilder;
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{NotForContentType, Predicate, SizeAbove},
    },
};

use self::{answer::MediaType, errors::Code, guard::Guard, health::Readiness, refused::Refused};
use crate::graphql::Api;

/// Bodies up to this size fit in one packet; compressing them only costs time.
const COMPRESSED_FROM: u64 = 1_024;

/// What handlers share.
#[derive(Clone)]
pub struct Edge {
    api: Api,
    guard: Arc<Guard>,
    readiness: Readiness,
    reservations: Arc<sse::Reservations>,
}

/// All routes of the service.
pub fn router(api: Api) -> Router {
    let config = api.app.config.clone();
    let guard = Guard::new(config.limits.clone(), config.pages.clone(), config.introspection, &api.schema.sdl());
    let edge = Edge { api, guard: Arc::new(guard), readiness: Readiness::default(), reservations: Arc::default() };
    let mut router = Router::new()
        .route("/graphql", get(graphql::get).post(graphql::post).fallback(graphql::other_method))
        .route("/invoices/{file}", get(invoice::document))
        .route("/exports/{file}", get(export::file))
        .route("/graphql/ws", get(ws::upgrade))
        .route("/graphql/sse", get(sse::get).post(sse::post).put(sse::put).delete(sse::delete).fallback(sse::other_method))
        .route("/webhooks/payments/{gateway}", post(webhook::payments))
        .route("/webhooks/shipping/{provider}", post(webhook::shipping))
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .route("/version", get(health::version));
    if config.graphiql {
        router = router.route("/graphql/assets/{*path}", get(playground::asset));
    }
    wrapped(router.fallback(unknown_path).method_not_allowed_fallback(wrong_method).with_state(edge), &config.cors_origins)
}

/// Routes inside everything that each request passes through.
fn wrapped(routes: Router, cors_origins: &[String]) -> Router {
    // One stack in one layer: each layer that a router is given costs an allocation per request.
    routes.layer(
        ServiceBuilder::new()
            .layer(from_fn(request_id::layer))
            .layer(from_fn(access_log::layer))
            .layer(from_fn(security_headers))
            // CORS lies outside of what may fail, so that pages elsewhere can read refusals too.
            .option_layer(cors::layer(cors_origins))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(
                CompressionLayer::new()
                    .gzip(true)
                    .quality(CompressionLevel::Fastest)
                    .compress_when(SizeAbove::new(COMPRESSED_FROM).and(NotForContentType::IMAGES).and(NotForContentType::SSE)),
            ),
    )
}

async fn unknown_path() -> Refused {
    Refused::new(StatusCode::NOT_FOUND, Code::NotFound, "There is nothing at this path; the API is at /graphql")
}

async fn wrong_method() -> Refused {
    Refused::new(StatusCode::METHOD_NOT_ALLOWED, Code::BadRequest, "This path does not take this method")
}

/// Operations catch their own panics; this is for everything else.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a request panicked");
    Refused::new(StatusCode::INTERNAL_SERVER_ERROR, Code::InternalServerError, "Internal error").render(MediaType::Json)
}

/// Headers that keep browsers from guessing, framing and leaking addresses. Handlers may set stricter ones themselves.
async fn security_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-site"),
    ] {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn a_handler_that_panics_is_answered_and_the_service_goes_on() {
        async fn failing() {
            panic!("the secret of the panic")
        }
        let router = wrapped(Router::new().route("/", get(failing)), &[]);
        for _ in 0..2 {
            let response = router.clone().oneshot(Request::new(Body::empty())).await.expect("an answer");
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert!(response.headers().contains_key("x-request-id"));
            let body = axum::body::to_bytes(response.into_body(), 10_000).await.expect("a body");
            let body = String::from_utf8_lossy(&body);
            assert!(body.contains("INTERNAL_SERVER_ERROR") && !body.contains("secret"), "{body}");
        }
    }
}
