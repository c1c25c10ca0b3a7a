//! `returnCreate`: goods are announced to come back.

use std::collections::{BTreeMap, HashMap};

use entity::{
    id::{FulfillmentId, OrderId, OrderItemId, ReturnId},
    order_return, return_line,
    stored::{ReturnReason, ReturnStatus},
    time::Timestamp,
};
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait, IntoActiveModel};
use serde::Serialize;

use super::change::{Changed, Code, Returnable, Whole, of_order, returnable, told};
use crate::{
    app::App,
    auth::policy::{Reach, Right, authorise},
    clock::random_bytes,
    db::retrying,
    event::{Change, Origin},
    fault::{Detail, Failure, Fault, Refusal},
    fulfillment::{query as parcels, state::has_left},
    idempotency::{Claim, Key},
    order::{
        change::{self as order_change, Terms},
        query as orders,
    },
};

/// Pieces of a line.
#[derive(Clone, Debug, Serialize)]
pub struct Piece {
    /// The line; `None` stands for an id that is not one of a line.
    pub item: Option<OrderItemId>,
    /// How many.
    pub quantity: i64,
    /// Why they come back.
    pub reason: ReturnReason,
}

/// What is to come back.
#[derive(Clone, Debug, Serialize)]
pub struct Request {
    /// Of which order.
    pub order: OrderId,
    /// Which pieces; `None` for all that still can.
    pub pieces: Option<Vec<Piece>>,
    /// In the words of who asks.
    pub note: Option<String>,
    /// Why, where a piece does not say.
    pub reason: ReturnReason,
}

/// Pieces by line.
type Gone = HashMap<OrderItemId, i32>;

/// Longest note.
const MAX_NOTE: usize = 2_000;

/// Checks what can be said without the order.
///
/// # Errors
/// [`Code`] for the input.
pub fn check(request: &Request) -> Result<(), Failure<Code>> {
    if request.note.as_deref().is_some_and(|note| note.chars().count() > MAX_NOTE) {
        return Err(Failure::refused(Code::InvalidInput, ["note"], "has at most 2000 characters"));
    }
    if request.pieces.as_ref().is_some_and(Vec::is_empty) {
        return Err(Failure::refused(Code::Empty, ["lines"], "there is nothing to come back"));
    }
    Ok(())
}

/// Announces goods that come back. Buyers ask, staff's are accepted at once.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn create(app: &App, origin: &Origin, request: Request, terms: Terms) -> Result<Changed, Failure<Code>> {
    let reach = authorise(&origin.actor, Right::ReturnCreate, &app.config.orders)?;
    terms.check().map_err(of_order)?;
    check(&request)?;
    let key = terms.key(origin, Right::ReturnCreate, &request).map_err(of_order)?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        if let Some(done) = replayed(&tx, origin, key.as_ref(), now).await? {
            return Ok(done);
        }
        let order = order_change::lock(&tx, origin, request.order).await.map_err(of_order)?;
        if reach == Reach::Own && !orders::is_buyer(&origin.actor, &order) {
            return Err(Failure::refused(Code::Forbidden, ["order"], "only the buyer or staff may return goods"));
        }
        order_change::expect_version(&tx, &order, terms.expected_version).await.map_err(of_order)?;
        let whole = Whole::of(&tx, order).await?;
        let status = if reach == Reach::All { ReturnStatus::Approved } else { ReturnStatus::Requested };
        let (row, lines) = write(&tx, &whole, &request, status, now).await?;
        let changes = [
            Change::new("return", serde_json::Value::Null, row.id.to_string()),
            Change::new("returnStatus", serde_json::Value::Null, row.status.as_str()),
            Change::new("returnLines", serde_json::Value::Null, told(&lines)),
        ];
        let kind = if reach == Reach::All { "RETURN_APPROVED" } else { "RETURN_REQUESTED" };
        let after = whole.order.clone();
        let order = order_change::store(&tx, origin, &whole.order, after, kind, terms.reason(), &changes, now).await?;
        if let Some(key) = &key {
            key.answer(&tx, row.id.to_string()).await?;
        }
        order_change::finish(tx, terms.dry_run).await?;
        Ok(Changed { row, lines, order, replayed: false })
    })
    .await
}

/// The return that a call with this key made before.
///
/// # Errors
/// [`Code::IdempotencyKeyReused`].
pub(crate) async fn replayed(
    tx: &DatabaseTransaction,
    origin: &Origin,
    key: Option<&Key>,
    now: Timestamp,
) -> Result<Option<Changed>, Failure<Code>> {
    let Some(key) = key else { return Ok(None) };
    match key.claim(tx, String::new(), now).await? {
        Claim::Fresh => Ok(None),
        Claim::Reused => {
            Err(Failure::refused(Code::IdempotencyKeyReused, ["idempotencyKey"], "this key was used with other input"))
        }
        Claim::Replay(id) => {
            let not_found = || Failure::refused(Code::NotFound, ["return"], "Return not found");
            let id: ReturnId = id.parse().map_err(|_| not_found())?;
            let (whole, row) = super::change::lock(tx, origin, id).await?;
            let lines = whole.lines_of(id).cloned().collect();
            Ok(Some(Changed { row, lines, order: whole.order, replayed: true }))
        }
    }
}

