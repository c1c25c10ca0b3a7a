//! Settings of Redis.

use std::time::Duration;

use clap::Args;

use super::Secret;

/// Settings of Redis, which copies of the service share their cache and their rate limits in.
#[derive(Args, Clone, Debug)]
pub struct RedisConfig {
    /// `redis://user:password@host:port/database`; without it each copy of the service has its own cache and limits.
    #[arg(id = "redis_url", long = "redis-url", env = "REDIS_URL", hide_env_values = true)]
    pub url: Option<Secret>,
    /// Milliseconds that Redis may take to answer, at most 1000; what takes longer is done without it.
    #[arg(id = "redis_timeout", long = "redis-timeout", env = "REDIS_TIMEOUT", default_value_t = TIMEOUT)]
    pub timeout_ms: u64,
}

const TIMEOUT: u64 = 50;

impl Default for RedisConfig {
    fn default() -> Self {
        Self { url: None, timeout_ms: TIMEOUT }
    }
}

impl RedisConfig {
    /// How long a call may take.
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    /// Says what cannot work.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.timeout_ms == 0 || self.timeout_ms > 1_000 {
            return Err("REDIS_TIMEOUT must be between 1 and 1000".into());
        }
        let Some(url) = self.url.as_ref().map(Secret::reveal) else { return Ok(()) };
        if url.starts_with("rediss://") {
            return Err("REDIS_URL is rediss://, but this program has no TLS to Redis: use a private network or a tunnel".into());
        }
        if !url.starts_with("redis://") {
            return Err("REDIS_URL must start with redis://".into());
        }
        // What the library says of it may hold the password.
        redis::Client::open(url).map(drop).map_err(|_| "REDIS_URL is not an address of Redis: redis://host:port/database".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(url: &str) -> Result<(), String> {
        RedisConfig { url: url.parse().ok(), ..RedisConfig::default() }.check()
    }

    #[test]
    fn addresses_that_cannot_work_are_refused_without_showing_their_password() {
        assert_eq!(checked("redis://:hidden@127.0.0.1:6379/2"), Ok(()));
        for wrong in ["rediss://:hidden@host:6379", "http://:hidden@host", "redis://:hidden@host:notaport"] {
            let said = checked(wrong).unwrap_err();
            assert!(said.starts_with("REDIS_URL") && !said.contains("hidden"), "{said}");
        }
    }
}
