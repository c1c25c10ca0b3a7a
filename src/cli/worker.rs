//! `ordergraph worker`: background work apart from serving.

use std::time::Duration;

use clap::Args;
use tokio::{sync::watch, task::JoinSet};

use super::{
    log,
    serve::{stop, wait_for},
};
use crate::{
    config::{DataConfig, ServeConfig},
    event::wire,
    worker,
};

/// Settings of the worker: those of the service.
#[derive(Args)]
pub struct WorkerArgs {
    #[command(flatten)]
    config: ServeConfig,
}

/// Runs `ordergraph worker` until it is told to stop.
///
/// # Errors
/// In words for the one who runs the service.
pub(crate) async fn run(data: &DataConfig, args: WorkerArgs) -> Result<(), String> {
    log::begin(&data.log_level)?;
    args.config.check()?;
    let patience = Duration::from_secs(args.config.shutdown_timeout);
    let db = super::open(data).await?;
    let app = super::app(data, args.config, db)?;
    tracing::info!(database = ?app.db.backend(), "working");
    let (stop_work, stopping) = watch::channel(());
    let mut background = JoinSet::new();
    background.spawn(wire::run(app.clone(), stopping.clone()));
    background.spawn(worker::run(app, stopping));
    stop().await;
    drop(stop_work);
    wait_for(background, patience).await;
    tracing::info!("stopped");
    Ok(())
}
