//! Which payment providers are configured.

use std::{collections::HashMap, sync::Arc};

use entity::stored::PaymentGateway;

use super::{Gateway, clover::Clover, paypal::Paypal, stripe::Stripe};
use crate::config::payment::PaymentConfig;

/// The providers that have keys.
pub fn configured(config: &PaymentConfig, http: &reqwest::Client) -> HashMap<PaymentGateway, Arc<dyn Gateway>> {
    let mut gateways: HashMap<PaymentGateway, Arc<dyn Gateway>> = HashMap::new();
    if let Some(stripe) = Stripe::configured(config, http) {
        gateways.insert(PaymentGateway::Stripe, Arc::new(stripe));
    }
    if let Some(paypal) = Paypal::configured(config, http) {
        gateways.insert(PaymentGateway::Paypal, Arc::new(paypal));
    }
    if let Some(clover) = Clover::configured(config, http) {
        gateways.insert(PaymentGateway::Clover, Arc::new(clover));
    }
    gateways
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_providers_with_keys_are_offered() {
        let http = reqwest::Client::new();
        assert!(configured(&PaymentConfig::default(), &http).is_empty());
        let stripe = PaymentConfig { stripe_secret_key: Some("sk_test_1".into()), ..PaymentConfig::default() };
        assert_eq!(configured(&stripe, &http).into_keys().collect::<Vec<_>>(), [PaymentGateway::Stripe]);
        let all = PaymentConfig {
            paypal_client_id: Some("id".into()),
            paypal_client_secret: Some("secret".into()),
            clover_api_token: Some("token".into()),
            ..stripe
        };
        assert_eq!(configured(&all, &http).len(), 3);
        let empty = PaymentConfig { stripe_secret_key: Some("".into()), ..PaymentConfig::default() };
        assert!(configured(&empty, &http).is_empty(), "an empty key is none");
    }
}
