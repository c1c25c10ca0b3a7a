//! I3: refunds, those under way too, ≤ captured ≤ authorised and amount; no call of a provider is left open; and the sums on payments and orders are those of the rows beneath.

use entity::time::Timestamp;

use super::{
    Invariant, Report,
    batch::{OrderFacts, Payment},
};

/// How long a call of a provider may be open without anybody hearing of it, in seconds.
const OPEN_FOR: i64 = 3 * 3_600;

/// Checks the payments of an order.
pub fn examine(order: &OrderFacts, now: Timestamp, report: &mut Report) {
    report.count(Invariant::Refunds, order.payments.len());
    for payment in &order.payments {
        for problem in problems(payment, &order.currency, now) {
            report.found(Invariant::Refunds, &payment.id.to_string(), format!("of {}: {problem}", order.number));
        }
    }
    let sum = |amount: fn(&Payment) -> i64| order.payments.iter().map(|payment| i128::from(amount(payment))).sum::<i128>();
    let sums =
        [("paid", order.paid, sum(|payment| payment.captured)), ("refunded", order.refunded, sum(|payment| payment.refunded))];
    for (name, known, sum) in sums {
        if i128::from(known) != sum {
            report.found(Invariant::Refunds, &order.number, format!("{name} is {known}, its payments say {sum}"));
        }
    }
}

fn problems(payment: &Payment, currency: &str, now: Timestamp) -> Vec<String> {
    let Payment { amount, captured, refunded, refund_rows, authorized, pending_refunds, .. } = payment;
    let mut problems = Vec::new();
    if captured > amount {
        problems.push(format!("captured {captured} of {amount}"));
    }
    // What was imported was authorised elsewhere.
    if *authorized > 0 && captured > authorized {
        problems.push(format!("captured {captured} of {authorized} authorised"));
    }
    if *pending_refunds > 0 && refunded + pending_refunds > *captured {
        problems.push(format!("refunds of {pending_refunds} are under way beside {refunded}, of {captured} captured"));
    }
    if payment.started_at.is_some_and(|at| at < now.plus_seconds(-OPEN_FOR)) {
        problems.push("a call of its provider has been open for hours".to_owned());
    }
    if refunded > captured {
        problems.push(format!("refunded {refunded} of {captured} captured"));
    }
    if *captured < 0 || *refunded < 0 {
        problems.push(format!("captured {captured} or refunded {refunded} is below zero"));
    }
    if refund_rows != refunded {
        problems.push(format!("refunded {refunded}, its refunds say {refund_rows}"));
    }
    if payment.currency != currency {
        problems.push(format!("is in {}, the order in {currency}", payment.currency));
    }
    problems
}
