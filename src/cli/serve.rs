//! `ordergraph serve`.

use clap::Args;
use tokio::{net::TcpListener, task::JoinSet};

use super::{demo, log};
use crate::{
    cache::follow::follow,
    config::{DataConfig, ServeConfig},
    event::wire,
    graphql::Api,
    http, worker,
};

/// Settings of the service.
#[derive(Args)]
pub struct ServeArgs {
    /// Fill an empty database with a small shop, and print how to sign in.
    #[arg(long)]
    demo: bool,
    #[command(flatten)]
    config: ServeConfig,
}

/// How long connections that stay open may take to close.
const GOODBYE: std::time::Duration = std::time::Duration::from_secs(5);

/// Runs `ordergraph serve` until it is told to stop.
///
/// # Errors
/// In words for the one who runs the service.
pub(crate) async fn run(data: &DataConfig, args: ServeArgs) -> Result<(), String> {
    log::begin(&data.log_level)?;
    http::panic_log::install();
    args.config.check()?;
    let listen = args.config.listen;
    let listener = TcpListener::bind(listen).await.map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let db = super::open(data).await?;
    let config = args.config;
    let (read_timeout, shutdown_timeout) = (config.read_timeout(), std::time::Duration::from_secs(config.shutdown_timeout));
    let (graphiql, works) = (config.graphiql, config.worker);
    let app = super::app(data, config, db)?;
    if args.demo {
        demo::prepare(&app).await?;
        demo::greet(&app, address, graphiql).await?;
    }
    tracing::info!(%address, database = ?app.db.backend(), "listening");
    let (stop_work, stopping) = tokio::sync::watch::channel(());
    let mut background = JoinSet::new();
    let told = stopping.clone();
    if works {
        background.spawn(worker::run(app.clone(), stopping));
    } else {
        background.spawn(worker::follow(app.clone(), stopping));
    }
    background.spawn(wire::run(app.clone(), told.clone()));
    background.spawn(follow(app.clone(), told));
    let streams = app.streams.clone();
    let stopped = async {
        stop().await;
        // Connections that stay open are told to go elsewhere, or the stop would wait for them.
        streams.stop();
    };
    http::server::serve(listener, http::router(Api::new(app)), read_timeout, shutdown_timeout, stopped).await;
    streams.closed(GOODBYE).await;
    drop(stop_work);
    wait_for(background, shutdown_timeout).await;
    tracing::info!("stopped");
    Ok(())
}

/// Waits for background work in hand, for so long; what is cut off is done again by whoever works next.
pub(super) async fn wait_for(mut background: JoinSet<()>, patience: std::time::Duration) {
    let ended = async { while background.join_next().await.is_some() {} };
    if tokio::time::timeout(patience, ended).await.is_err() {
        tracing::warn!("stopped with background work in hand; it will be done again");
    }
    background.shutdown().await;
}

/// Ends when the process is asked to stop.
pub(super) async fn stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
