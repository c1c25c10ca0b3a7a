//! Buckets in the memory of this process.

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use governor::{
    Quota, RateLimiter, clock, middleware::StateInformationMiddleware, nanos::Nanos, state::keyed::DashMapStateStore,
};

use super::{Exceeded, Left};
use crate::clock::Clock;

/// How many takes go by between two times that full buckets are forgotten: who comes back finds a full one anyway.
const TIDY: u32 = 10_000;

/// The service's clock as the library wants it.
#[derive(Clone)]
struct Time(Clock);

impl clock::Clock for Time {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(u64::try_from(self.0.now().0).unwrap_or(0).saturating_mul(1_000))
    }
}

/// Buckets of one rate, by name.
pub struct Buckets {
    limiter: RateLimiter<String, DashMapStateStore<String>, Time, StateInformationMiddleware>,
    clock: Time,
    limit: NonZeroU32,
    step: Duration,
    taken: AtomicU32,
}

impl Buckets {
    /// Full buckets of `limit` in `unit`.
    pub fn new(limit: NonZeroU32, unit: Duration, clock: Clock) -> Self {
        let step = unit / limit.get();
        let quota = Quota::with_period(step).unwrap_or_else(|| Quota::per_second(limit)).allow_burst(limit);
        let clock = Time(clock);
        let limiter = RateLimiter::new(quota, DashMapStateStore::default(), clock.clone());
        Self { limiter, clock, limit, step, taken: AtomicU32::new(0) }
    }

    /// Takes so many units, at most as many as a bucket holds.
    pub fn take(&self, key: &String, units: NonZeroU32) -> Result<Left, Exceeded> {
        if self.taken.fetch_add(1, Ordering::Relaxed) % TIDY == TIDY - 1 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        match self.limiter.check_key_n(key, units.min(self.limit)) {
            Ok(Ok(state)) => {
                let remaining = state.remaining_burst_capacity();
                let missing = self.limit.get().saturating_sub(remaining);
                Ok(Left { limit: self.limit.get(), taken: units.get(), remaining, full_after: self.step * missing })
            }
            Ok(Err(not_until)) => Err(Exceeded { retry_after: not_until.wait_time_from(clock::Clock::now(&self.clock)) }),
            // More than a bucket holds is not asked for above.
            Err(_) => Err(Exceeded { retry_after: self.step * self.limit.get() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use entity::time::Timestamp;

    use super::*;

    fn units(count: u32) -> NonZeroU32 {
        NonZeroU32::new(count).unwrap()
    }

    #[test]
    fn a_bucket_holds_its_rate_and_fills_evenly() {
        let clock = Clock::held(Timestamp(1_768_478_400_000_000));
        let buckets = Buckets::new(units(5), Duration::from_secs(60), clock.clone());
        let take = |key: &str, count| buckets.take(&key.to_owned(), units(count));
        for remaining in [4, 3, 2, 1, 0] {
            assert_eq!(take("a", 1).unwrap().remaining, remaining);
        }
        assert_eq!(take("a", 1).unwrap_err().seconds(), 12);
        // Somebody else's bucket is full.
        assert_eq!(take("b", 5).unwrap().full_after, Duration::from_secs(60));
        clock.advance_seconds(11);
        assert_eq!(take("a", 1).unwrap_err().seconds(), 1);
        clock.advance_seconds(1);
        assert_eq!(take("a", 1).unwrap().remaining, 0);
        clock.advance_seconds(24);
        assert_eq!(take("a", 3).unwrap_err().seconds(), 12);
        // What was refused has taken nothing.
        assert_eq!(take("a", 2).unwrap().remaining, 0);
        clock.advance_seconds(3_600);
        assert_eq!(take("a", 1).unwrap().remaining, 4);
    }

    #[test]
    fn more_than_a_bucket_holds_takes_all_of_it() {
        let buckets = Buckets::new(units(5), Duration::from_secs(1), Clock::held(Timestamp(1_768_478_400_000_000)));
        assert_eq!(buckets.take(&"a".into(), units(900)).unwrap().remaining, 0);
        assert!(buckets.take(&"a".into(), units(1)).is_err());
    }

    #[test]
    fn full_buckets_are_forgotten() {
        let clock = Clock::held(Timestamp(1_768_478_400_000_000));
        let buckets = Buckets::new(units(5), Duration::from_secs(1), clock.clone());
        for number in 0..TIDY - 1 {
            buckets.take(&number.to_string(), units(1)).unwrap();
        }
        clock.advance_seconds(60);
        buckets.take(&"last".into(), units(1)).unwrap();
        assert_eq!(buckets.limiter.len(), 1);
    }
}
