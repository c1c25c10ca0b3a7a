//! Keys and address of the shipping provider (ORD-29). Without keys no labels are bought.

use std::time::Duration;

use clap::Args;

use super::{payment::is_address, secret::Secret};

/// Settings of the shipping provider.
#[derive(Args, Clone, Debug)]
pub struct ShippingConfig {
    /// Shippo's token, `shippo_live_…`; without it Shippo is not offered.
    #[arg(long, env = "SHIPPO_API_TOKEN", hide_env_values = true)]
    pub shippo_api_token: Option<Secret>,
    /// Secret of Shippo's webhooks: what they are signed with, or the `token` in the webhook's address.
    #[arg(long, env = "SHIPPO_WEBHOOK_SECRET", hide_env_values = true)]
    pub shippo_webhook_secret: Option<Secret>,
    /// Address of Shippo's API.
    #[arg(long, env = "SHIPPO_API_BASE", default_value = SHIPPO_API_BASE)]
    pub shippo_api_base: String,
    /// Seconds the shipping provider may take to answer one call: it asks the carriers meanwhile.
    #[arg(long, env = "SHIPPING_TIMEOUT", default_value_t = 20)]
    pub shipping_timeout: u64,
}

const SHIPPO_API_BASE: &str = "https://api.goshippo.com";

impl Default for ShippingConfig {
    fn default() -> Self {
        Self {
            shippo_api_token: None,
            shippo_webhook_secret: None,
            shippo_api_base: SHIPPO_API_BASE.into(),
            shipping_timeout: 20,
        }
    }
}

impl ShippingConfig {
    /// How long one call may take.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.shipping_timeout)
    }

    /// Says what is wrong with settings.
    ///
    /// # Errors
    /// A sentence for the one who set them.
    pub fn check(&self) -> Result<(), String> {
        if self.shipping_timeout == 0 || self.shipping_timeout > 60 {
            return Err("SHIPPING_TIMEOUT must be between 1 and 60 seconds".into());
        }
        if !is_address(&self.shippo_api_base) {
            return Err("SHIPPO_API_BASE must be an address such as https://api.example.com".into());
        }
        Ok(())
    }
}
