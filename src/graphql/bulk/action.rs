//! What the mutations of bulk actions share: how things are chosen, what is wrong with a choice, what came of it.

use std::{borrow::Cow, collections::BTreeMap};

use async_graphql::{Context, ID, OutputType, Result, SimpleObject, TypeName};
use entity::stored;

use super::{BulkMode, BulkOperation, BulkReason, BulkResult};
use crate::{
    bulk::{self, Answer, Asked, Code, Done, Noun, Request, Selection},
    fault::{Failure, Refusal},
    graphql::{Here, error, scalar::count},
};

/// What the input of a bulk action gives.
pub struct Input<N: Noun> {
    /// These.
    pub ids: Option<Vec<ID>>,
    /// All that match.
    pub select_all: Option<bool>,
    /// What they match.
    pub filter: Option<N::Filter>,
    /// But for these.
    pub exclude_ids: Option<Vec<ID>>,
    /// What is done with each, or why that cannot be asked.
    pub action: Result<N::Action, Failure<Code>>,
    /// What becomes of the others when one is refused.
    pub mode: BulkMode,
    /// Why.
    pub reason: Option<String>,
    /// Makes a repeated call the same call.
    pub idempotency_key: Option<String>,
    /// Only tells what would come of it.
    pub dry_run: Option<bool>,
    /// In the background, however few they are.
    pub as_job: Option<bool>,
}

impl<N: Noun> Input<N> {
    /// Does it, and tells what came of it.
    ///
    /// # Errors
    /// For a caller who may not, and for faults.
    pub(crate) async fn run<E>(self, ctx: &Context<'_>) -> Result<BulkActionPayload<E>>
    where
        E: OutputType + From<Refusal<Code>>,
    {
        let here = Here::of(ctx)?;
        let outcome = match self.asked() {
            Ok(asked) => bulk::run::<N>(here.app, here.origin, asked).await,
            Err(failure) => Err(failure),
        };
        Ok(match error::settle(ctx, outcome)? {
            Ok(answer) => BulkActionPayload::of(answer),
            Err(user_errors) => BulkActionPayload { user_errors, ..BulkActionPayload::nothing() },
        })
    }

    fn asked(self) -> Result<Asked<N>, Failure<Code>> {
        Ok(Request {
            selection: selection::<N>(self.ids, self.select_all.unwrap_or(false), self.filter, self.exclude_ids)?,
            action: self.action?,
            mode: self.mode.into(),
            reason: self.reason,
            idempotency_key: self.idempotency_key,
            dry_run: self.dry_run.unwrap_or(false),
            as_job: self.as_job.unwrap_or(false),
        })
    }
}

/// Which things, in the domain's values.
fn selection<N: Noun>(
    ids: Option<Vec<ID>>,
    select_all: bool,
    filter: Option<N::Filter>,
    exclude_ids: Option<Vec<ID>>,
) -> Result<Selection<N::Id, N::Filter>, Failure<Code>> {
    let names = N::FIELD;
    let refused = |code, field: &str, message: String| Err(Failure::refused(code, [field], message));
    match (ids, select_all) {
        (Some(_), true) => refused(Code::NothingSelected, names, format!("give either {names} or selectAll")),
        (None, false) => refused(Code::NothingSelected, names, format!("No {names} selected")),
        (Some(_), false) if filter.is_some() => refused(Code::InvalidInput, "filter", "goes with selectAll".to_owned()),
        (Some(_), false) if exclude_ids.is_some() => refused(Code::InvalidInput, "excludeIds", "goes with selectAll".to_owned()),
        (Some(ids), false) => Ok(Selection::Ids(ids.into_iter().map(|id| (id.to_string(), id.parse().ok())).collect())),
        (None, true) => Ok(Selection::Matching {
            filter: Box::new(filter.unwrap_or_default()),
            except: exclude_ids.unwrap_or_default().iter().filter_map(|id| id.parse().ok()).collect(),
        }),
    }
}

/// An action that is chosen by giving true.
///
/// # Errors
/// [`Code::InvalidInput`] for false.
pub fn chosen<A>(given: bool, name: &str, action: A) -> Result<A, Failure<Code>> {
    match given {
        true => Ok(action),
        false => Err(Failure::refused(Code::InvalidInput, ["action"], format!("{name} takes true"))),
    }
}

/// What came of a bulk action: the results when it was done at once, the operation when it is worked off in the
/// background.
#[derive(SimpleObject)]
#[graphql(name_type)]
pub struct BulkActionPayload<E: OutputType> {
    /// How many it was done with.
    processed: i32,
    /// How many were so already.
    skipped: i32,
    /// How many it was not done with.
    failed: i32,
    /// One per id, in the order given; with selectAll newest first. Empty when there is an operation.
    results: Vec<BulkResult>,
    /// Why things were skipped or failed, by code.
    reasons: Vec<BulkReason>,
    /// The operation that works them off: with asJob, and when they are too many to be done at once.
    operation: Option<BulkOperation>,
    /// True: this call repeats an earlier one with the same key.
    replayed: bool,
    /// Why the call as a whole was refused.
    user_errors: Vec<E>,
}

impl<E: OutputType> TypeName for BulkActionPayload<E> {
    /// Each has a name of its own, as its errors have: `OrdersBulkActionPayload` beside `OrdersBulkActionUserError`.
    fn type_name() -> Cow<'static, str> {
        E::type_name().replace("UserError", "Payload").into()
    }
}

