//! Word between copies of the service that something was committed, so that none waits for its next look at the log. Only a
//! matter of speed: whoever hears it looks, and whoever misses it looks a little later.
//!
//! On PostgreSQL by LISTEN and NOTIFY. On SQLite the copies are on one machine, and looking is all there is.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DbBackend};
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{app::App, clock::random_bytes, db::statement};

const CHANNEL: &str = "ordergraph";

/// How long to wait after the connection that listens was lost.
const PAUSE: Duration = Duration::from_secs(5);

/// Tells and hears until `stop` is told.
pub async fn run(app: App, mut stop: watch::Receiver<()>) {
    if app.db.backend() != DbBackend::Postgres {
        return;
    }
    let own = Uuid::from_bytes(random_bytes()).to_string();
    tokio::select! {
        // By dropping its sender.
        _ = stop.changed() => {}
        () = tell(&app, &own) => {}
        () = hear(&app, &own) => {}
    }
}

async fn tell(app: &App, own: &str) {
    loop {
        app.feed.shouted().await;
        let sql = "SELECT pg_notify($1, $2)";
        let told = app.db.writer().execute_raw(statement(app.db.writer(), sql, [CHANNEL.into(), own.into()])).await;
        if let Err(error) = told {
            tracing::debug!(%error, "other copies could not be told");
        }
    }
}

async fn hear(app: &App, own: &str) {
    loop {
        if let Err(error) = listen(app, own).await {
            tracing::warn!(%error, "other copies are not heard for now");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Listens on a connection of its own: one of the pool would be missing there.
async fn listen(app: &App, own: &str) -> Result<(), sqlx::Error> {
    let options = app.db.writer().get_postgres_connection_pool().connect_options();
    let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
    let pool = pool.connect_with((*options).clone()).await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        // `None`: the connection was lost and made anew; something may have been missed.
        let is_own = listener.try_recv().await?.is_some_and(|heard| heard.payload() == own);
        if !is_own {
            app.cache.wake();
            app.feed.nudge();
        }
    }
}
