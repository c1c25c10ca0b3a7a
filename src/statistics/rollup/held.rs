//! Figures that a process holds in memory and brings up to date by a journal.

use std::{hash::Hash, sync::Arc};

use moka::sync::Cache;
use tokio::sync::Mutex;

use super::journal::{Entry, News, Told};
use crate::{
    fault::Fault,
    statistics::spans::{Run, Steps},
};

/// After more changes than these a value is read again, which then costs less.
const MANY: i64 = 1_000;

/// What is held.
pub trait Value: Clone + Send + Sync + 'static {
    /// Bytes that it takes.
    fn weight(&self) -> usize;
}

/// A value with the place of the journal up to which it knows it; nothing before it is read.
type Known<V> = Arc<Mutex<Option<(i64, Arc<V>)>>>;

struct Place<V> {
    held: Known<V>,
    weight: u32,
}

impl<V> Clone for Place<V> {
    fn clone(&self) -> Self {
        Self { held: self.held.clone(), weight: self.weight }
    }
}

/// What a value is held by.
pub trait Key: Clone + Eq + Hash + Send + Sync + 'static {
    /// Bytes that it takes beside itself.
    fn weight(&self) -> usize {
        0
    }
}

impl<const LENGTH: i64> Key for Steps<LENGTH> {}

impl Key for Vec<Run> {
    fn weight(&self) -> usize {
        size_of_val(self.as_slice())
    }
}

/// Values by their keys.
pub struct Held<K, V>(Cache<K, Place<V>>);

impl<K: Key, V: Value> Held<K, V> {
    /// Values that take so many bytes at most.
    pub fn new(bytes: u64) -> Self {
        let weigh = |key: &K, place: &Place<V>| {
            let own = u32::try_from(key.weight() + size_of::<(K, Place<V>)>()).unwrap_or(u32::MAX);
            place.weight.saturating_add(own)
        };
        Self(Cache::builder().weigher(weigh).max_capacity(bytes).build())
    }

    /// A value as the snapshot of the news sees it: `read` reads it and `add` adds to it what happened since. It is not held when
    /// others have already come further.
    ///
    /// # Errors
    /// When the database fails or a sum is out of range.
    pub(crate) async fn get<T: Entry>(
        &self,
        key: &K,
        news: &mut News<'_, T>,
        read: impl AsyncFnOnce() -> Result<V, Fault>,
        add: impl Fn(&mut V, &T) -> Result<(), Fault>,
    ) -> Result<Arc<V>, Fault> {
        let place = self.0.get_with_by_ref(key, || Place { held: Arc::default(), weight: 0 });
        let mut held = place.held.lock().await;
        let known = held.as_ref().map_or(0, |(place, _)| *place);
        let changes = match news.after(known, MANY).await? {
            Told::Changes(last, changes) => Some((last, changes)),
            Told::Anything(last) => {
                let value = Arc::new(read().await?);
                *held = Some((last, value.clone()));
                self.weigh(key, &place.held, &value);
                return Ok(value);
            }
            Told::Earlier => None,
        };
        // What fails half-way is not there any more, and is read again.
        let Some(((last, changes), (_, mut value))) = changes.and_then(|changes| Some((changes, held.take()?))) else {
            drop(held);
            return Ok(Arc::new(read().await?));
        };
        if !changes.is_empty() {
            let value = Arc::make_mut(&mut value);
            changes.iter().try_for_each(|(_, change)| add(value, change))?;
            if value.weight() > place.weight as usize / 2 * 3 {
                self.weigh(key, &place.held, value);
            }
        }
        *held = Some((last, value.clone()));
        Ok(value)
    }

    /// Puts another value in place of one that was given, unless that one is no longer held.
    pub(crate) async fn put(&self, key: &K, was: &Arc<V>, is: V) {
        let Some(place) = self.0.get(key) else { return };
        let mut held = place.held.lock().await;
        if let Some((_, value)) = held.as_mut().filter(|(_, value)| Arc::ptr_eq(value, was)) {
            self.weigh(key, &place.held, &is);
            *value = Arc::new(is);
        }
    }

    fn weigh(&self, key: &K, held: &Known<V>, value: &V) {
        let weight = u32::try_from(value.weight()).unwrap_or(u32::MAX);
        self.0.insert(key.clone(), Place { held: held.clone(), weight });
    }
}

/// Rows of which the journal does not tell what changed; none once anything did.
#[derive(Clone)]
pub struct Rows<R>(Option<Arc<[R]>>);

impl<R> Rows<R> {
    /// All that there are.
    pub fn of(rows: Vec<R>) -> Self {
        Self(Some(rows.into()))
    }

    /// As they were read.
    pub fn all(self) -> Arc<[R]> {
        self.0.unwrap_or_default()
    }
}

impl<R: Clone + Send + Sync + 'static> Value for Rows<R> {
    fn weight(&self) -> usize {
        size_of::<Self>() + self.0.as_deref().map_or(0, size_of_val)
    }
}

impl<K: Key, R: Clone + Send + Sync + 'static> Held<K, Rows<R>> {
    /// Rows as the snapshot of the news sees them: they are read again when a change since then touches them.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn rows<T: Entry>(
        &self,
        key: &K,
        news: &mut News<'_, T>,
        read: impl AsyncFnOnce() -> Result<Rows<R>, Fault> + Copy,
        touches: impl Fn(&T) -> bool,
    ) -> Result<Arc<[R]>, Fault> {
        let add = |rows: &mut Rows<R>, change: &T| {
            if touches(change) {
                rows.0 = None;
            }
            Ok(())
        };
        let held = self.get(key, news, read, add).await?;
        if let Some(rows) = &held.0 {
            return Ok(rows.clone());
        }
        let again = read().await?;
        self.put(key, &held, again.clone()).await;
        Ok(again.all())
    }
}
