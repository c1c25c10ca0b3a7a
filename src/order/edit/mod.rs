//! `orderEdit`, `orderItemAdd`, `orderItemUpdate`, `orderItemRemove`: the lines of an order changed after it was placed, with
//! note, addresses and way of shipping, in one transaction (ITEM-02, C-05, C-16). Stock and sums follow exactly.

mod lines;
mod plan;
mod shipped;
mod stores;
pub mod sums;

use std::fmt;

use entity::{
    id::{OrderId, OrderItemId},
    order, order_item,
    stored::OrderStatus,
    time::Timestamp,
};
use rust_decimal::Decimal;
use sea_orm::DatabaseTransaction;
use serde::Serialize;

use super::{
    change::{self, Terms},
    create::{MAX_LINES, MAX_QUANTITY, NewLine},
    query, search, state, update,
};
use crate::{
    app::App,
    auth::policy::{Reach, Right, authorise},
    db::retrying,
    event::Origin,
    fault::{Failure, Fault, Refusal},
    fulfillment::{change::How, follow},
    idempotency::{Claim, Key},
    order_return::query as returns,
};

/// What is to be changed of an order. Lists are paths of refusals: `["add", "0", "quantity"]`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Edit {
    /// Note, addresses, way of shipping.
    pub fields: update::Edit,
    /// Lines to add.
    pub add: Vec<NewLine>,
    /// Lines to change.
    pub update: Vec<LineChange>,
    /// Lines to remove.
    pub remove: Vec<OrderItemId>,
}

/// A line to be changed; `None` leaves a field as it is.
#[derive(Clone, Debug, Serialize)]
pub struct LineChange {
    /// The line.
    pub item: OrderItemId,
    /// Pieces; checked here, because the API's integer is wider than what is allowed.
    pub quantity: Option<i64>,
    /// Price of one, by staff.
    pub unit_price: Option<Decimal>,
}

/// Why an edit was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No such order, line or thing, or not the caller's.
    NotFound,
    /// The order, or this of it, cannot be changed in its current status.
    OrderNotEditable,
    /// The line has left already.
    ItemShipped,
    /// An order has at least one line: cancel it instead.
    LastItem,
    /// Too many lines.
    TooManyItems,
    /// Not so many pieces left.
    InsufficientStock,
    /// The product is not on sale.
    NotSellable,
    /// Below 1 or beyond the limit.
    InvalidQuantity,
    /// The price is another one than expected.
    PriceChanged,
    /// Not an amount of the currency, or sums beyond what an order holds.
    InvalidAmount,
    /// Lines, shipping and sums share the order's currency.
    CurrencyMismatch,
    /// An order here is of one store.
    MultipleStores,
    /// Physical goods need an address.
    AddressRequired,
    /// Not an address.
    InvalidAddress,
    /// The caller may not do this with the order.
    Forbidden,
    /// The order changed since the version the caller knew.
    Conflict,
    /// Anything else that is wrong with the input.
    InvalidInput,
    /// The key was used with other input.
    IdempotencyKeyReused,
}

impl From<change::Code> for Code {
    fn from(code: change::Code) -> Self {
        use change::Code as C;
        match code {
            C::NotFound => Self::NotFound,
            C::OrderNotEditable | C::InvalidTransition | C::OrderNotCancellable | C::OrderOnHold => Self::OrderNotEditable,
            C::Forbidden | C::ForceForbidden => Self::Forbidden,
            C::Conflict => Self::Conflict,
            C::InvalidAddress => Self::InvalidAddress,
            C::InvalidInput | C::ReasonRequired => Self::InvalidInput,
            C::IdempotencyKeyReused => Self::IdempotencyKeyReused,
        }
    }
}

/// What came of an edit.
#[derive(Clone, Debug)]
pub struct Edited {
    /// The order as it is now.
    pub order: order::Model,
    /// Its lines when it was just edited; of a replayed answer they are read.
    pub lines: Option<Vec<order_item::Model>>,
    /// The line that was added or changed last.
    pub item: Option<OrderItemId>,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
}

/// Edits an order, by the right of the mutation that asks.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn edit(
    app: &App,
    origin: &Origin,
    right: Right,
    id: OrderId,
    edit: Edit,
    terms: Terms,
) -> Result<Edited, Failure<Code>> {
    let reach = authorise(&origin.actor, right, &app.config.orders)?;
    terms.check().map_err(Failure::told)?;
    update::check_input(&edit.fields, reach).map_err(Failure::told)?;
    edit.check(reach)?;
    let key = terms.key(origin, right, &(id, &edit)).map_err(Failure::told)?;
    retrying(|| edit_once(app, origin, reach, id, &edit, &terms, key.as_ref())).await
}

