//! Changes of status: confirm, process, ship, out for delivery, deliver, cancel, and setting a status (ORD-18 to ORD-23).

use entity::{
    id::{OrderId, RefundId},
    order, order_item, payment, refund,
    stored::{OrderStatus, PaymentGateway, PaymentStatus, RefundStatus},
    time::Timestamp,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};
use serde::Serialize;

use super::{
    change::{self, Changed, Code, Terms},
    hold,
    pricing::{self, PaymentSum},
    query, search, ship_by,
    state::{self, Action, Canceller},
};
use crate::{
    app::App,
    auth::policy::{Reach, Right, authorise},
    clock::random_bytes,
    config::{OrderConfig, RefundPolicy, TransitionPolicy},
    db::retrying,
    event::{Change, Origin},
    fault::{Detail, Failure, Fault, Refusal},
    fulfillment::{change::How, follow},
    inventory,
    money::{Currency, format_minor},
    payment::{books::Books, ledger::Ledger, unwind},
};

/// A change of status.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// The status to come to.
    pub to: OrderStatus,
    /// The carrier's number, with shipping.
    pub tracking_number: Option<String>,
    /// With cancelling: whether goods go back to stock.
    pub restock: bool,
    /// With cancelling: whether paid money goes back.
    pub refund: bool,
}

impl Step {
    /// The plain step to a status.
    pub fn to(status: OrderStatus) -> Self {
        Self { to: status, tracking_number: None, restock: true, refund: true }
    }
}

/// Longest tracking number.
const MAX_TRACKING: usize = 100;

/// Moves an order to a status, by the right of the mutation that asks.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn transition(
    app: &App,
    origin: &Origin,
    right: Right,
    id: OrderId,
    step: Step,
    terms: Terms,
) -> Result<Changed, Failure<Code>> {
    let reach = authorise(&origin.actor, right, &app.config.orders)?;
    terms.check()?;
    if step.tracking_number.as_deref().is_some_and(|number| number.trim().is_empty() || number.chars().count() > MAX_TRACKING) {
        return Err(Failure::refused(Code::InvalidInput, ["trackingNumber"], "must have 1 to 100 characters"));
    }
    if step.tracking_number.as_deref().is_some_and(|number| number.chars().any(char::is_control)) {
        return Err(Failure::refused(Code::InvalidInput, ["trackingNumber"], "is one line of text"));
    }
    let key = terms.key(origin, right, &(id, &step))?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        if let Some(replayed) = change::claim(&tx, origin, key.as_ref(), id, now).await? {
            return Ok(replayed);
        }
        let order = change::lock(&tx, origin, id).await?;
        let order = apply(&tx, origin, &app.config.orders, reach, order, &step, &terms, now).await?;
        change::finish(tx, terms.dry_run).await?;
        if !terms.dry_run {
            tracing::info!(order = %order.number, status = %order.status, force = terms.force, "order status changed");
        }
        Ok(Changed { order, replayed: false })
    })
    .await
}

/// The change itself, on a locked order, inside the caller's transaction.
///
/// # Errors
/// [`Code`] for the business; then nothing was written.
#[allow(clippy::too_many_arguments, reason = "the parts of one command, used by the single and the bulk form")]
pub(crate) async fn apply(
    tx: &DatabaseTransaction,
    origin: &Origin,
    rules: &OrderConfig,
    reach: Reach,
    before: order::Model,
    step: &Step,
    terms: &Terms,
    now: Timestamp,
) -> Result<order::Model, Failure<Code>> {
    change::expect_version(tx, &before, terms.expected_version).await?;
    let lines = order_item::Entity::find()
        .filter(order_item::Column::OrderId.eq(before.id))
        .order_by_asc(order_item::Column::Position)
        .all(tx)
        .await?;
    if reach == Reach::Own && step.to != OrderStatus::Cancelled {
        let foreign = lines.iter().any(|line| !origin.actor.stores().contains(&line.store_id));
        if foreign || lines.is_empty() {
            return Err(Failure::refused(Code::Forbidden, ["order"], "the order holds goods of other stores"));
        }
    }
    let forced = check(origin, rules, &before, step, terms)?;
    let how = How { origin, reason: terms.reason(), now };
    let before = follow::follow(tx, how, before, step.to, step.tracking_number.as_deref().map(str::trim)).await?;
    let mut after = before.clone();
    let mut changes = vec![Change::new("status", before.status.as_str(), step.to.as_str())];
    changes.extend(ship_by::promise(tx, rules, &mut after, step.to, now).await?);
    if forced {
        changes.push(Change::new("forced", false, true));
    }
    after.status = step.to;
    after.fulfillment_status = state::fulfillment_of(step.to, before.fulfillment_status);
    let number = step.tracking_number.as_deref().map(str::trim);
    if let Some(number) = number.filter(|number| before.tracking_number.as_deref() != Some(*number)) {
        changes.push(Change::new("trackingNumber", before.tracking_number.clone(), number));
        after.tracking_number = Some(number.to_owned());
        after.search_text = search::renewed(tx, &after).await?;
    }
    if step.to == OrderStatus::Damaged {
        release(tx, &lines, false, now).await?;
    }
    let gives_back = step.refund && rules.cancel_refund == RefundPolicy::Auto;
    if step.to == OrderStatus::Cancelled {
        changes.extend(hold::end(tx, origin, &mut after, now).await?);
        release(tx, &lines, step.restock, now).await?;
        if gives_back {
            refund_manual_payments(tx, &mut after, &mut changes, terms.reason(), now).await?;
        }
    }
    let order = change::store(tx, origin, &before, after, state::event_of(step.to), terms.reason(), &changes, now).await?;
    if step.to != OrderStatus::Cancelled {
        return Ok(order);
    }
    // What providers hold of it is called off or given back by jobs.
    let mut books = Books::of(tx, order).await?;
    let ledger = Ledger { tx, origin, rules, reason: terms.reason(), now };
    Box::pin(unwind::unwind(&ledger, &mut books, gives_back)).await?;
    Ok(books.order)
}

