//! Rankings of windows that no single span holds, added up in memory and kept up to date by the journal.
//!
//! The spans of a window may hold hundreds of thousands of customers, and to say which are first all must be added up and sorted.
//! That is done once; afterwards what changed is added and takes its new place, and the first are read off.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use moka::sync::Cache;
use sea_orm::DatabaseTransaction;
use tokio::sync::{Mutex, OwnedMutexGuard};
use uuid::Uuid;

use super::{
    rollup::{
        family::Change,
        held::{self, Held, Rows},
        journal::{News, Told},
        rankings::{Amounts, Sold},
        which::Which,
    },
    spans::{self, Plan, Quarters, Run},
    top::{self, Asked, By, Each, Moment, Sums, of_rows},
};
use crate::{fault::Fault, money::Currency};

/// What is added up.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    which: Which,
    currency: Currency,
    runs: Vec<Run>,
}

/// Sums, and up to which place of the journal they know it.
#[derive(Default)]
pub struct Merged {
    place: i64,
    sums: HashMap<Uuid, Amounts>,
    /// Those that have orders, by each of the amounts that was asked by: the largest first.
    ranked: [Option<Ranked>; 3],
}

type Ranked = BTreeSet<(Reverse<i64>, Uuid)>;

impl Merged {
    /// The first of all that are not among `others`, and the others.
    pub fn first<'a, T>(&'a self, by: By, first: usize, others: &'a HashMap<Uuid, T>) -> impl Iterator<Item = (Uuid, Amounts)> {
        let ranked = self.ranked[by.place()].iter().flatten().map(|(_, subject)| subject);
        let first = ranked.filter(|subject| !others.contains_key(subject)).take(first);
        first.chain(others.keys()).filter_map(|subject| Some((*subject, *self.sums.get(subject)?)))
    }

    fn rank(&mut self, by: By) {
        let place = |(subject, amounts): (&Uuid, &Amounts)| (Reverse(by.of(amounts)), *subject);
        self.ranked[by.place()] = Some(self.sums.iter().filter(|(_, amounts)| By::Orders.of(amounts) > 0).map(place).collect());
    }

    fn add(&mut self, subject: Uuid, amounts: Amounts) {
        let before = self.sums.get(&subject).copied().unwrap_or_default();
        let mut after = before;
        for (sum, amount) in after.iter_mut().zip(amounts) {
            *sum = sum.saturating_add(amount);
        }
        match after {
            [0, 0, 0] => self.sums.remove(&subject),
            _ => self.sums.insert(subject, after),
        };
        for by in By::EACH {
            let Some(ranked) = &mut self.ranked[by.place()] else { continue };
            ranked.remove(&(Reverse(by.of(&before)), subject));
            if By::Orders.of(&after) > 0 {
                ranked.insert((Reverse(by.of(&after)), subject));
            }
        }
    }

    fn weight(&self) -> usize {
        let ranked: usize = self.ranked.iter().flatten().map(BTreeSet::len).sum();
        // Nodes of a tree are two thirds full.
        size_of::<Self>()
            + self.sums.capacity() * (size_of::<(Uuid, Amounts)>() + 1)
            + ranked * size_of::<(Reverse<i64>, Uuid)>() * 3 / 2
    }
}

/// An entry of the store; it takes no memory to speak of before it is filled.
#[derive(Clone, Default)]
struct Entry {
    merged: Arc<Mutex<Merged>>,
    weight: u32,
}

/// Some quarters of an hour, what is ranked and in which currency.
type Beside = (Which, Currency, Quarters);

impl held::Key for Beside {
    fn weight(&self) -> usize {
        self.0.weight()
    }
}

/// The sums that this process holds.
pub struct Store {
    merged: Cache<Key, Entry>,
    beside: Held<Beside, Sums>,
    /// What was sold or bought at each moment of one quarter.
    moments: Held<Beside, Rows<Moment>>,
}

