//! Settings of figures.

use chrono_tz::Tz;
use clap::Args;

/// How figures are told.
#[derive(Args, Clone, Debug)]
pub struct ReportConfig {
    /// Time zone of days, weeks, months and years where a question names none, `Europe/Berlin` (C-25).
    #[arg(long, env = "REPORT_TIMEZONE", default_value = "UTC")]
    pub report_timezone: Tz,
}

impl Default for ReportConfig {
    fn default() -> Self {
        Self { report_timezone: Tz::UTC }
    }
}