/// Whether the change may be made to an order as it is: `Ok(true)` only by force. With the reach to all orders this is all
/// that [`apply`] asks.
///
/// # Errors
/// [`Code`] for the business.
pub fn check(
    origin: &Origin,
    rules: &OrderConfig,
    order: &order::Model,
    step: &Step,
    terms: &Terms,
) -> Result<bool, Failure<Code>> {
    let forced = decide(origin, rules, order, step, terms)?;
    hold::expect_free(order, step.to)?;
    Ok(forced)
}

fn decide(origin: &Origin, rules: &OrderConfig, order: &order::Model, step: &Step, terms: &Terms) -> Result<bool, Failure<Code>> {
    let actor = &origin.actor;
    if terms.force && !actor.is_admin() {
        return Err(Failure::refused(Code::ForceForbidden, ["force"], "only administrators may force a status"));
    }
    if step.to == OrderStatus::Cancelled {
        let who = match actor.sees_all() {
            true => Canceller::Staff,
            false if query::is_buyer(actor, order) => Canceller::Buyer,
            false => return Err(Failure::refused(Code::Forbidden, ["order"], "only the buyer or staff may cancel")),
        };
        if state::may_cancel(order.status, who, rules) {
            return Ok(false);
        }
    } else if Action::leading_to(step.to).is_some_and(|action| state::allows(order.status, action)) {
        return Ok(false);
    }
    let free = rules.transitions == TransitionPolicy::FreeForAdmin && actor.is_admin();
    if (terms.force || free) && state::allows_forced(order.status, step.to) {
        return match free || terms.reason().is_some() {
            true => Ok(true),
            false => Err(Failure::refused(Code::ReasonRequired, ["reason"], "forcing a status needs a reason")),
        };
    }
    let detail = Detail { allowed_statuses: state::successors(order.status), ..Default::default() };
    let refusal = match step.to {
        OrderStatus::Cancelled => {
            Refusal::new(Code::OrderNotCancellable, ["order"], "Order cannot be cancelled in its current status")
        }
        to => Refusal::new(Code::InvalidTransition, ["order"], format!("an order that is {} cannot become {to}", order.status)),
    };
    Err(refusal.with(detail).into())
}

