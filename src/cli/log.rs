//! Logs: one JSON object a line, on stderr.

use tracing_subscriber::EnvFilter;

/// Begins to log. `level` is a level, or a filter such as `info,ordergraph=debug`.
///
/// # Errors
/// When the level is not one.
pub fn begin(level: &str) -> Result<(), String> {
    let filter = EnvFilter::try_new(level).map_err(|_| "LOG_LEVEL must be error, warn, info, debug or trace".to_owned())?;
    // The drivers tell each statement at debug level; only who asks for them by name gets them.
    let filter = ["sqlx=warn", "sea_orm=warn", "sea_orm_migration=warn", "hyper=warn"]
        .iter()
        .filter_map(|directive| directive.parse().ok())
        .fold(filter, EnvFilter::add_directive);
    let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_target(false).with_env_filter(filter);
    subscriber.with_writer(std::io::stderr).try_init().map_err(|error| error.to_string())
}