/// Writes a return of an order that was locked.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn write(
    tx: &DatabaseTransaction,
    whole: &Whole,
    request: &Request,
    status: ReturnStatus,
    now: Timestamp,
) -> Result<(order_return::Model, Vec<return_line::Model>), Failure<Code>> {
    let gone = gone(tx, whole).await?;
    if gone.is_empty() {
        let message = format!("goods of an order that is {} and has not left cannot come back", whole.order.status);
        return Err(Failure::refused(Code::OrderNotReturnable, ["order"], message));
    }
    let pieces = wanted(whole, &gone, request)?;
    let id = ReturnId::at(now, random_bytes());
    let row = order_return::Model {
        id,
        order_id: whole.order.id,
        position: whole.returns.iter().map(|row| row.position).max().unwrap_or(0) + 1,
        status,
        note: request.note.as_deref().map(str::trim).filter(|note| !note.is_empty()).map(str::to_owned),
        refund_minor: 0,
        created_at: now,
        updated_at: now,
        received_at: None,
    };
    let lines: Vec<return_line::Model> = pieces
        .into_iter()
        .map(|(order_item_id, (quantity, reason))| return_line::Model {
            return_id: id,
            order_item_id,
            quantity,
            reason,
            received: 0,
            restocked: 0,
        })
        .collect();
    order_return::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await?;
    return_line::Entity::insert_many(lines.iter().cloned().map(IntoActiveModel::into_active_model))
        .exec_without_returning(tx)
        .await?;
    Ok((row, lines))
}

/// Pieces of each line that have left, whether they came back or not.
async fn gone(tx: &DatabaseTransaction, whole: &Whole) -> Result<Gone, Fault> {
    let order = &whole.order;
    let all = whole.items.iter().map(|item| (item.id, item.quantity));
    match returnable(order.status) {
        Returnable::Nothing => return Ok(Gone::new()),
        Returnable::All => return Ok(all.collect()),
        Returnable::WhatLeft => {}
    }
    let parcels = parcels::by_order(tx, &[order.id]).await?.remove(&order.id).unwrap_or_default();
    let ids: Vec<FulfillmentId> = parcels.iter().filter(|parcel| has_left(parcel.status)).map(|parcel| parcel.id).collect();
    let mut gone = Gone::new();
    for line in parcels::lines(tx, &ids).await?.into_values().flatten() {
        *gone.entry(line.order_item_id).or_default() += line.quantity;
    }
    Ok(gone)
}

/// The pieces asked for, by line: none twice, none more than can still come back.
fn wanted(whole: &Whole, gone: &Gone, request: &Request) -> Result<BTreeMap<OrderItemId, (i32, ReturnReason)>, Failure<Code>> {
    let spoken_for = whole.spoken_for();
    let pieces = |count: &Gone, id: OrderItemId| count.get(&id).copied().unwrap_or(0);
    let left = |id: OrderItemId| pieces(gone, id) - pieces(&spoken_for, id);
    let Some(pieces) = &request.pieces else {
        let all: BTreeMap<_, _> = whole
            .items
            .iter()
            .map(|item| (item.id, (left(item.id), request.reason)))
            .filter(|(_, (quantity, _))| *quantity > 0)
            .collect();
        return match all.is_empty() {
            true => Err(Failure::refused(Code::QuantityExceeded, ["order"], "everything has come back or is to come")),
            false => Ok(all),
        };
    };
    let mut wanted = BTreeMap::new();
    for (index, piece) in pieces.iter().enumerate() {
        let at = |field: &str| ["lines".to_owned(), index.to_string(), field.to_owned()];
        let item = piece.item.and_then(|id| whole.item(id));
        let item = item.ok_or_else(|| Failure::refused(Code::NotFound, at("item"), "Order item not found"))?;
        if piece.quantity < 1 {
            return Err(Failure::refused(Code::InvalidQuantity, at("quantity"), "must be at least 1"));
        }
        let left = left(item.id);
        let quantity = i32::try_from(piece.quantity).ok().filter(|quantity| *quantity <= left);
        let quantity = quantity.ok_or_else(|| {
            let message = format!("only {left} pieces can still come back");
            let detail = Detail { available: Some(left.into()), ..Default::default() };
            Refusal::new(Code::QuantityExceeded, at("quantity"), message).with(detail)
        })?;
        if wanted.insert(item.id, (quantity, piece.reason)).is_some() {
            return Err(Failure::refused(Code::InvalidInput, at("item"), "a line is named twice"));
        }
    }
    Ok(wanted)
}

/// The rows of a return with a new status.
///
/// # Errors
/// When the database fails.
pub(crate) async fn set_status(
    tx: &DatabaseTransaction,
    row: &order_return::Model,
    status: ReturnStatus,
    now: Timestamp,
) -> Result<order_return::Model, Failure<Code>> {
    let change = order_return::ActiveModel { id: Set(row.id), status: Set(status), updated_at: Set(now), ..Default::default() };
    Ok(order_return::Entity::update(change).exec(tx).await?)
}
