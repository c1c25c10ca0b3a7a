//! `orderRefund`: money of an order is given back over its payments, oldest first (C-44). The order becomes REFUNDED when all
//! of it was given back and its status allows.

use entity::{
    id::{OrderId, RefundId},
    order, payment, refund,
};
use rust_decimal::Decimal;

use super::change::finish;
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::Origin,
    fault::{Failure, Fault, Refusal},
    idempotency::{Claim, Key},
    money::format_minor,
    payment::{
        attempt::By,
        books::Books,
        change::{self, Code, Terms},
        ledger::currency_of,
        refund::{self as refunds, Reserved, expect_reachable},
    },
};

/// What is given back of one payment.
#[derive(Clone, Debug)]
pub struct Part {
    /// The payment as it is now.
    pub payment: payment::Model,
    /// What could be given back of it before.
    pub refundable: i64,
    /// The refund; none when nothing is taken of this payment.
    pub refund: Option<refund::Model>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Refunded {
    /// The order as it is now.
    pub order: order::Model,
    /// Its payments of which something could be given back, oldest first.
    pub parts: Vec<Part>,
    /// What could be given back in all before.
    pub refundable: i64,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
    /// What providers refused.
    pub problems: Vec<Refusal<Code>>,
}

/// What the first transaction came to.
#[allow(clippy::large_enum_variant, reason = "made and taken apart once a call")]
enum Begun {
    Replayed(Vec<RefundId>),
    Reserved(Refunded, Vec<Reserved>),
}

/// Gives money of an order back; `amount` tells how much, else all that can be.
///
/// # Errors
/// [`Code`] for the business. What a provider refuses is told beside the refunds.
pub(crate) async fn refund(
    app: &App,
    origin: &Origin,
    id: OrderId,
    amount: Option<Decimal>,
    terms: Terms,
) -> Result<Refunded, Failure<Code>> {
    authorise(&origin.actor, Right::OrderRefund, &app.config.orders)?;
    terms.check(&[])?;
    let key = terms.key(origin, Right::OrderRefund, &(id, amount))?;
    let (refunded, reserved) = match retrying(|| Box::pin(begin(app, origin, id, amount, &terms, key.as_ref()))).await? {
        Begun::Replayed(refunds) => return replayed(app, id, &refunds).await,
        Begun::Reserved(refunded, _) if terms.dry_run => return Ok(refunded),
        Begun::Reserved(refunded, reserved) => (refunded, reserved),
    };
    let mut problems = Vec::new();
    for reserved in &reserved {
        if let Some(attempt) = reserved.attempt {
            let (_, problem) = refunds::carried(app, origin, reserved.refund.id, attempt).await?;
            problems.extend(problem.map(|problem| Refusal { field: vec!["order".into()], ..problem }));
        }
    }
    let mut parts = Vec::with_capacity(refunded.parts.len());
    for part in refunded.parts {
        parts.push(current(app, part).await?);
    }
    Ok(Refunded { order: order_now(app, id).await?, parts, problems, ..refunded })
}

async fn begin(
    app: &App,
    origin: &Origin,
    id: OrderId,
    amount: Option<Decimal>,
    terms: &Terms,
    key: Option<&Key>,
) -> Result<Begun, Failure<Code>> {
    let tx = app.db.begin().await?;
    if let Some(refunds) = replay(&tx, app, key).await? {
        return Ok(Begun::Replayed(refunds));
    }
    let mut books = change::lock_order(&tx, origin, id, terms).await?;
    let candidates: Vec<(payment::Model, i64)> =
        books.payments.iter().map(|payment| (payment.clone(), books.refundable(payment))).filter(|(_, left)| *left > 0).collect();
    let refundable: i64 = candidates.iter().map(|(_, left)| left).sum();
    let amount = checked(&books, amount, refundable)?;
    let ledger = terms.ledger(app, &tx, origin);
    let (mut parts, mut all, mut rest) = (Vec::new(), Vec::new(), amount);
    for (payment, left) in candidates {
        let take = left.min(rest);
        rest -= take;
        if take > 0 {
            expect_reachable(app, &payment, "order")?;
            let reserved = refunds::reserve(&ledger, &mut books, &payment, take, By::Command).await?;
            all.push(reserved);
        }
        let refund = (take > 0).then(|| all.last().map(|reserved| reserved.refund.clone())).flatten();
        parts.push(Part { payment: books.known(payment.id)?.clone(), refundable: left, refund });
    }
    if let Some(key) = key {
        let ids: Vec<String> = all.iter().map(|reserved| reserved.refund.id.to_string()).collect();
        key.answer(&tx, ids.join(" ")).await?;
    }
    let order = books.order.clone();
    finish(tx, terms.dry_run).await?;
    Ok(Begun::Reserved(Refunded { order, parts, refundable, replayed: false, problems: Vec::new() }, all))
}

/// The amount asked for, or all that can be given back.
fn checked(books: &Books, amount: Option<Decimal>, refundable: i64) -> Result<i64, Failure<Code>> {
    if refundable == 0 {
        return Err(Failure::refused(Code::PaymentNotRefundable, ["order"], "nothing of the order can be given back"));
    }
    let currency = currency_of(&books.order)?;
    let amount = match amount {
        Some(amount) => change::minor(amount, currency)?,
        None => refundable,
    };
    if amount > refundable {
        let message = format!("{} {currency} can be given back", format_minor(refundable, currency));
        return Err(Failure::refused(Code::AmountExceedsRefundable, ["amount"], message));
    }
    Ok(amount)
}

/// Claims the key; the refunds of the first call when this one repeats it.
async fn replay(tx: &sea_orm::DatabaseTransaction, app: &App, key: Option<&Key>) -> Result<Option<Vec<RefundId>>, Failure<Code>> {
    let Some(key) = key else { return Ok(None) };
    match key.claim(tx, String::new(), app.clock.now()).await? {
        Claim::Fresh => Ok(None),
        Claim::Reused => {
            Err(Failure::refused(Code::IdempotencyKeyReused, ["idempotencyKey"], "this key was used with other input"))
        }
        Claim::Replay(answer) => {
            let ids = answer.split_whitespace().map(str::parse).collect::<Result<Vec<RefundId>, _>>();
            Ok(Some(ids.map_err(|_| Fault::Corrupt(format!("idempotent answer {answer}")))?))
        }
    }
}

async fn replayed(app: &App, id: OrderId, refunds: &[RefundId]) -> Result<Refunded, Failure<Code>> {
    let mut parts = Vec::with_capacity(refunds.len());
    for refund in refunds {
        let refund = change::refund_now(app, *refund).await?;
        let payment = change::now(app, refund.payment_id).await?;
        parts.push(Part { payment, refundable: refund.amount_minor, refund: Some(refund) });
    }
    let refundable = parts.iter().map(|part| part.refundable).sum();
    Ok(Refunded { order: order_now(app, id).await?, parts, refundable, replayed: true, problems: Vec::new() })
}

async fn order_now(app: &App, id: OrderId) -> Result<order::Model, Failure<Code>> {
    let order = super::query::by_id(app.db.reader(), id).await?;
    order.ok_or_else(|| Failure::refused(Code::NotFound, ["order"], "the order was deleted meanwhile"))
}

async fn current(app: &App, part: Part) -> Result<Part, Failure<Code>> {
    let payment = change::now(app, part.payment.id).await?;
    let refund = match part.refund {
        Some(refund) => Some(change::refund_now(app, refund.id).await?),
        None => None,
    };
    Ok(Part { payment, refund, ..part })
}
