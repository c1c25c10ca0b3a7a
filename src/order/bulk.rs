//! `ordersBulkAction`: one action on many orders, one result per order (BULK-01, BULK-02, C-35, I10).

use std::{collections::HashMap, fmt::Debug};

use entity::{id::OrderId, order, stored::OrderStatus, time::Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use super::{
    change::{self, Code as ChangeCode, Terms},
    delete,
    filter::Filter,
    query::Scope,
    transition::{self, Step},
};
use crate::{
    app::App,
    auth::policy::{Reach, Right, authorise},
    db::{retrying, statement},
    event::Origin,
    fault::{Denied, Failure, Fault},
    idempotency::{Claim, Key},
};

/// Most orders of one call.
pub const MAX_ORDERS: usize = 1_000;

/// What is done with each order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Action {
    /// Bring it to a status.
    UpdateStatus(OrderStatus),
    /// Delete it.
    Delete,
}

/// What becomes of the others when one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Mode {
    /// They are done.
    BestEffort,
    /// None is.
    AllOrNothing,
}

/// Which orders.
#[derive(Clone, Debug, Serialize)]
pub enum Selection {
    /// These, in this order. `None` stands for an id that is not one of an order.
    Ids(Vec<(String, Option<OrderId>)>),
    /// All that match, but for some.
    Matching {
        /// What they match.
        filter: Box<Filter>,
        /// But for these.
        except: Vec<OrderId>,
    },
}

/// Why the whole call was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Neither ids nor `selectAll`, or both.
    NothingSelected,
    /// More than one call takes.
    TooManyOrders,
    /// Anything else that is wrong with the input.
    InvalidInput,
    /// The caller may not do this to orders.
    Forbidden,
    /// In the mode ALL_OR_NOTHING one order was refused, so none was changed.
    NothingDone,
    /// The key was used with other input.
    IdempotencyKeyReused,
}

/// What came of one order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The id as it was given.
    pub id: String,
    /// Whether it was done.
    pub done: bool,
    /// Why not: the name of the code, and a sentence.
    pub refusal: Option<(String, String)>,
}

/// What came of all.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// One per order, in the order given.
    pub outcomes: Vec<Outcome>,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
    /// Set when ALL_OR_NOTHING took everything back.
    pub taken_back: bool,
}

/// What is asked.
#[derive(Clone, Debug, Serialize)]
pub struct Request {
    /// Which orders.
    pub selection: Selection,
    /// What is done with each.
    pub action: Action,
    /// What becomes of the others when one is refused.
    pub mode: Mode,
}

/// Does it, in one transaction: the answer is all of what happened, and a crash in the middle leaves nothing half done.
///
/// # Errors
/// [`Code`] for the call as a whole; what is wrong with single orders stands in their outcomes.
pub async fn run(app: &App, origin: &Origin, request: Request, terms: Terms) -> Result<Done, Failure<Code>> {
    authorise(&origin.actor, Right::OrdersBulkAction, &app.config.orders)?;
    if request.action == Action::Delete {
        match authorise(&origin.actor, Right::OrderDelete, &app.config.orders) {
            Ok(_) => {}
            Err(Denied::Forbidden) => {
                return Err(Failure::refused(Code::Forbidden, ["action"], "only administrators may delete orders"));
            }
            Err(denied) => return Err(denied.into()),
        }
    }
    terms.check().map_err(|_| Failure::refused(Code::InvalidInput, ["reason"], "has at most 2000 characters"))?;
    if matches!(&request.selection, Selection::Ids(ids) if ids.is_empty()) {
        return Err(Failure::refused(Code::NothingSelected, ["orders"], "No orders selected"));
    }
    let invalid_key = |_| Failure::refused(Code::InvalidInput, ["idempotencyKey"], "must have 1 to 255 characters");
    let key = terms.idempotency_key.as_deref();
    let key = key
        .map(|key| Key::new(&origin.actor, Right::OrdersBulkAction, key, &(&request, &terms)))
        .transpose()
        .map_err(invalid_key)?;
    retrying(|| run_once(app, origin, &request, &terms, key.as_ref())).await
}

