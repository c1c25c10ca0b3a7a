//! How answers that are kept are known to be fresh: by the event log.
//!
//! Everything that kept answers come from changes together with an event. So whoever has seen all events that are committed
//! knows which answers are over. [`Freshness::look`] sees them: those with a place after the last one seen, and those that have
//! none yet. It is called after every command of this process before its answer goes out, and a few times a second for what
//! other copies commit. While it was not called for [`PATIENCE`], nothing that is kept is fresh: an answer from the cache is
//! never older than that.
//!
//! Two kinds of marks say what an answer knew. A [`Stamp`] counts the changes this process has seen; it is taken before the
//! answer is made, so that a change during the making ends it. A position of the log means the same to every copy.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use entity::id::CustomerId;
use serde::Serialize;

use super::news::{self, About, News};
use crate::{db::Db, fault::Fault};

/// How long after a look what is kept counts as fresh in a service that runs.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// How many groups customers fall into; a change of one ends what is kept for all of its group.
const GROUPS: usize = 4_096;

/// Which data an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Source {
    /// Any order or payment.
    Everything,
    /// The orders of one customer, their lines and payments, and the customer.
    Customer(CustomerId),
}

impl Source {
    fn group(self) -> Option<usize> {
        match self {
            Self::Everything => None,
            Self::Customer(customer) => Some(group(customer)),
        }
    }
}

fn group(customer: CustomerId) -> usize {
    let mut hasher = DefaultHasher::new();
    customer.hash(&mut hasher);
    hasher.finish() as usize % GROUPS
}

/// What was known when an answer was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    epoch: u64,
    changes: u64,
    /// Every event up to here was committed, so the answer knows it.
    pub position: i64,
}

impl Stamp {
    fn counts(self) -> (u64, u64) {
        (self.epoch, self.changes)
    }
}

/// What happened to a group of data.
#[derive(Clone, Copy, Debug, Default)]
struct Marks {
    changes: u64,
    /// The place of its last event.
    position: i64,
}

#[derive(Default)]
struct State {
    looked: Option<Instant>,
    /// Grows when nothing is known of what changed.
    epoch: u64,
    /// Answers of before are not fresh, whatever they come from.
    base: i64,
    /// Every event up to here was seen.
    reached: i64,
    everything: Marks,
    groups: Vec<Marks>,
    /// Events that were seen without a place.
    unplaced: HashMap<i64, About>,
}

/// What this process knows of the event log.
#[derive(Default)]
pub struct Freshness {
    state: Mutex<State>,
    looking: tokio::sync::Mutex<()>,
    asked: AtomicU64,
    answered: AtomicU64,
    patience: OnceLock<Duration>,
}

impl Freshness {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The stamp of an answer that is begun now; `None` when nothing may be kept.
    pub fn stamp(&self, source: Source) -> Option<Stamp> {
        let state = self.state();
        let patience = *self.patience.get()?;
        state.looked.filter(|looked| looked.elapsed() <= patience)?;
        Some(state.stamp(source))
    }

    /// Whether an answer of another copy that knew the log up to a position is fresh for this one, `stamp` being of now.
    pub fn admits(&self, source: Source, stamp: Stamp, position: i64) -> bool {
        let state = self.state();
        let marks = source.group().map_or(state.everything, |group| state.groups[group]);
        // What has no place yet may be newer than any position.
        let is_open = state.unplaced.values().any(|about| match (source.group(), about) {
            (Some(group), About::Customer(changed)) => self::group(*changed) == group,
            (_, About::Nothing) => false,
            (None, _) | (_, About::Anything) => true,
        });
        !is_open && state.stamp(source).counts() == stamp.counts() && position >= state.base && position >= marks.position
    }

    /// Whether a stamp is still that of now.
    pub fn is_current(&self, source: Source, stamp: Stamp) -> bool {
        self.stamp(source).is_some_and(|now| now.counts() == stamp.counts())
    }

    /// Says that the log is followed from now on, and how long after a look what is kept counts as fresh. Until then a look does nothing, and nothing is fresh: a process that does not
    /// follow the log learns nothing of other copies.
    pub fn begin(&self, patience: Duration) {
        let _ = self.patience.set(patience);
    }

    /// Sees every event that was committed before the call.
    ///
    /// # Errors
    /// When the database fails: nothing is fresh then until a later look succeeds.
    pub(crate) async fn look(&self, db: &Db) -> Result<(), Fault> {
        if self.patience.get().is_none() {
            return Ok(());
        }
        let ticket = self.asked.fetch_add(1, Ordering::SeqCst);
        let _turn = self.looking.lock().await;
        // A look that began after this call may have ended meanwhile: it serves all who waited.
        if self.answered.load(Ordering::SeqCst) > ticket {
            return Ok(());
        }
        let serves = self.asked.load(Ordering::SeqCst);
        let began = Instant::now();
        let outcome = self.look_once(db).await;
        self.state().looked = outcome.is_ok().then_some(began);
        if outcome.is_ok() {
            self.answered.store(serves, Ordering::SeqCst);
        }
        outcome
    }

    async fn look_once(&self, db: &Db) -> Result<(), Fault> {
        let (is_first, reached, known) = {
            let state = self.state();
            (state.groups.is_empty(), state.reached, state.unplaced.keys().copied().collect::<HashSet<_>>())
        };
        if is_first {
            let head = crate::event::feed::head(db.reader()).await?;
            self.state().begin(head);
            return Box::pin(self.look_once(db)).await;
        }
        match news::read(db.reader(), reached, &known).await? {
            Some(news) => self.state().take(news),
            None => {
                let head = crate::event::feed::head(db.reader()).await?;
                self.state().start_over(head);
            }
        }
        Ok(())
    }
}

