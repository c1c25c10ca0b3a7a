//! Time and randomness, passed in: tests hold the clock, and nothing else in the service asks the machine for either.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::Utc;
use entity::time::Timestamp;
use rand::Rng as _;

/// Where the time comes from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands still until it is moved; shared by its clones.
    Held(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `now`.
    pub fn held(now: Timestamp) -> Self {
        Self::Held(Arc::new(AtomicI64::new(now.0)))
    }

    /// The time by this clock.
    pub fn now(&self) -> Timestamp {
        match self {
            #[allow(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
            Self::System => Utc::now().into(),
            Self::Held(micros) => Timestamp(micros.load(Ordering::SeqCst)),
        }
    }

    /// Moves a held clock on; the machine's clock is not moved.
    pub fn advance_seconds(&self, seconds: i64) {
        if let Self::Held(micros) = self {
            micros.fetch_add(seconds.saturating_mul(1_000_000), Ordering::SeqCst);
        }
    }
}

/// Unpredictable bytes from a generator seeded by the system.
#[allow(clippy::disallowed_methods, reason = "the one place that randomness comes from")]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}
