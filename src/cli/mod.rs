//! The command line: results go to stdout, messages to stderr, and the exit code is 0 only when all went well.

pub mod demo;
mod doctor;
mod export;
mod generate;
mod import;
mod log;
mod migrate;
mod serve;
mod shop;
mod statistics;
mod stop;
mod user;
mod worker;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use sea_orm::{DbBackend, DbErr};

use crate::{
    app::App,
    auth::token::Keys,
    clock::Clock,
    config::{DataConfig, ServeConfig},
    db::{self, Db},
};

/// A multi-vendor order management service with a GraphQL API.
#[derive(Parser)]
#[command(version, about, arg_required_else_help = false)]
pub struct Cli {
    /// Where the data are.
    #[command(flatten)]
    data: DataConfig,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API; what the program does when nothing else is asked.
    Serve(serve::ServeArgs),
    /// Do the background work of the service apart from serving.
    Worker(worker::WorkerArgs),
    /// Bring the database's schema up or down, or tell how it stands.
    Migrate(migrate::MigrateArgs),
    /// Bring data in from elsewhere.
    Import(import::ImportArgs),
    /// Fill the database with orders that nobody placed, to see how the service does with many.
    Generate(generate::GenerateArgs),
    /// Write orders, items, payments, customers or products as CSV, or everything as a bundle to import.
    Export(export::ExportArgs),
    /// Check that what must always hold does; changes nothing.
    Doctor(doctor::DoctorArgs),
    /// Look after the sums that figures are read from.
    Statistics(statistics::StatisticsArgs),
    /// Create users.
    User(user::UserArgs),
    /// Print an access token of a user, and nothing else.
    Token(user::TokenArgs),
    /// Print the schema of the API.
    Schema,
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Stack of each thread: operations nest deeply, and the futures of an unoptimised build are large. Memory that is not touched
/// costs nothing.
const STACK: usize = 16 << 20;

/// The whole program. It is here so that compilers make machine code of the service once, for this library, and not again for
/// the program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build() {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(error) => fail(&format!("cannot start: {error}")),
    }
}

/// Runs what the command line asks for.
async fn run(cli: Cli) -> ExitCode {
    let data = cli.data;
    let command = match cli.command {
        Some(command) => command,
        // Started with nothing but environment: serve. Parsing again takes the settings of `serve` from there.
        None => match Cli::try_parse_from(["ordergraph", "serve"]).map(|cli| cli.command) {
            Ok(Some(command)) => command,
            _ => return fail("cannot read the settings of `serve` from the environment; try `ordergraph serve --help`"),
        },
    };
    let outcome = match command {
        Command::Serve(args) => serve::run(&data, args).await,
        Command::Worker(args) => worker::run(&data, args).await,
        Command::Import(args) => return import::run(&data, args).await,
        Command::Generate(args) => return generate::run(&data, args).await,
        Command::Export(args) => return export::run(&data, args).await,
        Command::Doctor(args) => match connect(&data).await {
            Ok(db) => match doctor::run(&db, args.json).await {
                Ok(code) => return code,
                Err(fault) => Err(fault.to_string()),
            },
            Err(message) => Err(message),
        },
        Command::Migrate(args) => migrate::run(&data, args).await,
        Command::Statistics(args) => statistics::run(&data, args).await,
        Command::User(args) => user::create(&data, args).await,
        Command::Token(args) => user::token(&data, args).await,
        Command::Schema => {
            print!("{}", crate::graphql::sdl());
            Ok(())
        }
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "ordergraph", &mut std::io::stdout());
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => fail(&message),
    }
}

fn fail(message: &str) -> ExitCode {
    eprintln!("error: {message}");
    ExitCode::FAILURE
}

/// Opens the configured database and brings its schema up to date.
///
/// # Errors
/// In words for the one who runs the service.
pub(crate) async fn open(data: &DataConfig) -> Result<Db, String> {
    let db = open_patiently(data).await?;
    if db.backend() == DbBackend::Sqlite {
        return Ok(db);
    }
    db.close().await;
    Db::open(&db::url(data), data.database_pool_size).await.map_err(cannot_open)
}

/// The same for work that somebody waits for.
///
/// # Errors
/// In words for the one who runs the service.
pub(crate) async fn open_patiently(data: &DataConfig) -> Result<Db, String> {
    let db = connect(data).await?;
    migrate::up(&db).await?;
    Ok(db)
}

/// The same for one thing done after the other.
///
/// # Errors
/// In words for the one who runs the service.
pub(crate) async fn open_alone(data: &DataConfig) -> Result<Db, String> {
    let db = Db::open_alone(&db::url(data)).await.map_err(cannot_open)?;
    migrate::up(&db).await?;
    Ok(db)
}

/// Opens the configured database as it is, for work that somebody waits for.
///
/// # Errors
/// In words for the one who runs the service.
pub(crate) async fn connect(data: &DataConfig) -> Result<Db, String> {
    Db::open_patiently(&db::url(data), data.database_pool_size).await.map_err(cannot_open)
}

fn cannot_open(error: DbErr) -> String {
    format!("cannot open the database: {error}")
}

/// The service on an open database.
///
/// # Errors
/// In words for the one who runs the service.
pub(crate) fn app(data: &DataConfig, config: ServeConfig, db: Db) -> Result<App, String> {
    crate::notification::check(&config)?;
    Ok(App::new(config, db, Clock::System, Keys::load(data)?))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    #[test]
    fn every_setting_is_documented_with_its_default() {
        let example = include_str!("../../.env.example");
        let readme = include_str!("../../README.md");
        let command = Cli::command();
        let serve = command.find_subcommand("serve").expect("a subcommand");
        let mut count = 0;
        for setting in command.get_arguments().chain(serve.get_arguments()) {
            let Some(name) = setting.get_env().and_then(|name| name.to_str()) else { continue };
            count += 1;
            let wanted = match setting.get_default_values() {
                [] => format!("#{name}="),
                [default, ..] => format!("{name}={}", default.to_string_lossy()),
            };
            assert!(example.lines().any(|line| line.starts_with(&wanted)), ".env.example lacks {wanted}");
            assert!(readme.contains(&format!("`{name}`")), "README.md lacks {name}");
        }
        assert!(count > 20, "only {count} settings were found");
    }
}
