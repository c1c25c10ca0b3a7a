//! `returnReceive` and `orderReturn`: the goods came. Stock, money and the order's status follow in one transaction.

use std::collections::HashMap;

use entity::{
    id::{OrderItemId, ReturnId},
    order, order_item, order_return, return_line,
    stored::{OrderStatus, ReturnStatus},
    time::Timestamp,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, EntityTrait, IntoActiveModel};
use serde::Serialize;

use super::{
    change::{Changed, Code, Whole, lock, of_order, told},
    create::{self, Request, replayed},
    share::worth,
};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    config::OrderConfig,
    db::retrying,
    event::{Change, Origin},
    fault::{Detail, Failure, Fault, Refusal},
    inventory,
    money::{Currency, format_minor},
    order::{
        change::{self as order_change, Terms},
        state::{self, Action},
    },
    payment::{attempt::By, books::Books, ledger::Ledger, refund},
};

/// Pieces of a line that came.
#[derive(Clone, Debug, Serialize)]
pub struct Arrived {
    /// The line; `None` stands for an id that is not one of a line.
    pub item: Option<OrderItemId>,
    /// How many.
    pub quantity: i64,
    /// Whether they go back to stock; else they are written off.
    pub restock: bool,
}

/// How goods are received.
#[derive(Clone, Debug, Serialize)]
pub struct Receipt {
    /// What came; `None` for all of it.
    pub pieces: Option<Vec<Arrived>>,
    /// Whether it goes back to stock, where `pieces` do not say.
    pub restock: bool,
    /// Whether it is paid back.
    pub refund: bool,
    /// Whether the price of shipping is paid back too, once everything came back.
    pub refund_shipping: bool,
}

/// Pieces of one line: received and restocked.
type Counted = HashMap<OrderItemId, (i32, i32)>;

/// Receives the goods of a return. What did not come is not awaited any more.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn receive(
    app: &App,
    origin: &Origin,
    id: ReturnId,
    receipt: Receipt,
    terms: Terms,
) -> Result<Changed, Failure<Code>> {
    authorise(&origin.actor, Right::ReturnReceive, &app.config.orders)?;
    terms.check().map_err(of_order)?;
    let key = terms.key(origin, Right::ReturnReceive, &(id, &receipt)).map_err(of_order)?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        if let Some(done) = replayed(&tx, origin, key.as_ref(), now).await? {
            return Ok(done);
        }
        let (whole, row) = lock(&tx, origin, id).await?;
        order_change::expect_version(&tx, &whole.order, terms.expected_version).await.map_err(of_order)?;
        if !matches!(row.status, ReturnStatus::Requested | ReturnStatus::Approved) {
            let message = format!("not possible while the return is {}", row.status);
            return Err(Failure::refused(Code::ReturnNotOpen, ["return"], message));
        }
        let lines: Vec<return_line::Model> = whole.lines_of(id).cloned().collect();
        let changed = Box::pin(settle(&tx, origin, &app.config.orders, whole, row, lines, &receipt, &terms, now)).await?;
        if let Some(key) = &key {
            key.answer(&tx, id.to_string()).await?;
        }
        order_change::finish(tx, terms.dry_run).await?;
        Ok(changed)
    })
    .await
}

/// Takes goods of an order back in one step: announced, accepted and received.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn take_back(
    app: &App,
    origin: &Origin,
    request: Request,
    receipt: Receipt,
    terms: Terms,
) -> Result<Changed, Failure<Code>> {
    authorise(&origin.actor, Right::OrderReturn, &app.config.orders)?;
    terms.check().map_err(of_order)?;
    create::check(&request)?;
    let key = terms.key(origin, Right::OrderReturn, &(&request, &receipt)).map_err(of_order)?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        if let Some(done) = replayed(&tx, origin, key.as_ref(), now).await? {
            return Ok(done);
        }
        let order = order_change::lock(&tx, origin, request.order).await.map_err(of_order)?;
        order_change::expect_version(&tx, &order, terms.expected_version).await.map_err(of_order)?;
        let mut whole = Whole::of(&tx, order).await?;
        let (row, lines) = create::write(&tx, &whole, &request, ReturnStatus::Approved, now).await?;
        whole.returns.push(row.clone());
        whole.lines.extend(lines.iter().cloned());
        let id = row.id;
        let changed = Box::pin(settle(&tx, origin, &app.config.orders, whole, row, lines, &receipt, &terms, now)).await?;
        if let Some(key) = &key {
            key.answer(&tx, id.to_string()).await?;
        }
        order_change::finish(tx, terms.dry_run).await?;
        Ok(changed)
    })
    .await
}

