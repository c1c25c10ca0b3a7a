//! What is known of questions, each under its words.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use moka::sync::Cache;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// How long what nobody asks for is followed.
const IDLE: Duration = Duration::from_secs(900);

/// What is known of one question, and the memory it takes.
#[derive(Default)]
struct Entry<S> {
    state: Arc<Mutex<S>>,
    weight: AtomicU32,
}

/// What is known of some questions.
pub(super) struct Kept<S>(Cache<String, Arc<Entry<S>>>);

impl<S: Default + Send + 'static> Kept<S> {
    /// Of as many as take no more than so many bytes.
    pub(super) fn new(bytes: u64) -> Self {
        let weigh = |key: &String, entry: &Arc<Entry<S>>| {
            let own = size_of::<Entry<S>>() + size_of::<S>() + key.len();
            entry.weight.load(Ordering::Relaxed).saturating_add(u32::try_from(own).unwrap_or(u32::MAX))
        };
        Self(Cache::builder().weigher(weigh).max_capacity(bytes).time_to_idle(IDLE).build())
    }

    /// What is known of a question.
    pub(super) fn of(&self, key: String) -> Place<'_, S> {
        let entry = self.0.get_with_by_ref(&key, Arc::default);
        Place { kept: self, key, entry }
    }
}

/// One question.
pub(super) struct Place<'a, S> {
    kept: &'a Kept<S>,
    key: String,
    entry: Arc<Entry<S>>,
}

impl<S> Place<'_, S> {
    /// What is known. Whoever comes meanwhile waits for what is read, instead of reading the same.
    pub(super) async fn lock(&self) -> OwnedMutexGuard<S> {
        self.entry.state.clone().lock_owned().await
    }
}

impl<S: Send + 'static> Place<'_, S> {
    /// Says how many bytes that takes beside itself.
    pub(super) fn weighs(&self, bytes: usize) {
        self.entry.weight.store(u32::try_from(bytes).unwrap_or(u32::MAX), Ordering::Relaxed);
        self.kept.0.insert(self.key.clone(), self.entry.clone());
    }
}
