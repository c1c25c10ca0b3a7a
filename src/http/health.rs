//! `/livez`, `/readyz` and `/version`.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use migration::{Migrator, MigratorTrait};
use sea_orm::ConnectionTrait;
use serde_json::json;
use tokio::{sync::Mutex, time::timeout};

use super::Edge;
use crate::db::Db;

/// How long a good state may be told again without looking: whoever asks often costs nothing.
const FRESH: Duration = Duration::from_secs(1);

/// How long one look may take before it counts as bad.
const PATIENCE: Duration = Duration::from_secs(3);

/// When the service was last seen ready.
#[derive(Clone, Default)]
pub struct Readiness(Arc<Mutex<Option<Instant>>>);

/// The process runs.
pub(crate) async fn livez() -> Json<serde_json::Value> {
    Json(json!({ "status": "ok" }))
}

/// Which version runs.
pub(crate) async fn version() -> Json<serde_json::Value> {
    Json(json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") }))
}

/// Requests can be served: the database answers and its schema is the one this version knows.
pub(crate) async fn readyz(State(edge): State<Edge>) -> Response {
    // The lock is held while looking, so that many who ask at once cause one look.
    let mut seen = edge.readiness.0.lock().await;
    let (database, migrations) = if seen.is_some_and(|seen| seen.elapsed() < FRESH) {
        ("ok", "ok")
    } else {
        timeout(PATIENCE, look(&edge.api.app.db)).await.unwrap_or(("timeout", "unknown"))
    };
    let is_ready = (database, migrations) == ("ok", "ok");
    *seen = if is_ready { seen.filter(|seen| seen.elapsed() < FRESH).or_else(|| Some(Instant::now())) } else { None };
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({
        "status": if is_ready { "ok" } else { "unavailable" },
        "checks": { "database": database, "migrations": migrations },
    });
    (status, Json(body)).into_response()
}

/// Says what is wrong in one word; why goes to the log.
async fn look(db: &Db) -> (&'static str, &'static str) {
    if let Err(error) = db.reader().execute_unprepared("SELECT 1").await {
        tracing::warn!(%error, "not ready: the database does not answer");
        return ("failed", "unknown");
    }
    match Migrator::get_pending_migrations_read_only(db.reader()).await {
        Ok(pending) if pending.is_empty() => ("ok", "ok"),
        Ok(pending) => {
            tracing::warn!(pending = pending.len(), "not ready: migrations are pending");
            ("ok", "pending")
        }
        Err(error) => {
            tracing::warn!(%error, "not ready: the migrations cannot be read");
            ("ok", "failed")
        }
    }
}