/// Writes what came: the return and its lines, stock, money, the order.
#[allow(clippy::too_many_arguments, reason = "the parts of one command, used by its two forms")]
async fn settle(
    tx: &DatabaseTransaction,
    origin: &Origin,
    rules: &OrderConfig,
    whole: Whole,
    row: order_return::Model,
    lines: Vec<return_line::Model>,
    receipt: &Receipt,
    terms: &Terms,
    now: Timestamp,
) -> Result<Changed, Failure<Code>> {
    let counted = count(&lines, receipt)?;
    let before_received = whole.received();
    let lines = write_lines(tx, lines, &counted).await?;
    move_stock(tx, &whole.items, &counted, now).await?;
    let is_whole = whole.items.iter().all(|item| {
        let now_received = counted.get(&item.id).map_or(0, |(received, _)| *received);
        before_received.get(&item.id).copied().unwrap_or(0) + now_received >= item.quantity
    });
    let planned =
        if receipt.refund { amount(&whole, &before_received, &counted, is_whole && receipt.refund_shipping) } else { 0 };
    let currency =
        Currency::from_code(&whole.order.currency).ok_or_else(|| Fault::Corrupt(format!("currency {}", whole.order.currency)))?;
    let order = tell_order(tx, origin, &whole, &row, &lines, is_whole, terms, now).await?;
    let ledger = Ledger { tx, origin, rules, reason: terms.reason(), now };
    let (order, refund_minor) = pay_back(&ledger, order, planned).await?;
    let change = order_return::ActiveModel {
        id: Set(row.id),
        status: Set(ReturnStatus::Received),
        refund_minor: Set(refund_minor),
        updated_at: Set(now),
        received_at: Set(Some(now)),
        ..Default::default()
    };
    let row = order_return::Entity::update(change).exec(tx).await?;
    tracing::info!(order = %order.number, refund = format_minor(refund_minor, currency), "goods came back");
    Ok(Changed { row, lines, order, replayed: false })
}

/// What came of each line.
fn count(lines: &[return_line::Model], receipt: &Receipt) -> Result<Counted, Failure<Code>> {
    let Some(pieces) = &receipt.pieces else {
        let whole = |line: &return_line::Model| (line.quantity, if receipt.restock { line.quantity } else { 0 });
        return Ok(lines.iter().map(|line| (line.order_item_id, whole(line))).collect());
    };
    let mut counted = Counted::new();
    for (index, piece) in pieces.iter().enumerate() {
        let at = |field: &str| ["lines".to_owned(), index.to_string(), field.to_owned()];
        let line = lines.iter().find(|line| Some(line.order_item_id) == piece.item);
        let line = line.ok_or_else(|| Failure::refused(Code::NotFound, at("item"), "the return has no such line"))?;
        if piece.quantity < 0 {
            return Err(Failure::refused(Code::InvalidQuantity, at("quantity"), "must not be below 0"));
        }
        // A line may be named twice: some pieces go back to stock, others do not.
        let entry = counted.entry(line.order_item_id).or_insert((0, 0));
        let left = line.quantity - entry.0;
        let quantity = i32::try_from(piece.quantity).ok().filter(|quantity| *quantity <= left).ok_or_else(|| {
            let detail = Detail { available: Some(left.into()), ..Default::default() };
            Refusal::new(Code::QuantityExceeded, at("quantity"), format!("only {left} pieces were announced")).with(detail)
        })?;
        *entry = (entry.0 + quantity, entry.1 + if piece.restock { quantity } else { 0 });
    }
    match counted.values().any(|(received, _)| *received > 0) {
        true => Ok(counted),
        false => Err(Failure::refused(Code::Empty, ["lines"], "nothing came; call the return off instead")),
    }
}

async fn write_lines(
    tx: &DatabaseTransaction,
    lines: Vec<return_line::Model>,
    counted: &Counted,
) -> Result<Vec<return_line::Model>, Fault> {
    let mut written = Vec::with_capacity(lines.len());
    for mut line in lines {
        (line.received, line.restocked) = counted.get(&line.order_item_id).copied().unwrap_or((0, 0));
        let change = line.clone().into_active_model().reset_all();
        return_line::Entity::update(change).exec(tx).await?;
        written.push(line);
    }
    Ok(written)
}