async fn run_once(
    app: &App,
    origin: &Origin,
    request: &Request,
    terms: &Terms,
    key: Option<&Key>,
) -> Result<Done, Failure<Code>> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    if let Some(key) = key {
        match key.claim(&tx, String::new(), now).await? {
            Claim::Fresh => {}
            Claim::Reused => {
                return Err(Failure::refused(
                    Code::IdempotencyKeyReused,
                    ["idempotencyKey"],
                    "this key was used with other input",
                ));
            }
            Claim::Replay(answer) => {
                let outcomes = serde_json::from_str(&answer).map_err(|error| Fault::Corrupt(error.to_string()))?;
                return Ok(Done { outcomes, replayed: true, taken_back: false });
            }
        }
    }
    let selected = select(&tx, origin, &request.selection).await?;
    if selected.len() > MAX_ORDERS {
        let message = format!("more than {MAX_ORDERS} orders are selected; one call takes at most so many");
        return Err(Failure::refused(Code::TooManyOrders, ["orders"], message));
    }
    // All rows are locked before the first is changed, orders and then stock, each in id order: two bulk actions, or one
    // and a single cancellation, never wait for each other in a circle.
    let mut ids: Vec<OrderId> = selected.iter().filter_map(|(_, id)| *id).collect();
    ids.sort();
    ids.dedup();
    let mut locked = change::lock_all(&tx, origin, &ids).await?;
    if matches!(request.action, Action::Delete | Action::UpdateStatus(OrderStatus::Cancelled | OrderStatus::Damaged)) {
        lock_stock(&tx, &ids).await?;
    }
    let mut by_id: HashMap<OrderId, Outcome> = HashMap::with_capacity(ids.len());
    for id in ids {
        if let Some(order) = locked.remove(&id) {
            by_id.insert(id, one(&tx, app, origin, request.action, order, terms, now).await?);
        }
    }
    let outcomes: Vec<Outcome> = selected
        .into_iter()
        .map(|(text, id)| match id.and_then(|id| by_id.get(&id)) {
            Some(outcome) => Outcome { id: text, ..outcome.clone() },
            None => refused(text, ChangeCode::NotFound, "Order not found"),
        })
        .collect();
    if request.mode == Mode::AllOrNothing && outcomes.iter().any(|outcome| !outcome.done) {
        tx.rollback().await?;
        let outcomes = outcomes.into_iter().map(|outcome| Outcome { done: false, ..outcome }).collect();
        return Ok(Done { outcomes, replayed: false, taken_back: true });
    }
    if let Some(key) = key {
        let answer = serde_json::to_string(&outcomes).map_err(|error| Fault::Internal(error.to_string()))?;
        key.answer(&tx, answer).await?;
    }
    change::finish(tx, terms.dry_run).await?;
    Ok(Done { outcomes, replayed: false, taken_back: false })
}

fn refused(id: String, code: impl Debug, message: &str) -> Outcome {
    Outcome { id, done: false, refusal: Some((format!("{code:?}"), message.to_owned())) }
}

/// The chosen orders, as given or by the default order of the list.
async fn select(
    tx: &DatabaseTransaction,
    origin: &Origin,
    selection: &Selection,
) -> Result<Vec<(String, Option<OrderId>)>, Failure<Code>> {
    match selection {
        Selection::Ids(ids) => Ok(ids.clone()),
        Selection::Matching { filter, except } => {
            let scope = Scope::of(&origin.actor)?;
            let mut select = order::Entity::find()
                .select_only()
                .column(order::Column::Id)
                .filter(scope.condition())
                .filter(filter.condition(&scope));
            if !except.is_empty() {
                select = select.filter(sea_orm::ColumnTrait::is_not_in(&order::Column::Id, except.iter().copied()));
            }
            let ids: Vec<OrderId> = select
                .order_by_desc(order::Column::PlacedAt)
                .order_by_desc(order::Column::Id)
                .limit(MAX_ORDERS as u64 + 1)
                .into_tuple()
                .all(tx)
                .await?;
            Ok(ids.into_iter().map(|id| (id.to_string(), Some(id))).collect())
        }
    }
}

/// Locks the stock rows that giving up these orders would change. On SQLite the transaction has the only write lock already.
async fn lock_stock(tx: &DatabaseTransaction, orders: &[OrderId]) -> Result<(), Fault> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let sql = "SELECT id FROM product_variants WHERE id IN \
               (SELECT variant_id FROM order_items WHERE order_id = ANY($1) AND stock_taken > 0) ORDER BY id FOR UPDATE";
    let ids: Vec<_> = orders.iter().map(|order| order.0).collect();
    tx.query_all_raw(statement(tx, sql, [ids.into()])).await?;
    Ok(())
}

async fn one(
    tx: &DatabaseTransaction,
    app: &App,
    origin: &Origin,
    action: Action,
    order: order::Model,
    terms: &Terms,
    now: Timestamp,
) -> Result<Outcome, Failure<Code>> {
    let rules = &app.config.orders;
    let id = order.id;
    match action {
        Action::UpdateStatus(to) => {
            outcome(id, transition::apply(tx, origin, rules, Reach::All, order, &Step::to(to), terms, now).await.map(|_| ()))
        }
        Action::Delete => outcome(id, delete::apply(tx, origin, rules, &order, terms, now).await),
    }
}

/// What came of one order, whichever command said it.
fn outcome<C: Debug>(id: OrderId, result: Result<(), Failure<C>>) -> Result<Outcome, Failure<Code>> {
    match result {
        Ok(()) => Ok(Outcome { id: id.to_string(), done: true, refusal: None }),
        Err(Failure::Refused(refusals)) => {
            let refusal = refusals.into_iter().next();
            let refusal = refusal.ok_or_else(|| Fault::Internal("refused for no reason".into()))?;
            Ok(refused(id.to_string(), refusal.code, &refusal.message))
        }
        Err(Failure::Denied(denied)) => Err(Failure::Denied(denied)),
        Err(Failure::Fault(fault)) => Err(Failure::Fault(fault)),
    }
}