/// Gives back what the lines hold of the stock, or writes it off.
pub(super) async fn release(
    tx: &DatabaseTransaction,
    lines: &[order_item::Model],
    restock: bool,
    now: Timestamp,
) -> Result<(), Fault> {
    let held: Vec<_> = lines
        .iter()
        .filter(|line| line.stock_taken > 0)
        .filter_map(|line| line.variant_id.map(|variant| (variant, i64::from(line.stock_taken))))
        .collect();
    let Some(first) = lines.first().filter(|_| !held.is_empty()) else { return Ok(()) };
    match restock {
        true => inventory::give_back(tx, held, now).await?,
        false => inventory::write_off(tx, held, now).await?,
    }
    order_item::Entity::update_many()
        .col_expr(order_item::Column::StockTaken, Expr::value(0))
        .filter(order_item::Column::OrderId.eq(first.order_id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Records that staff hand back what was paid by hand. Money that a provider moved is given back through the provider.
async fn refund_manual_payments(
    tx: &DatabaseTransaction,
    order: &mut order::Model,
    changes: &mut Vec<Change>,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<(), Fault> {
    if order.paid_minor == order.refunded_minor {
        return Ok(());
    }
    let mut payments = payment::Entity::find().filter(payment::Column::OrderId.eq(order.id)).all(tx).await?;
    let refunded_before = order.refunded_minor;
    for payment in &mut payments {
        let left = payment.captured_minor - payment.refunded_minor;
        if payment.gateway != PaymentGateway::Manual || left <= 0 {
            continue;
        }
        let row = refund::ActiveModel {
            id: Set(RefundId::at(now, random_bytes())),
            payment_id: Set(payment.id),
            amount_minor: Set(left),
            reason: Set(reason.map(str::to_owned)),
            status: Set(RefundStatus::Succeeded),
            reference: Set(None),
            failure_message: Set(None),
            created_at: Set(now),
            updated_at: Set(now),
        };
        refund::Entity::insert(row).exec_without_returning(tx).await?;
        payment::Entity::update_many()
            .col_expr(payment::Column::RefundedMinor, Expr::value(payment.captured_minor))
            .col_expr(payment::Column::Status, Expr::value(PaymentStatus::Refunded.as_str()))
            .filter(payment::Column::Id.eq(payment.id))
            .exec(tx)
            .await?;
        payment.refunded_minor = payment.captured_minor;
        payment.status = PaymentStatus::Refunded;
        order.refunded_minor += left;
    }
    if order.refunded_minor == refunded_before {
        return Ok(());
    }
    let sums: Vec<PaymentSum> = payments
        .iter()
        .map(|payment| PaymentSum { status: payment.status, captured: payment.captured_minor, refunded: payment.refunded_minor })
        .collect();
    let status = pricing::payment_status(order.total_minor, &sums);
    let currency = Currency::from_code(&order.currency).ok_or_else(|| Fault::Corrupt(format!("currency {}", order.currency)))?;
    changes.push(Change::new("refunded", format_minor(refunded_before, currency), format_minor(order.refunded_minor, currency)));
    changes.push(Change::new("paymentStatus", order.payment_status.as_str(), status.as_str()));
    order.payment_status = status;
    Ok(())
}

/// What may be done with an order now, by whom it is asked, and why not. `only_own_goods` tells
/// whether the order holds goods of the caller's stores and no others; only sellers' rights hang on it.
pub fn available(
    origin_actor: &crate::auth::actor::Actor,
    rules: &OrderConfig,
    order: &order::Model,
    only_own_goods: bool,
) -> Vec<(Action, Result<(), String>)> {
    Action::ALL.into_iter().map(|action| (action, may(origin_actor, rules, order, action, only_own_goods))).collect()
}

fn may(
    actor: &crate::auth::actor::Actor,
    rules: &OrderConfig,
    order: &order::Model,
    action: Action,
    only_own_goods: bool,
) -> Result<(), String> {
    let right = match action {
        Action::Confirm => Right::OrderConfirm,
        Action::Process => Right::OrderProcess,
        Action::Ship => Right::OrderShip,
        Action::OutForDelivery => Right::OrderOutForDelivery,
        Action::Deliver => Right::OrderDeliver,
        Action::Cancel => Right::OrderCancel,
        Action::Refund | Action::Return | Action::MarkDamaged => Right::OrderStatusUpdate,
        Action::Edit => Right::OrderUpdate,
    };
    let not_yours = || Err("you may not do this with the order".to_owned());
    let Ok(reach) = authorise(actor, right, rules) else { return not_yours() };
    let is_buyer = query::is_buyer(actor, order);
    let (allowed, owns) = match action {
        Action::Cancel => {
            let who = if actor.sees_all() { Canceller::Staff } else { Canceller::Buyer };
            (state::may_cancel(order.status, who, rules), is_buyer)
        }
        Action::Edit => (super::update::is_editable(order.status, reach), is_buyer),
        _ => (state::allows(order.status, action), only_own_goods),
    };
    let free = rules.transitions == TransitionPolicy::FreeForAdmin && actor.is_admin();
    if action.target().is_some_and(|to| hold::expect_free(order, to).is_err()) {
        return Err("the order is on hold".to_owned());
    }
    let allowed = allowed || free && action.target().is_some_and(|to| state::allows_forced(order.status, to));
    if reach == Reach::Own && !owns {
        return not_yours();
    }
    match allowed {
        true => Ok(()),
        false => Err(format!("not possible while the order is {}", order.status)),
    }
}