/// Moves pieces that the order had taken out of stock: back, or off the books. Imported lines never took any.
async fn move_stock(
    tx: &DatabaseTransaction,
    items: &[order_item::Model],
    counted: &Counted,
    now: Timestamp,
) -> Result<(), Fault> {
    let (mut back, mut off) = (Vec::new(), Vec::new());
    for item in items {
        let Some((received, restocked)) = counted.get(&item.id).copied() else { continue };
        let moved = received.min(item.stock_taken);
        let Some(variant) = item.variant_id.filter(|_| moved > 0) else { continue };
        let restocked = restocked.min(moved);
        back.push((variant, i64::from(restocked)));
        off.push((variant, i64::from(moved - restocked)));
        let change =
            order_item::ActiveModel { id: Set(item.id), stock_taken: Set(item.stock_taken - moved), ..Default::default() };
        order_item::Entity::update(change).exec(tx).await?;
    }
    // Both kinds of rows are locked in id order before either moves.
    let variants = |pieces: &[(entity::id::VariantId, i64)]| pieces.iter().copied().filter(|(_, n)| *n > 0).collect::<Vec<_>>();
    let all: Vec<_> = inventory::per_variant(back.iter().chain(&off).copied()).into_keys().collect();
    inventory::lock_goods(tx, &all, &[]).await?;
    inventory::give_back(tx, variants(&back), now).await?;
    inventory::write_off(tx, variants(&off), now).await
}

/// What is paid back for what came: its share of what the lines cost after tax and discount, and shipping when asked.
fn amount(whole: &Whole, before: &HashMap<OrderItemId, i32>, counted: &Counted, with_shipping: bool) -> i64 {
    let order = &whole.order;
    let value = |pieces: &dyn Fn(&order_item::Model) -> i32| -> i64 {
        whole.items.iter().map(|item| i64::from(pieces(item)).saturating_mul(item.unit_price_minor)).fold(0, i64::saturating_add)
    };
    let earlier = value(&|item| before.get(&item.id).copied().unwrap_or(0));
    let now = value(&|item| counted.get(&item.id).map_or(0, |(received, _)| *received));
    let paid = order.total_minor - order.shipping_minor;
    worth(earlier, now, order.subtotal_minor, paid) + if with_shipping { order.shipping_minor } else { 0 }
}

/// Tells the order of it; once everything came back it is RETURNED.
#[allow(clippy::too_many_arguments, reason = "the parts of one command")]
async fn tell_order(
    tx: &DatabaseTransaction,
    origin: &Origin,
    whole: &Whole,
    row: &order_return::Model,
    lines: &[return_line::Model],
    is_whole: bool,
    terms: &Terms,
    now: Timestamp,
) -> Result<order::Model, Fault> {
    let before = &whole.order;
    let mut changes = vec![
        Change::new("return", row.id.to_string(), row.id.to_string()),
        Change::new("returnStatus", row.status.as_str(), ReturnStatus::Received.as_str()),
        Change::new("returnLines", serde_json::Value::Null, told(lines)),
    ];
    let received =
        order_change::store(tx, origin, before, before.clone(), "RETURN_RECEIVED", terms.reason(), &changes, now).await?;
    if !is_whole || !state::allows(before.status, Action::Return) {
        return Ok(received);
    }
    let mut after = received.clone();
    after.status = OrderStatus::Returned;
    after.fulfillment_status = state::fulfillment_of(after.status, received.fulfillment_status);
    changes = vec![Change::new("status", received.status.as_str(), after.status.as_str())];
    if after.fulfillment_status != received.fulfillment_status {
        let (old, new) = (received.fulfillment_status.as_str(), after.fulfillment_status.as_str());
        changes.push(Change::new("fulfillmentStatus", old, new));
    }
    let kind = state::event_of(OrderStatus::Returned);
    order_change::store(tx, origin, &received, after, kind, terms.reason(), &changes, now).await
}

/// Pays back what was planned, as far as there is something to pay back: over the order's payments, oldest first. Money that a
/// provider moved goes back by a job after the commit.
async fn pay_back(ledger: &Ledger<'_>, order: order::Model, planned: i64) -> Result<(order::Model, i64), Failure<Code>> {
    if planned <= 0 {
        return Ok((order, 0));
    }
    let mut books = Books::of(ledger.tx, order).await?;
    let mut rest = planned;
    for payment in books.payments.clone() {
        let take = books.refundable(&payment).min(rest);
        if take > 0 {
            refund::reserve(ledger, &mut books, &payment, take, By::Job).await?;
            rest -= take;
        }
    }
    Ok((books.order, planned - rest))
}
