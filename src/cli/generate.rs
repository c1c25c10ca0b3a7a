//! `ordergraph generate`: fills a database with orders that nobody placed, to see how the service does with many.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use entity::time::Timestamp;

use super::import::{carry_out, tell};
use crate::{
    clock::Clock,
    config::DataConfig,
    import::generate::{self, Wanted},
};

/// How many orders, and of what.
#[derive(Args, Clone, Debug)]
pub struct GenerateArgs {
    /// How many orders.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=20_000_000))]
    pub orders: u32,
    /// What chance starts from; the same seed gives the same orders.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The day by which the last order is placed, `YYYY-MM-DD`.
    #[arg(long, default_value = "2026-10-31", value_parser = day)]
    pub until: Timestamp,
    /// Folder of the Olist data set whose orders are multiplied; without it the shop is made up.
    #[arg(long)]
    pub from: Option<PathBuf>,
    /// Print the report as JSON.
    #[arg(long)]
    pub json: bool,
}

fn day(text: &str) -> Result<Timestamp, String> {
    let day = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| "not a day such as 2026-01-31".to_owned())?;
    // Ten years before it must be after 1970, which order numbers begin with.
    let years = chrono::Datelike::year(&day);
    match day.and_hms_opt(0, 0, 0) {
        Some(midnight) if (1980..9999).contains(&years) => Ok(midnight.and_utc().into()),
        _ => Err("must be between 1980 and 9999".to_owned()),
    }
}

/// Runs the subcommand; exit codes are those of an import.
pub(crate) async fn run(data: &DataConfig, args: GenerateArgs) -> ExitCode {
    let wanted = Wanted { orders: args.orders, seed: args.seed, until: args.until, from: args.from };
    let outcome = carry_out(data, async |db, stop, progress| {
        let options = crate::import::Options { stop, ..Default::default() };
        generate::run(db, &Clock::System, &wanted, options, progress).await
    });
    match outcome.await {
        Ok(report) => tell(&report, args.json),
        Err(error) => {
            eprintln!("ordergraph generate: {error}");
            ExitCode::FAILURE
        }
    }
}
