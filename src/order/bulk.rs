//! `ordersBulkAction`: what is done with each of many orders (BULK-01, BULK-02).

use std::{collections::HashMap, fmt::Debug};

use entity::{
    id::OrderId,
    order,
    stored::{BulkKind, OrderStatus},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use super::{
    change::{self, Code as ChangeCode, Terms},
    delete,
    filter::Filter,
    query::Scope,
    transition::{self, Step},
};
use crate::{
    auth::{
        actor::Actor,
        policy::{Reach, Right, authorise},
    },
    bulk::{Applied, Code, How, Noun, Verdict},
    config::OrderConfig,
    db::statement,
    event::Origin,
    fault::{Denied, Failure, Fault},
    payment::books::Books,
};

/// What is done with each order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Action {
    /// Bring it to a status.
    UpdateStatus(OrderStatus),
    /// Delete it.
    Delete,
}

/// Orders, as things that bulk actions are done with.
pub struct Orders;

impl Noun for Orders {
    const KIND: BulkKind = BulkKind::Orders;
    const JOB: &'static str = "bulk.run.orders";
    const RIGHT: Right = Right::OrdersBulkAction;
    const FIELD: &'static str = "orders";
    const NOT_FOUND: &'static str = "Order not found";

    type Id = OrderId;
    type Action = Action;
    type Filter = Filter;

    fn may(actor: &Actor, action: &Action, rules: &OrderConfig) -> Result<Reach, Failure<Code>> {
        let reach = authorise(actor, Right::OrdersBulkAction, rules)?;
        if *action == Action::Delete {
            match authorise(actor, Right::OrderDelete, rules) {
                Ok(_) => {}
                Err(Denied::Forbidden) => {
                    return Err(Failure::refused(Code::Forbidden, ["action"], "only administrators may delete orders"));
                }
                Err(denied) => return Err(denied.into()),
            }
        }
        Ok(reach)
    }

    async fn matching<C: ConnectionTrait>(conn: &C, how: &How<'_>, filter: &Filter, limit: u64) -> Result<Vec<OrderId>, Fault> {
        let scope = scope(how.origin)?;
        let select = order::Entity::find().select_only().column(order::Column::Id);
        Ok(select
            .filter(scope.condition())
            .filter(filter.condition(&scope, conn.get_database_backend()))
            .order_by_desc(order::Column::PlacedAt)
            .order_by_desc(order::Column::Id)
            .limit(limit)
            .into_tuple()
            .all(conn)
            .await?)
    }

    async fn check<C: ConnectionTrait>(
        conn: &C,
        how: &How<'_>,
        action: &Action,
        ids: &[OrderId],
    ) -> Result<HashMap<OrderId, Verdict>, Fault> {
        let visible = scope(how.origin)?.condition();
        let find = order::Entity::find().filter(order::Column::Id.is_in(ids.iter().copied())).filter(visible);
        let mut verdicts = HashMap::with_capacity(ids.len());
        for order in find.all(conn).await? {
            verdicts.insert(order.id, judge(conn, how, *action, &order).await?);
        }
        Ok(verdicts)
    }

    async fn apply(tx: &DatabaseTransaction, how: &How<'_>, action: &Action, ids: &[OrderId]) -> Result<Applied<OrderId>, Fault> {
        // All rows are locked before the first is changed, orders and then stock, each in id order: two bulk actions, or one
        // and a single cancellation, never wait for each other in a circle.
        let mut locked = change::lock_all::<ChangeCode>(tx, how.origin, ids).await.map_err(fault)?;
        if matches!(action, Action::Delete | Action::UpdateStatus(OrderStatus::Cancelled | OrderStatus::Damaged)) {
            lock_stock(tx, ids).await?;
        }
        let mut verdicts = HashMap::with_capacity(ids.len());
        for id in ids {
            if let Some(order) = locked.remove(id) {
                verdicts.insert(*id, one(tx, how, *action, order).await?);
            }
        }
        Ok(Applied { verdicts, users: Vec::new() })
    }
}

/// Which orders the caller sees. Nobody comes here without a right.
fn scope(origin: &Origin) -> Result<Scope, Fault> {
    Scope::of(&origin.actor).map_err(|denied| Fault::Internal(format!("{denied:?}")))
}

fn terms(how: &How<'_>) -> Terms {
    Terms { reason: how.reason.map(str::to_owned), ..Default::default() }
}

/// What would come of an order as it is.
async fn judge(conn: &impl ConnectionTrait, how: &How<'_>, action: Action, order: &order::Model) -> Result<Verdict, Fault> {
    if let Some(skipped) = skipped(action, order) {
        return Ok(skipped);
    }
    let (rules, number) = (&how.app.config.orders, order.number.clone());
    match action {
        Action::UpdateStatus(to) => {
            verdict(number, transition::check(how.origin, rules, order, &Step::to(to), &terms(how)).map(|_| ()))
        }
        Action::Delete => verdict(number, delete::check(rules, &Books::of(conn, order.clone()).await?)),
    }
}

async fn one(tx: &DatabaseTransaction, how: &How<'_>, action: Action, order: order::Model) -> Result<Verdict, Fault> {
    if let Some(skipped) = skipped(action, &order) {
        return Ok(skipped);
    }
    let (rules, terms, number) = (&how.app.config.orders, terms(how), order.number.clone());
    match action {
        Action::UpdateStatus(to) => {
            let step = Step::to(to);
            let moved = transition::apply(tx, how.origin, rules, Reach::All, order, &step, &terms, how.now).await;
            verdict(number, moved.map(|_| ()))
        }
        Action::Delete => verdict(number, delete::apply(tx, how.origin, rules, &order, &terms, how.now).await),
    }
}

/// That an order is already as it is to be.
fn skipped(action: Action, order: &order::Model) -> Option<Verdict> {
    match action {
        Action::UpdateStatus(to) if order.status == to => {
            Some(Verdict::skipped(Some(order.number.clone()), format!("the order is {to} already")))
        }
        Action::UpdateStatus(_) | Action::Delete => None,
    }
}

/// What came of one order, whichever command said it.
fn verdict<C: Debug>(number: String, outcome: Result<(), Failure<C>>) -> Result<Verdict, Fault> {
    match outcome {
        Ok(()) => Ok(Verdict::done(Some(number))),
        Err(Failure::Refused(refusals)) => {
            let refusal = refusals.into_iter().next();
            let refusal = refusal.ok_or_else(|| Fault::Internal("refused for no reason".into()))?;
            Ok(Verdict::refused(Some(number), refusal.code, refusal.message))
        }
        Err(other) => Err(fault(other)),
    }
}

fn fault<C: Debug>(failure: Failure<C>) -> Fault {
    match failure {
        Failure::Fault(fault) => fault,
        other => Fault::Internal(format!("{other:?}")),
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
