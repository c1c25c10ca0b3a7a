//! `ordersBulkAction`.

use async_graphql::{Context, Enum, ID, InputObject, Object, OneofObject, Result, SimpleObject};

use super::{OrderFilter, stored::OrderStatus};
use crate::{
    auth::policy::{Right, authorise},
    fault::Failure,
    graphql::{Here, error, scalar::count},
    order::{
        bulk::{self, Action, Code, Mode, Outcome, Request, Selection},
        change::Terms,
    },
};

error::user_errors! {
    OrdersBulkActionUserError, OrdersBulkActionErrorCode = Code {
        /// Neither ids nor selectAll, or both.
        NothingSelected,
        /// More than one call takes.
        TooManyOrders,
        /// Anything else that is wrong with the input.
        InvalidInput,
        /// You may not do this to orders.
        Forbidden,
        /// With ALL_OR_NOTHING: one order was refused, so none was changed; see results.
        NothingDone,
        /// The key was used with other input.
        IdempotencyKeyReused,
    }
}

/// Brings orders to a status.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct BulkUpdateStatusInput {
    /// The status to come to.
    status: OrderStatus,
}

/// What is done with each order: exactly one.
#[derive(Clone, Debug, OneofObject)]
pub enum BulkOrderAction {
    /// Bring it to a status.
    UpdateStatus(BulkUpdateStatusInput),
    /// Delete it, by administrators; give true.
    Delete(bool),
}

/// What becomes of the others when one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Mode")]
pub enum BulkMode {
    /// They are done.
    BestEffort,
    /// None is.
    AllOrNothing,
}

/// Which orders, and what is done with each.
#[derive(Clone, Debug, InputObject)]
pub struct OrdersBulkActionInput {
    /// These orders, at most 1000; or give selectAll.
    orders: Option<Vec<ID>>,
    /// All orders that match filter, at most 1000.
    #[graphql(default_with = "Some(false)")]
    select_all: Option<bool>,
    /// With selectAll: which orders.
    filter: Option<OrderFilter>,
    /// With selectAll: but for these.
    exclude_ids: Option<Vec<ID>>,
    /// What is done with each.
    action: BulkOrderAction,
    /// What becomes of the others when one is refused.
    #[graphql(default_with = "BulkMode::BestEffort")]
    mode: BulkMode,
    /// Why; kept in the timelines.
    reason: Option<String>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back: tells how many would succeed.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// What came of one order.
#[derive(Clone, Debug, SimpleObject)]
pub struct OrdersBulkActionResult {
    /// The id as you gave it.
    id: ID,
    /// Whether it was done.
    success: bool,
    /// Why not: a code as in the mutation for a single order.
    code: Option<String>,
    /// Why not, in a sentence.
    message: Option<String>,
}

/// What came of ordersBulkAction.
#[derive(SimpleObject)]
pub struct OrdersBulkActionPayload {
    /// How many orders it was done with.
    processed: i32,
    /// How many it was not done with.
    failed: i32,
    /// One per order, in the order given; with selectAll newest first.
    results: Vec<OrdersBulkActionResult>,
    /// True: this call repeats an earlier one with the same key.
    replayed: bool,
    /// Why the call as a whole was refused.
    user_errors: Vec<OrdersBulkActionUserError>,
}

impl OrdersBulkActionInput {
    fn request(self, now: entity::time::Timestamp) -> Result<(Request, Terms), Unusable> {
        let refused = |code, field: &str, message: &str| Unusable::Refused(Failure::refused(code, [field], message));
        let selection = match (self.orders, self.select_all.unwrap_or(false)) {
            (Some(_), true) => return Err(refused(Code::NothingSelected, "orders", "give either orders or selectAll")),
            (None, false) => return Err(refused(Code::NothingSelected, "orders", "No orders selected")),
            (Some(_), false) if self.filter.is_some() => {
                return Err(refused(Code::InvalidInput, "filter", "goes with selectAll"));
            }
            (Some(_), false) if self.exclude_ids.is_some() => {
                return Err(refused(Code::InvalidInput, "excludeIds", "goes with selectAll"));
            }
            (Some(ids), false) if ids.len() > bulk::MAX_ORDERS => {
                return Err(refused(Code::TooManyOrders, "orders", "one call takes at most 1000 orders"));
            }
            (Some(ids), false) => Selection::Ids(ids.into_iter().map(|id| (id.to_string(), id.parse().ok())).collect()),
            (None, true) => Selection::Matching {
                filter: Box::new(self.filter.unwrap_or_default().filter(now).map_err(Unusable::Error)?),
                except: self.exclude_ids.unwrap_or_default().iter().filter_map(|id| id.parse().ok()).collect(),
            },
        };
        let action = match self.action {
            BulkOrderAction::UpdateStatus(to) => Action::UpdateStatus(to.status.into()),
            BulkOrderAction::Delete(true) => Action::Delete,
            BulkOrderAction::Delete(false) => return Err(refused(Code::InvalidInput, "action", "delete takes true")),
        };
        let terms = Terms {
            reason: self.reason,
            idempotency_key: self.idempotency_key,
            dry_run: self.dry_run.unwrap_or(false),
            ..Default::default()
        };
        Ok((Request { selection, action, mode: self.mode.into() }, terms))
    }
}

/// Why an input makes no request.
enum Unusable {
    Refused(Failure<Code>),
    Error(async_graphql::Error),
}

/// `ordersBulkAction`.
#[derive(Default)]
pub struct OrdersBulkAction;

#[Object]
impl OrdersBulkAction {
    /// Does one thing with many orders: by ids, or all that match a filter but for some. One result per order.
    async fn orders_bulk_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which orders, and what is done with each.")] input: OrdersBulkActionInput,
    ) -> Result<OrdersBulkActionPayload> {
        let here = Here::of(ctx)?;
        authorise(here.actor(), Right::OrdersBulkAction, &here.app.config.orders).map_err(error::denied)?;
        let outcome = match input.request(here.app.clock.now()) {
            Ok((request, terms)) => bulk::run(here.app, here.origin, request, terms).await,
            Err(Unusable::Refused(failure)) => Err(failure),
            Err(Unusable::Error(error)) => return Err(error),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => {
                OrdersBulkActionPayload { processed: 0, failed: 0, results: Vec::new(), replayed: false, user_errors }
            }
            Ok(done) => {
                let processed = done.outcomes.iter().filter(|outcome| outcome.done).count() as i64;
                let failed = done.outcomes.len() as i64 - processed;
                let user_errors = match done.taken_back {
                    false => Vec::new(),
                    true => vec![
                        crate::fault::Refusal::new(Code::NothingDone, ["mode"], "one order was refused, so none was changed")
                            .into(),
                    ],
                };
                OrdersBulkActionPayload {
                    processed: count(processed),
                    failed: count(failed),
                    results: done.outcomes.into_iter().map(result).collect(),
                    replayed: done.replayed,
                    user_errors,
                }
            }
        })
    }
}

fn result(outcome: Outcome) -> OrdersBulkActionResult {
    let (code, message) = outcome.refusal.unzip();
    OrdersBulkActionResult { id: ID(outcome.id), success: outcome.done, code: code.map(|code| screaming(&code)), message }
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
