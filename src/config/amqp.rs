//! Settings of the message broker.

use std::{convert::Infallible, fmt, str::FromStr};

use clap::Args;

/// A setting that holds a password. Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

/// Settings of the message broker (RabbitMQ, AMQP 0-9-1).
#[derive(Args, Clone, Debug)]
pub struct AmqpConfig {
    /// `amqp://user:password@host:port/vhost`; without it nothing is published.
    #[arg(id = "amqp_url", long = "amqp-url", env = "AMQP_URL", hide_env_values = true)]
    pub url: Option<Secret>,
    /// The durable topic exchange that events are published to.
    #[arg(id = "amqp_exchange", long = "amqp-exchange", env = "AMQP_EXCHANGE", default_value = EXCHANGE)]
    pub exchange: String,
    /// The durable queue of confirmed orders, for fulfillment.
    #[arg(id = "amqp_queue", long = "amqp-queue", env = "AMQP_QUEUE", default_value = QUEUE)]
    pub queue: String,
}

const EXCHANGE: &str = "ordergraph.events";
const QUEUE: &str = "ordergraph.fulfillment";

impl Default for AmqpConfig {
    fn default() -> Self {
        Self { url: None, exchange: EXCHANGE.into(), queue: QUEUE.into() }
    }
}

impl AmqpConfig {
    /// Says what cannot work.
    pub(super) fn check(&self) -> Result<(), String> {
        let Some(url) = self.url.as_ref().map(Secret::reveal) else { return Ok(()) };
        if url.starts_with("amqps://") && !cfg!(feature = "amqps") {
            return Err("AMQP_URL is amqps://, but this program was built without the feature `amqps`".into());
        }
        if !url.starts_with("amqp://") && !url.starts_with("amqps://") {
            return Err("AMQP_URL must start with amqp:// or amqps://".into());
        }
        if [&self.exchange, &self.queue].iter().any(|name| name.is_empty() || name.len() > 255) {
            return Err("AMQP_EXCHANGE and AMQP_QUEUE must have 1 to 255 bytes".into());
        }
        Ok(())
    }
}
