//! `ordergraph statistics`.

use std::io::IsTerminal as _;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{
    clock::Clock,
    config::DataConfig,
    db::{Db, statement},
    fault::Fault,
    statistics::rollup::build,
};

/// Looks after the sums that figures are read from.
#[derive(Args)]
pub struct StatisticsArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Count all orders anew. The service may run meanwhile: figures then come from the orders themselves.
    Rebuild,
}

/// Runs `ordergraph statistics`.
///
/// # Errors
/// In words for the one who runs the service.
pub(crate) async fn run(data: &DataConfig, args: StatisticsArgs) -> Result<(), String> {
    let db = super::open_patiently(data).await?;
    match args.what {
        What::Rebuild => rebuild(&db).await.map_err(|fault| fault.to_string()),
    }
}

async fn rebuild(db: &Db) -> Result<(), Fault> {
    use sea_orm::ConnectionTrait as _;
    let row = db.reader().query_one_raw(statement(db.reader(), "SELECT COUNT(*) FROM orders", [])).await?;
    let orders: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    let target = match std::io::stderr().is_terminal() {
        true => ProgressDrawTarget::stderr(),
        false => ProgressDrawTarget::hidden(),
    };
    let bar = ProgressBar::with_draw_target(Some(orders.unsigned_abs()), target);
    if let Ok(style) = ProgressStyle::with_template("orders counted [{bar:30}] {percent:>3} % {elapsed}") {
        bar.set_style(style);
    }
    build::start_anew(db).await?;
    let done = loop {
        let state = crate::db::retrying(|| build::step(db, Clock::System.now())).await?;
        bar.set_position(state.done.unsigned_abs());
        if state.built_at.is_some() {
            break state.done;
        }
    };
    bar.finish_and_clear();
    println!("{done} orders counted");
    Ok(())
}