impl State {
    fn stamp(&self, source: Source) -> Stamp {
        let marks = source.group().map_or(self.everything, |group| self.groups[group]);
        Stamp { epoch: self.epoch, changes: marks.changes, position: self.reached }
    }

    /// Of what was before nothing is known.
    fn begin(&mut self, head: i64) {
        self.groups = vec![Marks::default(); GROUPS];
        (self.reached, self.base) = (head, head);
    }

    /// More happened than is worth looking at one by one.
    fn start_over(&mut self, head: i64) {
        self.epoch += 1;
        (self.reached, self.base) = (head, head);
        // Some may have no place: until they are read one by one, nothing of other copies is fresh.
        self.unplaced = HashMap::from([(i64::MIN, About::Anything)]);
    }

    fn take(&mut self, news: Vec<News>) {
        let mut unplaced = HashMap::new();
        for event in news {
            let known = self.unplaced.get(&event.id).copied();
            let about = known.unwrap_or(event.about);
            if known.is_none() {
                self.count(about);
            }
            match event.position {
                None => {
                    unplaced.insert(event.id, about);
                }
                Some(position) => self.place(about, position),
            }
        }
        self.unplaced = unplaced;
    }

    fn count(&mut self, about: About) {
        match about {
            About::Nothing => {}
            About::Customer(customer) => {
                self.everything.changes += 1;
                self.groups[group(customer)].changes += 1;
            }
            About::Anything => self.epoch += 1,
        }
    }

    fn place(&mut self, about: About, position: i64) {
        self.reached = self.reached.max(position);
        match about {
            About::Nothing => {}
            About::Customer(customer) => {
                let marks = &mut self.groups[group(customer)];
                marks.position = marks.position.max(position);
                self.everything.position = self.everything.position.max(position);
            }
            About::Anything => self.base = self.base.max(position),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn customer(number: u128) -> CustomerId {
        CustomerId(Uuid::from_u128(number))
    }

    fn freshness() -> Freshness {
        let state = State { looked: Some(Instant::now()), groups: vec![Marks::default(); GROUPS], ..State::default() };
        Freshness { state: Mutex::new(state), patience: PATIENCE.into(), ..Freshness::default() }
    }

    fn news(id: i64, position: Option<i64>, about: About) -> News {
        News { id, position, about }
    }

    const OWN: Source = Source::Customer(CustomerId(Uuid::from_u128(1)));

    #[test]
    fn a_change_ends_what_is_kept_of_its_customer_and_of_everything_and_of_nobody_else() {
        let fresh = freshness();
        let other = Source::Customer(customer(2));
        let [own, all, others] = [OWN, Source::Everything, other].map(|source| fresh.stamp(source).unwrap());
        fresh.state().take(vec![news(1, None, About::Customer(customer(1)))]);
        assert!(!fresh.is_current(OWN, own) && !fresh.is_current(Source::Everything, all) && fresh.is_current(other, others));
        fresh.state().take(vec![news(1, Some(1), About::Customer(customer(1))), news(2, None, About::Anything)]);
        assert!(!fresh.is_current(other, others));
    }

    #[test]
    fn getting_its_place_is_not_a_second_change() {
        let fresh = freshness();
        fresh.state().take(vec![news(7, None, About::Customer(customer(1)))]);
        let stamp = fresh.stamp(OWN).unwrap();
        fresh.state().take(vec![news(7, Some(3), About::Customer(customer(1)))]);
        assert!(fresh.is_current(OWN, stamp));
    }

    #[test]
    fn an_answer_of_another_copy_must_know_the_last_event_of_its_data() {
        let fresh = freshness();
        fresh.state().take(vec![news(1, Some(5), About::Customer(customer(1))), news(2, Some(6), About::Nothing)]);
        let stamp = || fresh.stamp(OWN).unwrap();
        assert!(!fresh.admits(OWN, stamp(), 4) && fresh.admits(OWN, stamp(), 5));
        // An event without a place may come after every position.
        fresh.state().take(vec![news(3, None, About::Customer(customer(1)))]);
        assert!(!fresh.admits(OWN, stamp(), 100));
        assert!(fresh.admits(Source::Customer(customer(2)), fresh.stamp(Source::Customer(customer(2))).unwrap(), 0));
        fresh.state().take(vec![news(3, Some(7), About::Customer(customer(1)))]);
        assert!(!fresh.admits(OWN, stamp(), 6) && fresh.admits(OWN, stamp(), 7));
    }

    #[test]
    fn after_too_much_at_once_everything_is_over() {
        let fresh = freshness();
        let stamp = fresh.stamp(OWN).unwrap();
        fresh.state().start_over(900);
        assert!(!fresh.is_current(OWN, stamp) && !fresh.admits(OWN, fresh.stamp(OWN).unwrap(), 900));
        fresh.state().take(Vec::new());
        assert!(fresh.admits(OWN, fresh.stamp(OWN).unwrap(), 900) && !fresh.admits(OWN, fresh.stamp(OWN).unwrap(), 899));
    }

    #[test]
    fn nothing_is_fresh_before_the_log_was_looked_at() {
        assert_eq!(Freshness::default().stamp(OWN), None);
    }
}
