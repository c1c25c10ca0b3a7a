//! Settings of connections that stay open: WebSockets and server-sent events.

use std::time::Duration;

use clap::Args;

/// Limits of connections that stay open.
#[derive(Args, Clone, Debug)]
pub struct LiveConfig {
    /// Seconds a WebSocket may stay open before its connection_init arrives.
    #[arg(long, env = "WS_INIT_TIMEOUT", default_value_t = 10)]
    pub ws_init_timeout: u64,
    /// Most operations at once on one connection.
    #[arg(long, env = "WS_MAX_OPERATIONS", default_value_t = 50)]
    pub ws_max_operations: usize,
    /// Most WebSockets and event streams that one process keeps open.
    #[arg(long, env = "WS_MAX_CONNECTIONS", default_value_t = 5_000)]
    pub ws_max_connections: u32,
    /// Seconds between signs of life on a connection; a WebSocket that is silent for two of them is closed.
    #[arg(long, env = "WS_KEEPALIVE", default_value_t = 25)]
    pub ws_keepalive: u64,
}

impl Default for LiveConfig {
    fn default() -> Self {
        Self { ws_init_timeout: 10, ws_max_operations: 50, ws_max_connections: 5_000, ws_keepalive: 25 }
    }
}

impl LiveConfig {
    /// How long a WebSocket may stay open before its connection_init arrives.
    pub fn init_timeout(&self) -> Duration {
        Duration::from_secs(self.ws_init_timeout)
    }

    /// How often a connection gives a sign of life.
    pub fn keepalive(&self) -> Duration {
        Duration::from_secs(self.ws_keepalive)
    }

    /// Says what is wrong, in words for the one who set it.
    pub fn check(&self) -> Result<(), String> {
        match self.ws_init_timeout > 0 && self.ws_max_operations > 0 && self.ws_max_connections > 0 && self.ws_keepalive > 0 {
            true => Ok(()),
            false => Err("WS_INIT_TIMEOUT, WS_MAX_OPERATIONS, WS_MAX_CONNECTIONS and WS_KEEPALIVE must be at least 1".into()),
        }
    }
}
