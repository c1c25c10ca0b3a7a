//! Answers that are kept: in memory, and in Redis when there is one (CACHE-01, CACHE-02, C-42).
//!
//! An answer is kept under who may see it and what was asked, and is given again only while nothing has changed that it comes
//! from ([`freshness`]). Its time is an upper bound. What would change by time alone says until when it holds.
//!
//! Kept are only data that never change without an event: orders, their lines, customers, and figures of these and of payments.
//! Not kept are payments themselves (what a buyer's browser needs for one is written without an event), what depends on the
//! moment of the question, and what sellers and staff list.

pub mod follow;
pub mod freshness;
mod news;

use std::{any::Any, sync::Arc, time::Duration};

use entity::time::Timestamp;
use moka::sync::Cache as Memory;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use self::freshness::Freshness;
pub use self::freshness::{Source, Stamp};
use crate::{clock::Clock, config::CacheConfig, db::Db, fault::Fault, redis::Redis};

/// Grows when the form of what is kept changes: versions of the program never read each other's answers.
const FORM: u32 = 1;

/// Largest answer that is kept.
const LARGEST: usize = 1 << 20;

/// Something that can be kept: in memory, and in Redis when it can be written.
pub trait Keep: Sized + Send + Sync + 'static {
    /// How much memory it takes, more or less.
    fn weight(&self) -> usize;

    /// Whether it is looked for in Redis.
    const SHARED: bool = false;

    /// The answer and its marks as text; nothing for what stays in memory.
    fn write(&self, _position: i64, _until: Timestamp) -> Option<Vec<u8>> {
        None
    }

    /// What [`Keep::write`] wrote.
    fn read(_text: &[u8]) -> Option<Written<Self>> {
        None
    }
}

/// Makes something that serde can write kept in Redis too.
macro_rules! as_json {
    () => {
        const SHARED: bool = true;

        fn write(&self, position: i64, until: entity::time::Timestamp) -> Option<Vec<u8>> {
            serde_json::to_vec(&$crate::cache::Written { position, until, value: self }).ok()
        }

        fn read(text: &[u8]) -> Option<$crate::cache::Written<Self>> {
            serde_json::from_slice(text).ok()
        }
    };
}
pub(crate) use as_json;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a, A> {
    /// What kind of answer.
    pub kind: &'static str,
    /// Which data it comes from; part of what tells questions apart.
    pub source: Source,
    /// Everything else that tells questions apart.
    pub arguments: &'a A,
    /// Seconds it may be kept; 0 for never.
    pub seconds: u32,
}

/// An answer, and until when it holds if nothing changes; `None` for ever.
pub struct Holds<T> {
    /// The answer.
    pub value: T,
    /// The first moment at which it would be another.
    pub until: Option<Timestamp>,
}

impl<T> From<T> for Holds<T> {
    fn from(value: T) -> Self {
        Self { value, until: None }
    }
}

type Key = [u8; 32];

#[derive(Clone)]
struct Kept {
    value: Arc<dyn Any + Send + Sync>,
    stamp: Stamp,
    until: Timestamp,
    weight: u32,
}

/// An answer as it is written to Redis.
#[derive(Serialize, Deserialize)]
pub struct Written<T> {
    /// Every event up to here is part of it.
    pub position: i64,
    /// Until when it may be given.
    pub until: Timestamp,
    /// The answer.
    pub value: T,
}

/// The answers that this process keeps.
pub struct Cache {
    clock: Clock,
    memory: Option<Memory<Key, Kept>>,
    redis: Option<Arc<Redis>>,
    freshness: Freshness,
    wake: tokio::sync::Notify,
}

impl Cache {
    /// A cache that keeps nothing until the event log is looked at.
    pub fn new(config: &CacheConfig, clock: Clock, redis: Option<Arc<Redis>>) -> Self {
        let memory = config.is_on().then(|| {
            Memory::builder()
                .weigher(|_: &Key, kept: &Kept| kept.weight)
                .max_capacity(u64::from(config.cache_memory_mb) << 20)
                .build()
        });
        Self { clock, memory, redis, freshness: Freshness::default(), wake: tokio::sync::Notify::new() }
    }