impl<E: OutputType + From<Refusal<Code>>> BulkActionPayload<E> {
    fn nothing() -> Self {
        Self {
            processed: 0,
            skipped: 0,
            failed: 0,
            results: Vec::new(),
            reasons: Vec::new(),
            operation: None,
            replayed: false,
            user_errors: Vec::new(),
        }
    }

    fn of(answer: Answer) -> Self {
        match answer {
            Answer::Accepted { operation, replayed } => {
                Self { operation: Some(BulkOperation::new(*operation)), replayed, ..Self::nothing() }
            }
            Answer::Done(done) => Self {
                processed: count(done.count(stored::BulkOutcome::Succeeded)),
                skipped: count(done.count(stored::BulkOutcome::Skipped)),
                failed: count(done.count(stored::BulkOutcome::Failed)),
                reasons: reasons(&done),
                replayed: done.replayed,
                user_errors: match done.taken_back {
                    false => Vec::new(),
                    true => vec![Refusal::new(Code::NothingDone, ["mode"], "one was refused, so none was changed").into()],
                },
                results: done.outcomes.into_iter().map(BulkResult::from).collect(),
                operation: None,
            },
        }
    }
}

fn reasons(done: &Done) -> Vec<BulkReason> {
    let mut counts: BTreeMap<(&str, stored::BulkOutcome), i64> = BTreeMap::new();
    for one in &done.outcomes {
        if let Some(code) = &one.verdict.code {
            *counts.entry((code, one.verdict.outcome)).or_default() += 1;
        }
    }
    let reason = |((code, outcome), times): ((&str, stored::BulkOutcome), i64)| BulkReason {
        outcome: outcome.into(),
        code: code.to_owned(),
        count: count(times),
    };
    counts.into_iter().map(reason).collect()
}

/// Declares the error types of a bulk action.
macro_rules! bulk_errors {
    ($error:ident, $code:ident) => {
        $crate::graphql::error::user_errors! {
            $error, $code = $crate::bulk::Code {
                /// Neither ids nor selectAll, or both.
                NothingSelected,
                /// More than one operation takes.
                TooMany,
                /// More than ALL_OR_NOTHING takes; see a dryRun first and use BEST_EFFORT.
                TooManyForAllOrNothing,
                /// Anything else that is wrong with the input.
                InvalidInput,
                /// You may not do this.
                Forbidden,
                /// With ALL_OR_NOTHING: one was refused, so none was changed; see results.
                NothingDone,
                /// The key was used with other input.
                IdempotencyKeyReused,
            }
        }
    };
}
pub(crate) use bulk_errors;
