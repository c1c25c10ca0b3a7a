//! `ordergraph import`: brings orders from elsewhere in, with a bar on a terminal and a report at the end.

use std::{io::IsTerminal as _, path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use migration::{Migrator, MigratorTrait as _};

use super::stop::{INTERRUPTED, told_to_stop};
use crate::{
    clock::Clock,
    config::DataConfig,
    db::{self, Db},
    import::{self, ImportError, Options, Source, Stop, progress::Progress, report::Report},
};

/// What to import and how.
#[derive(Args, Clone, Debug)]
pub struct ImportArgs {
    /// The layout of the files.
    #[command(subcommand)]
    pub source: ImportSource,
}

/// Layouts of files.
#[derive(Subcommand, Clone, Debug)]
pub enum ImportSource {
    /// The Olist data set: a folder with its eight CSV files.
    Olist(ImportFrom),
    /// A bundle of CSV files as described in docs/import.md.
    Bundle(ImportFrom),
}

/// A folder, and how to go about it.
#[derive(Args, Clone, Debug)]
pub struct ImportFrom {
    /// Folder of the CSV files.
    pub dir: PathBuf,
    /// Read and check everything, write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Print the report as JSON.
    #[arg(long)]
    pub json: bool,
    /// Print every refusal, not only the first 100 of each file.
    #[arg(long)]
    pub all_refusals: bool,
}

/// The exit code when rows were refused.
const REFUSED: u8 = 2;

/// Runs the subcommand: 0 when every row came in, 2 when some were refused, 130 when it was interrupted, 1 when it failed.
pub(crate) async fn run(data: &DataConfig, args: ImportArgs) -> ExitCode {
    let (source, from) = match args.source {
        ImportSource::Olist(from) => (Source::Olist(from.dir.clone()), from),
        ImportSource::Bundle(from) => (Source::Bundle(from.dir.clone()), from),
    };
    match import(data, source, &from).await {
        Ok(report) => tell(&report, from.json),
        Err(error) => {
            eprintln!("ordergraph import: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn import(data: &DataConfig, source: Source, from: &ImportFrom) -> Result<Report, ImportError> {
    carry_out(data, async |db, stop, progress| {
        let options = Options { dry_run: from.dry_run, all_refusals: from.all_refusals, stop, ..Options::default() };
        import::run(db, &Clock::System, source, options, progress).await
    })
    .await
}

/// Opens the database, brings its schema up to date, and does the work with a bar; a signal stops it after its batch.
pub(super) async fn carry_out(
    data: &DataConfig,
    work: impl AsyncFnOnce(&Db, Stop, &dyn Progress) -> Result<Report, ImportError>,
) -> Result<Report, ImportError> {
    let broken = |error: sea_orm::DbErr| ImportError::Fault(error.into());
    let db = Db::open_patiently(&db::url(data), data.database_pool_size).await.map_err(broken)?;
    Migrator::up(db.writer(), None).await.map_err(broken)?;
    let stop = Stop::default();
    let bar = Bar::new();
    let result = {
        let work = work(&db, stop.clone(), &bar);
        tokio::pin!(work);
        tokio::select! {
            result = &mut work => result,
            () = told_to_stop() => {
                stop.set();
                bar.say("stopping after this batch");
                work.await
            }
        }
    };
    bar.clear();
    result
}

/// Prints the report and says how it went.
pub(super) fn tell(report: &Report, json: bool) -> ExitCode {
    if json {
        match serde_json::to_string_pretty(report) {
            Ok(text) => println!("{text}"),
            Err(error) => {
                eprintln!("ordergraph import: {error}");
                return ExitCode::FAILURE;
            }
        }
    } else {
        print!("{report}");
    }
    match (report.interrupted, report.refused()) {
        (true, _) => ExitCode::from(INTERRUPTED),
        (false, 0) => ExitCode::SUCCESS,
        (false, _) => ExitCode::from(REFUSED),
    }
}

/// A bar on stderr, when that is a terminal.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let hidden = !std::io::stderr().is_terminal();
        let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        if let Ok(style) = ProgressStyle::with_template("{prefix:32} [{bar:30}] {percent:>3} % {elapsed} {msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    fn say(&self, message: &str) {
        self.0.set_message(message.to_owned());
    }

    fn clear(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn phase(&self, name: &str, total: u64) {
        self.0.set_prefix(name.to_owned());
        self.0.set_length(total);
        self.0.set_position(0);
    }

    fn at(&self, done: u64) {
        self.0.set_position(done);
    }

    fn orders(&self, written: u64) {
        self.0.set_message(format!("{written} orders"));
    }
}
