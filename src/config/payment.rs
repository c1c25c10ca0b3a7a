//! Keys and addresses of payment providers (PAY-01). A provider without keys is not offered.

use std::time::Duration;

use clap::Args;

use super::secret::{Secret, set};

/// Settings of payment providers.
#[derive(Args, Clone, Debug)]
pub struct PaymentConfig {
    /// Stripe's secret key, `sk_…`; without it Stripe is not offered.
    #[arg(long, env = "STRIPE_SECRET_KEY", hide_env_values = true)]
    pub stripe_secret_key: Option<Secret>,
    /// Secret that Stripe signs its webhooks with, `whsec_…`; several, comma separated, while it is changed.
    #[arg(long, env = "STRIPE_WEBHOOK_SECRET", hide_env_values = true)]
    pub stripe_webhook_secret: Option<Secret>,
    /// Address of Stripe's API.
    #[arg(long, env = "STRIPE_API_BASE", default_value = STRIPE_API_BASE)]
    pub stripe_api_base: String,
    /// PayPal's client id; without it PayPal is not offered.
    #[arg(long, env = "PAYPAL_CLIENT_ID")]
    pub paypal_client_id: Option<String>,
    /// The secret of PayPal's client id.
    #[arg(long, env = "PAYPAL_CLIENT_SECRET", hide_env_values = true)]
    pub paypal_client_secret: Option<Secret>,
    /// PayPal's id of our webhook: what its deliveries are checked against.
    #[arg(long, env = "PAYPAL_WEBHOOK_ID")]
    pub paypal_webhook_id: Option<String>,
    /// Address of PayPal's API; the sandbox is `https://api-m.sandbox.paypal.com`.
    #[arg(long, env = "PAYPAL_API_BASE", default_value = PAYPAL_API_BASE)]
    pub paypal_api_base: String,
    /// Clover's private token of the Ecommerce API; without it Clover is not offered.
    #[arg(long, env = "CLOVER_API_TOKEN", hide_env_values = true)]
    pub clover_api_token: Option<Secret>,
    /// Clover's id of the merchant; webhooks of other merchants are refused.
    #[arg(long, env = "CLOVER_MERCHANT_ID")]
    pub clover_merchant_id: Option<String>,
    /// Secret that Clover signs its webhooks with; several, comma separated, while it is changed.
    #[arg(long, env = "CLOVER_WEBHOOK_SECRET", hide_env_values = true)]
    pub clover_webhook_secret: Option<Secret>,
    /// Address of Clover's Ecommerce API.
    #[arg(long, env = "CLOVER_API_BASE", default_value = CLOVER_API_BASE)]
    pub clover_api_base: String,
    /// Public IP address of the shop: Clover takes no payment without one (`x-forwarded-for`).
    #[arg(long, env = "CLOVER_CLIENT_IP")]
    pub clover_client_ip: Option<std::net::IpAddr>,
    /// Seconds a payment provider may take to answer one call.
    #[arg(long, env = "GATEWAY_TIMEOUT", default_value_t = 10)]
    pub gateway_timeout: u64,
}

const STRIPE_API_BASE: &str = "https://api.stripe.com";
const PAYPAL_API_BASE: &str = "https://api-m.paypal.com";
const CLOVER_API_BASE: &str = "https://scl.clover.com";

impl Default for PaymentConfig {
    fn default() -> Self {
        Self {
            stripe_secret_key: None,
            stripe_webhook_secret: None,
            stripe_api_base: STRIPE_API_BASE.into(),
            paypal_client_id: None,
            paypal_client_secret: None,
            paypal_webhook_id: None,
            paypal_api_base: PAYPAL_API_BASE.into(),
            clover_api_token: None,
            clover_merchant_id: None,
            clover_webhook_secret: None,
            clover_api_base: CLOVER_API_BASE.into(),
            clover_client_ip: None,
            gateway_timeout: 10,
        }
    }
}

impl PaymentConfig {
    /// How long one call may take.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.gateway_timeout)
    }

    /// Says what is wrong with settings that cannot work together.
    ///
    /// # Errors
    /// A sentence for the one who set them.
    pub fn check(&self) -> Result<(), String> {
        if self.gateway_timeout == 0 || self.gateway_timeout > 60 {
            return Err("GATEWAY_TIMEOUT must be between 1 and 60 seconds".into());
        }
        let id = self.paypal_client_id.as_deref().is_some_and(|id| !id.trim().is_empty());
        if id != set(self.paypal_client_secret.as_ref()).is_some() {
            return Err("PAYPAL_CLIENT_ID and PAYPAL_CLIENT_SECRET must be set together".into());
        }
        for (name, base) in [
            ("STRIPE_API_BASE", &self.stripe_api_base),
            ("PAYPAL_API_BASE", &self.paypal_api_base),
            ("CLOVER_API_BASE", &self.clover_api_base),
        ] {
            if !is_address(base) {
                return Err(format!("{name} must be an address such as https://api.example.com"));
            }
        }
        Ok(())
    }
}

/// Whether it is the address of a service.
pub(super) fn is_address(text: &str) -> bool {
    reqwest::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let config = PaymentConfig {
            stripe_secret_key: Some("sk_live_1".into()),
            stripe_webhook_secret: Some("whsec_2".into()),
            paypal_client_secret: Some("paypal_3".into()),
            clover_api_token: Some("clover_4".into()),
            clover_webhook_secret: Some("clover_5".into()),
            ..PaymentConfig::default()
        };
        let shown = format!("{config:?}");
        for secret in ["sk_live_1", "whsec_2", "paypal_3", "clover_4", "clover_5"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains("***"));
    }

    #[test]
    fn half_a_pair_of_keys_is_refused() {
        let half = PaymentConfig { paypal_client_id: Some("id".into()), ..PaymentConfig::default() };
        assert!(half.check().unwrap_err().contains("PAYPAL_CLIENT_SECRET"));
        let whole = PaymentConfig { paypal_client_secret: Some("secret".into()), ..half };
        assert_eq!(whole.check(), Ok(()));
        assert_eq!(PaymentConfig::default().check(), Ok(()));
    }

    #[test]
    fn addresses_and_times_are_checked() {
        for base in ["api.stripe.com", "ftp://api.stripe.com", ""] {
            let config = PaymentConfig { stripe_api_base: base.into(), ..PaymentConfig::default() };
            assert!(config.check().unwrap_err().starts_with("STRIPE_API_BASE"), "{base}");
        }
        assert!(PaymentConfig { gateway_timeout: 0, ..PaymentConfig::default() }.check().is_err());
    }
}
