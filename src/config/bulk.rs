//! Settings of bulk actions.

use clap::Args;

/// Sizes of bulk actions.
#[derive(Args, Clone, Debug)]
pub struct BulkConfig {
    /// Most things of a bulk action that is answered at once; more are a bulk operation in the background.
    #[arg(id = "bulk_at_once", long = "bulk-at-once", env = "BULK_AT_ONCE", default_value_t = 1_000)]
    pub at_once: usize,
    /// Most things of one bulk operation.
    #[arg(id = "bulk_max_items", long = "bulk-max-items", env = "BULK_MAX_ITEMS", default_value_t = 1_000_000)]
    pub max_items: usize,
    /// Things of a bulk operation that are worked off in one transaction; other writers wait as long.
    #[arg(id = "bulk_chunk", long = "bulk-chunk", env = "BULK_CHUNK", default_value_t = 100)]
    pub chunk: usize,
}

impl Default for BulkConfig {
    fn default() -> Self {
        Self { at_once: 1_000, max_items: 1_000_000, chunk: 100 }
    }
}

impl BulkConfig {
    /// Says what cannot work.
    pub(super) fn check(&self) -> Result<(), String> {
        if !(1..=10_000).contains(&self.at_once) {
            return Err("BULK_AT_ONCE must be between 1 and 10000".into());
        }
        if !(1..=1_000).contains(&self.chunk) {
            return Err("BULK_CHUNK must be between 1 and 1000".into());
        }
        match (self.at_once..=10_000_000).contains(&self.max_items) {
            true => Ok(()),
            false => Err("BULK_MAX_ITEMS must be between BULK_AT_ONCE and 10000000".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_cannot_work_are_refused() {
        let sizes = |at_once, max_items, chunk| BulkConfig { at_once, max_items, chunk }.check().is_ok();
        assert!(BulkConfig::default().check().is_ok() && sizes(1, 1, 1));
        assert!(!sizes(0, 10, 1) && !sizes(10, 9, 1) && !sizes(10, 10, 0) && !sizes(10, 10, 1_001) && !sizes(10_001, 20_000, 1));
    }
}
