//! Settings of the cache.

use clap::Args;

/// How long answers may be kept. What changes the data they come from ends them at once, so these are upper bounds (C-42).
#[derive(Args, Clone, Debug)]
pub struct CacheConfig {
    /// Seconds a page of a buyer's own orders may be kept; 0 for never.
    #[arg(long, env = "CACHE_TIMEOUT", default_value_t = 300)]
    pub cache_timeout: u32,
    /// Seconds figures of orders and payments may be kept; 0 for never.
    #[arg(long, env = "STATS_CACHE_TIMEOUT", default_value_t = 600)]
    pub stats_cache_timeout: u32,
    /// Megabytes of memory that kept answers may take.
    #[arg(long, env = "CACHE_MEMORY_MB", default_value_t = 64)]
    pub cache_memory_mb: u32,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self { cache_timeout: 300, stats_cache_timeout: 600, cache_memory_mb: 64 }
    }
}

impl CacheConfig {
    /// Whether anything may be kept at all.
    pub fn is_on(&self) -> bool {
        self.cache_memory_mb > 0 && (self.cache_timeout > 0 || self.stats_cache_timeout > 0)
    }
}
