//! `orderHold`: an order is neither prepared nor sent until it is released; it can still be cancelled. And what a hold keeps
//! others from.

use entity::{
    id::{HoldId, OrderId},
    order, order_hold,
    stored::{HoldReason, OrderStatus},
    time::Timestamp,
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel as _, QueryFilter, sea_query::Expr,
};
use serde::Serialize;

use super::change::{self, Changed, Code, Terms};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    clock::random_bytes,
    db::retrying,
    event::{Change, Origin},
    fault::{Failure, Fault},
    fulfillment::state::held_back,
    text,
};

/// Longest note.
const MAX_NOTE: usize = 2_000;

/// What an order is held for.
#[derive(Clone, Debug, Serialize)]
pub struct NewHold {
    /// What for.
    pub reason: HoldReason,
    /// What for, in words.
    pub note: Option<String>,
}

/// Holds an order.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn hold(app: &App, origin: &Origin, id: OrderId, new: NewHold, terms: Terms) -> Result<Changed, Failure<Code>> {
    authorise(&origin.actor, Right::OrderHold, &app.config.orders)?;
    terms.check()?;
    let note = text::block(new.note.as_deref().unwrap_or_default(), MAX_NOTE);
    let note = note.map_err(|problem| Failure::refused(Code::InvalidInput, ["note"], problem))?;
    let note = Some(note).filter(|note| !note.is_empty());
    let key = terms.key(origin, Right::OrderHold, &(id, &new))?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        if let Some(replayed) = change::claim(&tx, origin, key.as_ref(), id, now).await? {
            return Ok(replayed);
        }
        let before = change::lock(&tx, origin, id).await?;
        change::expect_version(&tx, &before, terms.expected_version).await?;
        may_hold(&before)?;
        let row = order_hold::Model {
            id: HoldId::at(now, random_bytes()),
            order_id: id,
            reason: new.reason,
            note: note.clone(),
            held_by: origin.actor.user(),
            created_at: now,
            released_at: None,
            released_by: None,
        };
        order_hold::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&tx).await?;
        let after = order::Model { held_at: Some(now), ..before.clone() };
        let changes =
            [Change::new("onHold", false, true), Change::new("holdReason", serde_json::Value::Null, new.reason.as_str())];
        let reason = terms.reason().or(note.as_deref());
        let order = change::store(&tx, origin, &before, after, "ORDER_HELD", reason, &changes, now).await?;
        change::finish(tx, terms.dry_run).await?;
        Ok(Changed { order, replayed: false })
    })
    .await
}

fn may_hold(order: &order::Model) -> Result<(), Failure<Code>> {
    let refuse = |message: String| Err(Failure::refused(Code::InvalidTransition, ["order"], message));
    if order.held_at.is_some() {
        return refuse("the order is on hold already".to_owned());
    }
    match order.status {
        OrderStatus::Pending | OrderStatus::Confirmed | OrderStatus::Processing => Ok(()),
        other => refuse(format!("an order that is {other} is not held back any more")),
    }
}

/// Refuses a step that a hold keeps an order from.
///
/// # Errors
/// [`Code::OrderOnHold`].
pub fn expect_free(order: &order::Model, to: OrderStatus) -> Result<(), Failure<Code>> {
    match order.held_at {
        Some(_) if held_back(order.status, to) => {
            Err(Failure::refused(Code::OrderOnHold, ["order"], "the order is on hold; release it first"))
        }
        _ => Ok(()),
    }
}

/// Ends the hold of an order, if there is one; the caller stores the order.
///
/// # Errors
/// When the database fails.
pub(super) async fn end(
    tx: &DatabaseTransaction,
    origin: &Origin,
    order: &mut order::Model,
    now: Timestamp,
) -> Result<Option<Change>, Fault> {
    if order.held_at.take().is_none() {
        return Ok(None);
    }
    order_hold::Entity::update_many()
        .col_expr(order_hold::Column::ReleasedAt, Expr::value(now))
        .col_expr(order_hold::Column::ReleasedBy, Expr::value(origin.actor.user()))
        .filter(order_hold::Column::OrderId.eq(order.id))
        .filter(order_hold::Column::ReleasedAt.is_null())
        .exec(tx)
        .await?;
    Ok(Some(Change::new("onHold", true, false)))
}
