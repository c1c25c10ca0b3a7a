//! Rankings of windows that no single span holds, added up in memory and kept up to date by the journal.
//!
//! The spans of a window may hold tens of thousands of products or customers, and to say which are first all must be added up.
//! That is done once; afterwards only what changed is added.

use std::{collections::HashMap, sync::Arc};

use moka::sync::Cache;
use sea_orm::DatabaseTransaction;
use tokio::sync::{Mutex, OwnedMutexGuard};
use uuid::Uuid;

use super::{
    rollup::{
        journal::{self, News},
        rankings::{Amounts, Kind},
    },
    spans::{Plan, Run, Unit},
    top,
};
use crate::{fault::Fault, money::Currency};

/// What is added up.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    kind: Kind,
    currency: Currency,
    runs: Vec<Run>,
}

/// Sums, and up to which place of the journal they know it.
#[derive(Default)]
pub struct Merged {
    place: i64,
    sums: HashMap<Uuid, Amounts>,
}

impl Merged {
    /// The sums of each.
    pub fn each(&self) -> impl Iterator<Item = (Uuid, Amounts)> {
        self.sums.iter().map(|(subject, amounts)| (*subject, *amounts))
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + self.sums.capacity() * (size_of::<(Uuid, Amounts)>() + 1)
    }
}

/// An entry of the store; it takes no memory to speak of before it is filled.
#[derive(Clone, Default)]
struct Entry {
    merged: Arc<Mutex<Merged>>,
    weight: u32,
}

/// The sums that this process holds.
pub struct Store(Cache<Key, Entry>);

impl Store {
    /// One that takes at most so much memory.
    pub fn new(megabytes: u32) -> Self {
        let weigh =
            |key: &Key, entry: &Entry| entry.weight + (size_of_val(key.runs.as_slice()) + size_of::<(Key, Entry)>()) as u32;
        Self(Cache::builder().weigher(weigh).max_capacity(u64::from(megabytes) << 20).build())
    }

    /// The sums of a plan's spans, as the snapshot sees them; none when others have already come further.
    ///
    /// # Errors
    /// When the database fails or a sum is out of range.
    pub async fn get(
        &self,
        conn: &DatabaseTransaction,
        plan: &Plan,
        kind: Kind,
        currency: Currency,
    ) -> Result<Option<OwnedMutexGuard<Merged>>, Fault> {
        let key = Key { kind, currency, runs: plan.runs.clone() };
        let entry = self.0.get_with_by_ref(&key, Entry::default);
        let mut merged = entry.merged.clone().lock_owned().await;
        match journal::after(conn, merged.place, kind, currency.code()).await? {
            News::Earlier => return Ok(None),
            News::Anything(place) => {
                // Nothing is known of them until they are read.
                *merged = Merged::default();
                let sums = top::spans(conn, plan, kind, currency).await?;
                *merged = Merged { place, sums };
                let weight = u32::try_from(merged.weight()).unwrap_or(u32::MAX);
                self.0.insert(key, Entry { weight, ..entry });
            }
            News::Changes(place, changes) => {
                for change in changes.into_iter().filter(|change| key.runs.iter().any(|run| holds(run, change.day))) {
                    let sums = merged.sums.entry(change.subject).or_default();
                    for (sum, amount) in sums.iter_mut().zip(change.amounts) {
                        *sum = sum.saturating_add(amount);
                    }
                    if *sums == [0; 3] {
                        merged.sums.remove(&change.subject);
                    }
                }
                merged.place = place;
            }
        }
        Ok(Some(merged))
    }
}

fn holds(run: &Run, day: i32) -> bool {
    let (from, to) = run.places();
    run.unit == Unit::All || (from <= day && day < to)
}