    /// The answer to a question: one that is kept and fresh, or the one that `make` makes, which is kept then.
    ///
    /// # Errors
    /// Those of `make`.
    pub(crate) async fn get<T, E, A, H>(
        &self,
        question: Question<'_, A>,
        make: impl Future<Output = Result<H, E>>,
    ) -> Result<Arc<T>, E>
    where
        T: Keep,
        A: Serialize,
        H: Into<Holds<T>>,
    {
        let source = question.source;
        // Taken before anything is read: whatever changes from here on ends the answer.
        let place = self.memory.as_ref().filter(|_| question.seconds > 0).and_then(|memory| {
            let stamp = self.freshness.stamp(source)?;
            Some((memory, stamp, key(&question)?))
        });
        let Some((memory, stamp, key)) = place else { return Ok(Arc::new(make.await?.into().value)) };
        let now = self.clock.now();
        if let Some(known) = memory.get(&key).filter(|kept| now < kept.until && self.freshness.is_current(source, kept.stamp))
            && let Ok(value) = known.value.downcast::<T>()
        {
            tracing::debug!(kind = question.kind, "kept in memory");
            return Ok(value);
        }
        if let Some((value, until)) = self.shared_answer::<T>(source, stamp, &key, now).await {
            tracing::debug!(kind = question.kind, "kept in Redis");
            let value = Arc::new(value);
            self.keep(memory, key, &value, stamp, until);
            return Ok(value);
        }
        tracing::debug!(kind = question.kind, "not kept");
        let Holds { value, until } = make.await?.into();
        let last = now.plus_seconds(question.seconds.into());
        let until = until.map_or(last, |until| until.min(last));
        let value = Arc::new(value);
        if self.freshness.is_current(source, stamp) && now < until {
            self.keep(memory, key, &value, stamp, until);
            self.share(&key, &value, stamp, now, until).await;
        }
        Ok(value)
    }

    fn keep<T: Keep>(&self, memory: &Memory<Key, Kept>, key: Key, value: &Arc<T>, stamp: Stamp, until: Timestamp) {
        let weight = value.weight() + size_of::<Kept>() + size_of::<Key>();
        if weight <= LARGEST {
            memory.insert(key, Kept { value: value.clone(), stamp, until, weight: weight as u32 });
        }
    }

    async fn shared_answer<T: Keep>(&self, source: Source, stamp: Stamp, key: &Key, now: Timestamp) -> Option<(T, Timestamp)> {
        let redis = self.redis.as_ref().filter(|_| T::SHARED)?;
        let mut get = ::redis::cmd("GET");
        get.arg(redis.key(&name(key)));
        let bytes: Vec<u8> = redis.ask::<Option<Vec<u8>>>(&get).await??;
        let written = T::read(&bytes)?;
        let is_fresh = now < written.until && self.freshness.admits(source, stamp, written.position);
        is_fresh.then_some((written.value, written.until))
    }

    async fn share<T: Keep>(&self, key: &Key, value: &Arc<T>, stamp: Stamp, now: Timestamp, until: Timestamp) {
        let Some(redis) = self.redis.as_ref().filter(|redis| redis.answers()) else { return };
        let Some(bytes) = value.write(stamp.position, until).filter(|bytes| bytes.len() <= LARGEST) else { return };
        let milliseconds = (until.millis() - now.millis()).max(1);
        let mut set = ::redis::cmd("SET");
        set.arg(redis.key(&name(key))).arg(bytes).arg("PX").arg(milliseconds);
        redis.ask::<()>(&set).await;
    }

    /// Takes note of everything that was committed before the call: what came from it is not given again.
    ///
    /// # Errors
    /// When the database fails; nothing that is kept is given then until a later call succeeds.
    pub async fn look(&self, db: &Db) -> Result<(), Fault> {
        match self.memory {
            Some(_) => self.freshness.look(db).await,
            None => Ok(()),
        }
    }

    /// Says that the log is followed from now on: what is kept is given while the log was looked at within `patience`.
    pub fn begin(&self, patience: Duration) {
        self.freshness.begin(patience);
    }

    /// Whether answers from these data are kept now.
    pub fn keeps(&self, source: Source, seconds: u32) -> bool {
        self.is_on() && seconds > 0 && self.freshness.stamp(source).is_some()
    }

    /// What is known of the log now; nothing while answers are not kept.
    pub fn stamp(&self) -> Option<Stamp> {
        self.freshness.stamp(Source::Everything)
    }

    /// Whether nothing at all has changed since a stamp was taken.
    pub fn is_unchanged(&self, stamp: Stamp) -> bool {
        self.freshness.is_current(Source::Everything, stamp)
    }

    /// Whether anything is ever kept.
    pub fn is_on(&self) -> bool {
        self.memory.is_some()
    }

    /// Says that another copy committed something.
    pub fn wake(&self) {
        self.wake.notify_one();
    }
}

/// A question's key; none for arguments that cannot be written.
fn key<A: Serialize>(question: &Question<'_, A>) -> Option<Key> {
    let text = serde_json::to_vec(&(FORM, question.kind, question.source, question.arguments)).ok()?;
    Some(Sha256::digest(text).into())
}

fn name(key: &Key) -> String {
    format!("cache:{FORM}:{}:{}", env!("CARGO_PKG_VERSION"), crate::idempotency::hex(key))
}
