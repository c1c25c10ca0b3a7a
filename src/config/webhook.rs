//! Settings of outgoing webhooks.

use clap::Args;

/// Seconds between the attempts at a delivery, by the Standard Webhooks specification: at once, 5 seconds, 5 minutes,
/// 30 minutes, 2 hours, 5, 10, 14, 20 and 24 hours.
const RETRIES: [u32; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// Settings of outgoing webhooks.
#[derive(Args, Clone, Debug)]
pub struct WebhookConfig {
    /// Whether receivers may be on private addresses, such as this machine: for development and tests.
    #[arg(id = "webhook_allow_private", long = "webhook-allow-private", env = "WEBHOOK_ALLOW_PRIVATE",
          default_value_t = false, action = clap::ArgAction::Set)]
    pub allow_private: bool,
    /// Seconds a receiver may take to answer.
    #[arg(id = "webhook_timeout", long = "webhook-timeout", env = "WEBHOOK_TIMEOUT", default_value_t = 15)]
    pub timeout: u64,
    /// Seconds to wait after each failed attempt, comma separated; after the last one a delivery is given up.
    #[arg(
        id = "webhook_retries",
        long = "webhook-retries",
        env = "WEBHOOK_RETRIES",
        value_delimiter = ',',
        default_value = "5,300,1800,7200,18000,36000,50400,72000,86400"
    )]
    pub retries: Vec<u32>,
}

impl Default for WebhookConfig {
    fn default() -> Self {
        Self { allow_private: false, timeout: 15, retries: RETRIES.to_vec() }
    }
}

impl WebhookConfig {
    /// Says what cannot work.
    pub(super) fn check(&self) -> Result<(), String> {
        match self.timeout {
            1..=60 => Ok(()),
            _ => Err("WEBHOOK_TIMEOUT must be between 1 and 60 seconds".into()),
        }
    }
}