impl Store {
    /// One that takes at most so much memory.
    pub fn new(megabytes: u32) -> Self {
        let weigh = |key: &Key, entry: &Entry| {
            entry
                .weight
                .saturating_add((key.which.weight() + size_of_val(key.runs.as_slice()) + size_of::<(Key, Entry)>()) as u32)
        };
        let bytes = u64::from(megabytes) << 20;
        // A day beside spans holds little against the spans themselves.
        let merged = Cache::builder().weigher(weigh).max_capacity(bytes).build();
        Self { merged, beside: Held::new(bytes / 8), moments: Held::new(bytes / 16) }
    }

    /// What was sold or bought in some quarters of an hour, as far as it is counted.
    ///
    /// # Errors
    /// When the database fails or a sum is out of range.
    pub(crate) async fn beside(
        &self,
        conn: &DatabaseTransaction,
        news: &mut News<'_, Sold>,
        behind: &[Change],
        (asked, which, quarters): (&Asked, &Which, Quarters),
    ) -> Result<Arc<Sums>, Fault> {
        let key = (which.clone(), asked.currency, quarters);
        let read = async || {
            // The rows say what the orders that wait to be counted are now; what is held is what is counted.
            let mut sums = Sums::default();
            sums.add_rows(conn, quarters.stretch(), asked, 1).await?;
            sums.add_changes(behind, quarters.stretch(), asked, -1)?;
            Ok(sums)
        };
        let add = |sums: &mut Sums, sold: &Sold| match quarters.holds(sold.quarter) {
            true => sums.add(sold.subject, 1, which.added(sold)),
            false => Ok(()),
        };
        self.beside.get(&key, news, read, add).await
    }

    /// What was sold or bought at each moment of a quarter of an hour, as far as it is counted. The journal does not tell when in
    /// the quarter something changed.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn moments(
        &self,
        conn: &DatabaseTransaction,
        news: &mut News<'_, Sold>,
        behind: &[Change],
        (asked, which, quarter): (&Asked, &Which, Quarters),
    ) -> Result<Arc<[Moment]>, Fault> {
        let key = (which.clone(), asked.currency, quarter);
        let read = async || {
            let mut moments = of_rows(conn, quarter.stretch(), asked, Each::Moment).await?;
            for (side, tally) in behind.iter().flat_map(Change::sides) {
                if quarter.holds(spans::quarter(tally.placed_at)) && tally.currency == asked.currency.code() {
                    let less = |amounts: Amounts| amounts.map(|amount| amount.saturating_mul(-side));
                    moments.extend(asked.cells(tally).into_iter().map(|(id, amounts)| (tally.placed_at, id, less(amounts))));
                }
            }
            Ok(Rows::of(moments))
        };
        self.moments.rows(&key, news, read, |sold| quarter.holds(sold.quarter)).await
    }

    /// The sums of a plan's spans, as the snapshot sees them, ranked by one of them; none when others have already come further.
    ///
    /// # Errors
    /// When the database fails or a sum is out of range.
    pub(crate) async fn get(
        &self,
        conn: &DatabaseTransaction,
        news: &mut News<'_, Sold>,
        plan: &Plan,
        (&Asked { by, currency, .. }, which): (&Asked, &Which),
    ) -> Result<Option<OwnedMutexGuard<Merged>>, Fault> {
        let key = Key { which: which.clone(), currency, runs: plan.runs.clone() };
        let entry = self.merged.get_with_by_ref(&key, Entry::default);
        let mut merged = entry.merged.clone().lock_owned().await;
        match news.after(merged.place, i64::MAX).await? {
            Told::Earlier => return Ok(None),
            Told::Anything(place) => {
                // Nothing is known of them until they are read.
                *merged = Merged::default();
                let sums = top::spans(conn, plan, which, currency).await?;
                *merged = Merged { place, sums, ..Merged::default() };
            }
            Told::Changes(place, changes) => {
                for (_, sold) in changes.iter().filter(|(_, sold)| key.runs.iter().any(|run| run.holds(sold.day))) {
                    merged.add(sold.subject, which.added(sold));
                }
                merged.place = place;
            }
        }
        if merged.ranked[by.place()].is_none() {
            merged.rank(by);
            let weight = u32::try_from(merged.weight()).unwrap_or(u32::MAX);
            self.merged.insert(key, Entry { weight, ..entry });
        }
        Ok(Some(merged))
    }
}
