//! I3: refunds ≤ captured ≤ amount, and the sums on payments and orders are those of the rows beneath.

use super::{
    Invariant, Report,
    batch::{OrderFacts, Payment},
};

/// Checks the payments of an order.
pub fn examine(order: &OrderFacts, report: &mut Report) {
    report.count(Invariant::Refunds, order.payments.len());
    for payment in &order.payments {
        for problem in problems(payment, &order.currency) {
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

fn problems(payment: &Payment, currency: &str) -> Vec<String> {
    let Payment { amount, captured, refunded, refund_rows, .. } = payment;
    let mut problems = Vec::new();
    if captured > amount {
        problems.push(format!("captured {captured} of {amount}"));
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
