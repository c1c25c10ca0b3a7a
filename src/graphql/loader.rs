//! Dataloaders: what the objects of one request need is fetched together, once. Made per request, so nothing is kept
//! between callers. Errors ride in the values, because the crate's loaders have no other way out.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, OnceLock},
};

use dataloader::{BatchFn, cached::Loader};
use sea_orm::DbErr;

use crate::{db::Db, fault::Fault};

/// Most keys of one statement; far below what SQLite takes as parameters.
const MAX_BATCH: usize = 1_000;

/// What a loader gives: the value, or why there is none.
pub type Loaded<V> = Result<V, Arc<Fault>>;

/// What a loader fetches and how.
pub trait Fetch: Send + Sync + 'static {
    /// By what.
    type Key: Copy + Eq + Hash + std::fmt::Debug + Send + Sync + 'static;
    /// What; the default stands for keys nothing was found for.
    type Value: Clone + Default + Send + Sync + 'static;

    /// Fetches the values of all keys in one statement.
    fn fetch(db: &Db, keys: &[Self::Key]) -> impl Future<Output = Result<HashMap<Self::Key, Self::Value>, Fault>> + Send;
}

/// Runs a [`Fetch`] for the crate's loader.
pub struct Batch<F> {
    db: Db,
    fetch: std::marker::PhantomData<fn() -> F>,
}

impl<F: Fetch> BatchFn<F::Key, Loaded<F::Value>> for Batch<F> {
    async fn load(&mut self, keys: &[F::Key]) -> HashMap<F::Key, Loaded<F::Value>> {
        match F::fetch(&self.db, keys).await {
            Ok(mut found) => keys.iter().map(|key| (*key, Ok(found.remove(key).unwrap_or_default()))).collect(),
            Err(fault) => {
                let fault = Arc::new(fault);
                keys.iter().map(|key| (*key, Err(fault.clone()))).collect()
            }
        }
    }
}

type LoaderOf<F> = Loader<<F as Fetch>::Key, Loaded<<F as Fetch>::Value>, Batch<F>>;

/// A loader that is made when it is first used: most requests use two or three of them.
pub struct Lazy<F: Fetch>(OnceLock<LoaderOf<F>>);

impl<F: Fetch> Default for Lazy<F> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<F: Fetch> Lazy<F> {
    /// The value of a key, fetched together with those of all keys asked for at the same time.
    ///
    /// # Errors
    /// When the database failed.
    pub(crate) async fn load(&self, db: &Db, key: F::Key) -> Loaded<F::Value> {
        let loader = self.0.get_or_init(|| {
            Loader::new(Batch { db: db.clone(), fetch: std::marker::PhantomData }).with_max_batch_size(MAX_BATCH)
        });
        match loader.try_load(key).await {
            Ok(value) => value,
            Err(error) => Err(Arc::new(Fault::Database(DbErr::Custom(error.to_string())))),
        }
    }

    /// Forgets the value of a key, after a mutation changed it: a later field of the same request must not see the old one.
    pub(crate) async fn forget(&self, key: F::Key) {
        if let Some(loader) = self.0.get() {
            loader.clear(key).await;
        }
    }
}
