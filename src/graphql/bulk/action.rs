//! What the mutations of bulk actions share: how things are chosen, what is wrong with a choice, what came of it.

use std::{collections::BTreeMap, str::FromStr};

use async_graphql::{Context, ID, Result};
use entity::stored;

use super::{BulkOperation, BulkReason, BulkResult};
use crate::{
    bulk::{Answer, Code, Done, Selection},
    fault::{Failure, Refusal},
    graphql::{error, scalar::count},
};

/// Which things, as the input of every bulk action gives them.
pub struct Choice<F> {
    /// The field that has the ids.
    pub field: &'static str,
    /// These.
    pub ids: Option<Vec<ID>>,
    /// All that match.
    pub select_all: bool,
    /// What they match.
    pub filter: Option<F>,
    /// But for these.
    pub exclude_ids: Option<Vec<ID>>,
}

impl<F> Choice<F> {
    /// The choice in the domain's values; `empty` is the filter of everything.
    ///
    /// # Errors
    /// [`Code`] for what contradicts itself.
    pub fn selection<I: FromStr>(self, empty: impl FnOnce() -> F) -> Result<Selection<I, F>, Failure<Code>> {
        let field = self.field;
        let refused = |code, field: &str, message: String| Err(Failure::refused(code, [field], message));
        match (self.ids, self.select_all) {
            (Some(_), true) => refused(Code::NothingSelected, field, format!("give either {field} or selectAll")),
            (None, false) => refused(Code::NothingSelected, field, format!("No {field} selected")),
            (Some(_), false) if self.filter.is_some() => refused(Code::InvalidInput, "filter", "goes with selectAll".to_owned()),
            (Some(_), false) if self.exclude_ids.is_some() => {
                refused(Code::InvalidInput, "excludeIds", "goes with selectAll".to_owned())
            }
            (Some(ids), false) => Ok(Selection::Ids(ids.into_iter().map(|id| (id.to_string(), id.parse().ok())).collect())),
            (None, true) => Ok(Selection::Matching {
                filter: Box::new(self.filter.unwrap_or_else(empty)),
                except: self.exclude_ids.unwrap_or_default().iter().filter_map(|id| id.parse().ok()).collect(),
            }),
        }
    }
}

/// What came of a bulk action, as all of their payloads show it.
pub struct Settled<E> {
    /// How many were done.
    pub processed: i32,
    /// How many were so already.
    pub skipped: i32,
    /// How many were not done.
    pub failed: i32,
    /// One per thing.
    pub results: Vec<BulkResult>,
    /// Why things were skipped or failed.
    pub reasons: Vec<BulkReason>,
    /// The operation that works them off.
    pub operation: Option<BulkOperation>,
    /// Whether the call repeats an earlier one.
    pub replayed: bool,
    /// Why the call as a whole was refused.
    pub user_errors: Vec<E>,
}

/// What a bulk action answered.
///
/// # Errors
/// For a caller who may not, and for faults.
pub fn settle<E: From<Refusal<Code>>>(ctx: &Context<'_>, outcome: Result<Answer, Failure<Code>>) -> Result<Settled<E>> {
    let nothing = || Settled {
        processed: 0,
        skipped: 0,
        failed: 0,
        results: Vec::new(),
        reasons: Vec::new(),
        operation: None,
        replayed: false,
        user_errors: Vec::new(),
    };
    Ok(match error::settle(ctx, outcome)? {
        Err(user_errors) => Settled { user_errors, ..nothing() },
        Ok(Answer::Accepted { operation, replayed }) => {
            Settled { operation: Some(BulkOperation::new(*operation)), replayed, ..nothing() }
        }
        Ok(Answer::Done(done)) => Settled {
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
    })
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

/// Declares the error types and the payload of a bulk action.
macro_rules! bulk_action {
    ($error:ident, $code:ident, $payload:ident) => {
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

        /// What came of a bulk action: the results when it was done at once, the operation when it is worked off in the
        /// background.
        #[derive(async_graphql::SimpleObject)]
        pub struct $payload {
            /// How many it was done with.
            processed: i32,
            /// How many were so already.
            skipped: i32,
            /// How many it was not done with.
            failed: i32,
            /// One per id, in the order given; with selectAll newest first. Empty when there is an operation.
            results: Vec<$crate::graphql::bulk::BulkResult>,
            /// Why things were skipped or failed, by code.
            reasons: Vec<$crate::graphql::bulk::BulkReason>,
            /// The operation that works them off: with asJob, and when they are too many to be done at once.
            operation: Option<$crate::graphql::bulk::BulkOperation>,
            /// True: this call repeats an earlier one with the same key.
            replayed: bool,
            /// Why the call as a whole was refused.
            user_errors: Vec<$error>,
        }

        impl From<$crate::graphql::bulk::Settled<$error>> for $payload {
            fn from(settled: $crate::graphql::bulk::Settled<$error>) -> Self {
                Self {
                    processed: settled.processed,
                    skipped: settled.skipped,
                    failed: settled.failed,
                    results: settled.results,
                    reasons: settled.reasons,
                    operation: settled.operation,
                    replayed: settled.replayed,
                    user_errors: settled.user_errors,
                }
            }
        }
    };
}
pub(crate) use bulk_action;
