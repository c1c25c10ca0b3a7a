//! One action on many things, one result per thing (BULK-01 to BULK-04, C-35, I10).
//!
//! Few are done at once, in one transaction (`at_once`). Many are written down (`accept`) and worked off in the background,
//! a transaction per chunk (`turn`). What is done with each is the noun's: orders, products, customers each implement [`Noun`].

pub mod accept;
pub mod at_once;
pub mod cancel;
pub mod forget;
pub mod query;
pub mod turn;
pub mod watch;

use std::{
    collections::HashMap,
    fmt::{Debug, Display},
    hash::Hash,
    str::FromStr,
};

use entity::{
    bulk_operation,
    id::UserId,
    stored::{BulkKind, BulkMode, BulkOutcome},
    time::Timestamp,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    app::App,
    auth::{
        actor::Actor,
        policy::{Reach, Right},
    },
    config::OrderConfig,
    db::retrying,
    event::Origin,
    fault::{Failure, Fault},
    idempotency::Key,
};

/// Longest reason.
const MAX_REASON: usize = 2_000;

/// Things that bulk actions are done with. Nothing here begins or ends a transaction.
pub trait Noun: Send + Sync + 'static {
    /// What they are.
    const KIND: BulkKind;
    /// The kind of the jobs that work off their operations.
    const JOB: &'static str;
    /// The right to do anything with many of them.
    const RIGHT: Right;
    /// The field of the input that has their ids.
    const FIELD: &'static str;
    /// What is said of an id that names none.
    const NOT_FOUND: &'static str;

    /// Their ids.
    type Id: Copy + Debug + Display + Eq + FromStr + Hash + Ord + Send + Serialize + Sync;
    /// What can be done with one.
    type Action: Clone + Debug + DeserializeOwned + Send + Serialize + Sync;
    /// What selects them; all by default.
    type Filter: Clone + Debug + Default + Send + Serialize + Sync;

    /// How far a caller may do this.
    ///
    /// # Errors
    /// For callers who may not.
    fn may(actor: &Actor, action: &Self::Action, rules: &OrderConfig) -> Result<Reach, Failure<Code>>;

    /// The first `limit` that match a filter and that the caller may do it with, newest first.
    fn matching<C: ConnectionTrait>(
        conn: &C,
        how: &How<'_>,
        filter: &Self::Filter,
        limit: u64,
    ) -> impl Future<Output = Result<Vec<Self::Id>, Fault>> + Send;

    /// What would come of each, as it is now. What is not found is left out.
    fn check<C: ConnectionTrait>(
        conn: &C,
        how: &How<'_>,
        action: &Self::Action,
        ids: &[Self::Id],
    ) -> impl Future<Output = Result<HashMap<Self::Id, Verdict>, Fault>> + Send;

    /// Does it with each, locking all in the order of their ids before the first is changed. What is refused is left as it
    /// was; what is not found is left out.
    fn apply(
        tx: &DatabaseTransaction,
        how: &How<'_>,
        action: &Self::Action,
        ids: &[Self::Id],
    ) -> impl Future<Output = Result<Applied<Self::Id>, Fault>> + Send;
}

/// Who does it, how far, why and when.
pub struct How<'a> {
    /// The service.
    pub app: &'a App,
    /// Who asked.
    pub origin: &'a Origin,
    /// How far the right to do it reaches.
    pub reach: Reach,
    /// Why, in the words of who asked.
    pub reason: Option<&'a str>,
    /// When.
    pub now: Timestamp,
}

/// What came of some things.
#[derive(Debug)]
pub struct Applied<I> {
    /// By id.
    pub verdicts: HashMap<I, Verdict>,
    /// Users of whom the service has to forget what it remembers.
    pub users: Vec<UserId>,
}

/// What came of one thing, or would come of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// What people call it: the number of an order.
    pub number: Option<String>,
    /// Whether it was done.
    pub outcome: BulkOutcome,
    /// Why not: a code as in the mutation for a single one.
    pub code: Option<String>,
    /// Why not, in a sentence.
    pub message: Option<String>,
}

impl Verdict {
    /// It was done.
    pub fn done(number: Option<String>) -> Self {
        Self { number, outcome: BulkOutcome::Succeeded, code: None, message: None }
    }

    /// It was so already.
    pub fn skipped(number: Option<String>, message: impl Into<String>) -> Self {
        let code = Some("ALREADY_DONE".to_owned());
        Self { number, outcome: BulkOutcome::Skipped, code, message: Some(message.into()) }
    }

    /// It was not done. `code` is a reason of the mutation for a single one.
    pub fn refused(number: Option<String>, code: impl Debug, message: impl Into<String>) -> Self {
        let code = Some(screaming(&format!("{code:?}")));
        Self { number, outcome: BulkOutcome::Failed, code, message: Some(message.into()) }
    }

    /// The same when everything was taken back because another one was refused.
    fn taken_back(self) -> Self {
        match self.outcome {
            BulkOutcome::Succeeded => {
                Self::refused(self.number, Code::NothingDone, "another one was refused, so nothing was done")
            }
            BulkOutcome::Skipped | BulkOutcome::Failed => self,
        }
    }
}