async fn edit_once(
    app: &App,
    origin: &Origin,
    reach: Reach,
    id: OrderId,
    edit: &Edit,
    terms: &Terms,
    key: Option<&Key>,
) -> Result<Edited, Failure<Code>> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    if let Some(replayed) = claim(&tx, origin, key, id, now).await? {
        return Ok(replayed);
    }
    let before = change::lock(&tx, origin, id).await.map_err(Failure::told)?;
    change::expect_version(&tx, &before, terms.expected_version).await.map_err(Failure::told)?;
    update::may_edit(origin, reach, &before).map_err(Failure::told)?;
    if edit.touches_lines() && !state::allows_goods(before.status) {
        return Err(update::not_editable(&before, ["order"], "The lines of an order").told());
    }
    // What is paid back for goods that come back is their share of these lines.
    if edit.touches_lines() && before.status == OrderStatus::Processing && returns::any(&tx, id).await? {
        let message = "goods of the order have come back or are to come, so its lines stay as they are";
        return Err(Failure::refused(Code::OrderNotEditable, ["order"], message));
    }
    let (mut after, mut changes) = update::edited(&tx, &before, &edit.fields).await.map_err(Failure::told)?;
    let lines = lines::of(&tx, id).await?;
    let plan = match edit.touches_lines() {
        true => Some(lines::change(&tx, &after, &lines, edit, reach, app.config.orders.multi_store, now).await?),
        false => None,
    };
    let kind = kind(edit, !changes.is_empty());
    let item = plan.as_ref().and_then(|plan| plan.last);
    let lines = match plan {
        None => lines,
        Some(plan) => {
            after.subtotal_minor = plan.lines.iter().map(|line| line.total_minor).sum();
            if !sums::is_in_range(&after) {
                return Err(Failure::refused(Code::InvalidAmount, ["order"], "the order's total is out of range"));
            }
            after.search_text = search::renewed(&tx, &after).await?;
            changes.splice(0..0, plan.changes);
            plan.lines
        }
    };
    changes.extend(sums::settle(&tx, &before, &mut after).await?);
    let order = match changes.as_slice() {
        [] => before,
        changes => change::store(&tx, origin, &before, after, kind, terms.reason(), changes, now).await?,
    };
    // What is left may have been sent already.
    let order = follow::edited(&tx, How { origin, reason: terms.reason(), now }, order).await?;
    if let (Some(key), Some(item)) = (key, item) {
        key.answer(&tx, format!("{id} {item}")).await?;
    }
    change::finish(tx, terms.dry_run).await?;
    if !terms.dry_run {
        tracing::info!(order = %order.number, total = order.total_minor, kind, "order edited");
    }
    Ok(Edited { order, lines: Some(lines), item, replayed: false })
}

/// The event of an edit: named by what it is when it is one thing only.
fn kind(edit: &Edit, changes_fields: bool) -> &'static str {
    match (edit.add.is_empty(), edit.update.is_empty(), edit.remove.is_empty(), changes_fields) {
        (true, true, true, _) => "ORDER_UPDATED",
        (false, true, true, false) => "ORDER_ITEM_ADDED",
        (true, false, true, false) => "ORDER_ITEM_UPDATED",
        (true, true, false, false) => "ORDER_ITEM_REMOVED",
        _ => "ORDER_EDITED",
    }
}

/// Claims the key of an edit; its answer is the order and the line, of which the call that repeats is told again.
async fn claim(
    tx: &DatabaseTransaction,
    origin: &Origin,
    key: Option<&Key>,
    id: OrderId,
    now: Timestamp,
) -> Result<Option<Edited>, Failure<Code>> {
    let Some(key) = key else { return Ok(None) };
    match key.claim(tx, id.to_string(), now).await? {
        Claim::Fresh => Ok(None),
        Claim::Reused => {
            Err(Failure::refused(Code::IdempotencyKeyReused, ["idempotencyKey"], "this key was used with other input"))
        }
        Claim::Replay(answer) => {
            let order = query::visible(tx, &origin.actor, id).await.map_err(query::Unseen::into_failure)?;
            let order = order.ok_or_else(|| Failure::refused(Code::NotFound, ["order"], "Order not found"))?;
            let item = answer.split_once(' ').map(|(_, item)| item.parse());
            let item = item.transpose().map_err(|_| Fault::Corrupt(format!("idempotent answer {answer}")))?;
            Ok(Some(Edited { order, lines: None, item, replayed: true }))
        }
    }
}

impl Edit {
    fn touches_lines(&self) -> bool {
        !(self.add.is_empty() && self.update.is_empty() && self.remove.is_empty())
    }

    /// Everything that can be said without the database, all refusals together.
    fn check(&self, reach: Reach) -> Result<(), Failure<Code>> {
        let mut refusals = Vec::new();
        if self.add.len() + self.update.len() + self.remove.len() > MAX_LINES {
            let message = "one edit changes at most 500 lines";
            return Err(Failure::refused(Code::TooManyItems, [] as [&str; 0], message));
        }
        let mut refuse = |code, at: Vec<String>, message: &str| refusals.push(Refusal::new(code, at, message));
        let in_range = |quantity: i64| (1..=MAX_QUANTITY).contains(&quantity);
        for (index, line) in self.add.iter().enumerate() {
            if !in_range(line.quantity) {
                refuse(Code::InvalidQuantity, path("add", index, "quantity"), "must be between 1 and 1000000");
            }
            if line.variant.is_some() == line.sku.is_some() {
                refuse(Code::InvalidInput, path("add", index, "variant"), "give either variant or sku");
            }
        }
        for (index, line) in self.update.iter().enumerate() {
            if line.quantity.is_none() && line.unit_price.is_none() {
                refuse(Code::InvalidInput, path("update", index, "quantity"), "give quantity or unitPrice");
            }
            if line.quantity.is_some_and(|quantity| !in_range(quantity)) {
                refuse(Code::InvalidQuantity, path("update", index, "quantity"), "must be between 1 and 1000000");
            }
            if line.unit_price.is_some() && reach == Reach::Own {
                refuse(Code::Forbidden, path("update", index, "unitPrice"), "only staff may give this");
            }
        }
        match refusals.is_empty() {
            true => Ok(()),
            false => Err(Failure::Refused(refusals)),
        }
    }
}

/// Where something stands in the input.
fn path(list: &str, index: usize, field: impl fmt::Display) -> Vec<String> {
    vec![list.to_owned(), index.to_string(), field.to_string()]
}
