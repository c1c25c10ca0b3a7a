//! Settings of exports.

use clap::Args;

/// Settings of exports.
#[derive(Args, Clone, Debug)]
pub struct ExportConfig {
    /// Days after which an export is deleted.
    #[arg(id = "export_keep_days", long = "export-keep-days", env = "EXPORT_KEEP_DAYS", default_value_t = 7)]
    pub keep_days: u16,
}

impl Default for ExportConfig {
    fn default() -> Self {
        Self { keep_days: 7 }
    }
}

impl ExportConfig {
    /// Says what cannot work.
    pub(super) fn check(&self) -> Result<(), String> {
        match self.keep_days {
            1..=365 => Ok(()),
            _ => Err("EXPORT_KEEP_DAYS must be between 1 and 365".into()),
        }
    }
}