/// The API's name of a code, `NotFound` → `NOT_FOUND`.
fn screaming(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for (index, c) in name.char_indices() {
        if index > 0 && c.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(c.to_ascii_uppercase());
    }
    text
}

/// What came of one thing, by the id as it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The id.
    pub id: String,
    /// What came of it.
    pub verdict: Verdict,
}

/// Which things.
#[derive(Clone, Debug, Serialize)]
pub enum Selection<I, F> {
    /// These, in this order. `None` stands for an id that is not one of such a thing.
    Ids(Vec<(String, Option<I>)>),
    /// All that match, but for some.
    Matching {
        /// What they match.
        filter: Box<F>,
        /// But for these.
        except: Vec<I>,
    },
}

/// What is asked.
#[derive(Clone, Debug, Serialize)]
pub struct Request<I, A, F> {
    /// Which things.
    pub selection: Selection<I, F>,
    /// What is done with each.
    pub action: A,
    /// What becomes of the others when one is refused.
    pub mode: BulkMode,
    /// Why, in the caller's words.
    pub reason: Option<String>,
    /// A key that makes a repeated call the same call.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
    /// Only tells what would come of it.
    #[serde(skip)]
    pub dry_run: bool,
    /// In the background, however few they are.
    #[serde(skip)]
    pub as_job: bool,
}

/// What is asked of a noun.
pub type Asked<N> = Request<<N as Noun>::Id, <N as Noun>::Action, <N as Noun>::Filter>;

/// Why the whole call was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Neither ids nor `selectAll`, or both.
    NothingSelected,
    /// More than one operation takes.
    TooMany,
    /// More than can be done or taken back as a whole.
    TooManyForAllOrNothing,
    /// Anything else that is wrong with the input.
    InvalidInput,
    /// The caller may not do this.
    Forbidden,
    /// In the mode ALL_OR_NOTHING one was refused, so none was changed.
    NothingDone,
    /// The key was used with other input.
    IdempotencyKeyReused,
}

/// What came of all, when they were few.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// One per id, in the order given.
    pub outcomes: Vec<Outcome>,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
    /// Set when ALL_OR_NOTHING took everything back.
    pub taken_back: bool,
}

impl Done {
    /// How many had this outcome.
    pub fn count(&self, outcome: BulkOutcome) -> i64 {
        self.outcomes.iter().filter(|one| one.verdict.outcome == outcome).count() as i64
    }
}

/// The answer to a bulk action.
#[derive(Debug)]
pub enum Answer {
    /// It was done.
    Done(Done),
    /// It is worked off in the background.
    Accepted {
        /// The operation.
        operation: Box<bulk_operation::Model>,
        /// True: this call repeats an earlier one.
        replayed: bool,
    },
}

/// Does one thing with many, at once when they are few; otherwise it is accepted to be worked off.
///
/// # Errors
/// [`Code`] for the call as a whole; what is wrong with single things stands in their outcomes.
pub(crate) async fn run<N: Noun>(app: &App, origin: &Origin, asked: Asked<N>) -> Result<Answer, Failure<Code>> {
    let reach = N::may(&origin.actor, &asked.action, &app.config.orders)?;
    if asked.reason.as_deref().is_some_and(|reason| reason.chars().count() > MAX_REASON) {
        return Err(Failure::refused(Code::InvalidInput, ["reason"], "has at most 2000 characters"));
    }
    if matches!(&asked.selection, Selection::Ids(ids) if ids.is_empty()) {
        return Err(Failure::refused(Code::NothingSelected, [N::FIELD], format!("No {} selected", N::FIELD)));
    }
    let key = asked.idempotency_key.as_deref().map(|key| Key::new(&origin.actor, N::RIGHT, key, &asked)).transpose();
    let key = key.map_err(|_| Failure::refused(Code::InvalidInput, ["idempotencyKey"], "must have 1 to 255 characters"))?;
    // A dry run has no effect that a repeated call could double.
    let key = key.filter(|_| !asked.dry_run);
    let reason = asked.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    let how = How { app, origin, reach, reason, now: app.clock.now() };
    let may_fit = !matches!(&asked.selection, Selection::Ids(ids) if ids.len() > app.config.bulk.at_once);
    if !asked.as_job && may_fit {
        let answer = match asked.dry_run {
            true => at_once::tell::<N>(&how, &asked).await?,
            false => retrying(|| at_once::act::<N>(&how, &asked, key.as_ref())).await?,
        };
        if let Some(answer) = answer {
            return Ok(answer);
        }
    }
    accept::accept::<N>(&how, &asked, key.as_ref()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_written_as_in_the_api() {
        assert_eq!(screaming("NotFound"), "NOT_FOUND");
        assert_eq!(screaming("Conflict"), "CONFLICT");
    }

    #[test]
    fn what_was_done_is_not_done_when_all_is_taken_back() {
        let outcome = |verdict: Verdict| verdict.taken_back().outcome;
        assert_eq!(outcome(Verdict::done(None)), BulkOutcome::Failed);
        assert_eq!(outcome(Verdict::skipped(None, "so")), BulkOutcome::Skipped);
        assert_eq!(outcome(Verdict::refused(None, Code::Forbidden, "no")), BulkOutcome::Failed);
    }
}
