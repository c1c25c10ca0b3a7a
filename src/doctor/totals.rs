//! I5: totals are those of lines, shipping, tax and discount, exactly; the payment status is that of the payments.

use entity::stored::PaymentStatus;

use super::{Invariant, Report, batch::OrderFacts};
use crate::{
    money::MAX_MINOR,
    order::pricing::{PaymentSum, payment_status},
};

/// Checks the sums of an order.
pub fn examine(order: &OrderFacts, report: &mut Report) {
    report.count(Invariant::Totals, 1);
    let mut found = |message: String| report.found(Invariant::Totals, &order.number, message);
    for line in &order.lines {
        if i128::from(line.quantity) * i128::from(line.unit_price) != i128::from(line.total) {
            found(format!("line {}: {} × {} is not {}", line.position, line.quantity, line.unit_price, line.total));
        }
    }
    let subtotal: i128 = order.lines.iter().map(|line| i128::from(line.total)).sum();
    if i128::from(order.subtotal) != subtotal {
        found(format!("subtotal is {}, its lines say {subtotal}", order.subtotal));
    }
    let [subtotal, shipping, tax, discount] = [order.subtotal, order.shipping, order.tax, order.discount].map(i128::from);
    if i128::from(order.total) != subtotal + shipping + tax - discount {
        found(format!("total is {}, not {subtotal} + {shipping} shipping + {tax} tax - {discount} discount", order.total));
    }
    if let Some(problem) = status_problem(order) {
        found(problem);
    }
}

fn status_problem(order: &OrderFacts) -> Option<String> {
    let mut sums = Vec::with_capacity(order.payments.len());
    for payment in &order.payments {
        let Some(status) = PaymentStatus::from_text(&payment.status) else {
            return Some(format!("{} has the unknown status {}", payment.id, payment.status));
        };
        // Beyond what an order can hold the sums could overflow; I3 tells of such amounts.
        let amounts = [payment.captured, payment.refunded];
        if amounts.iter().any(|amount| !(-MAX_MINOR..=MAX_MINOR).contains(amount)) {
            return None;
        }
        sums.push(PaymentSum { status, captured: payment.captured, refunded: payment.refunded });
    }
    let due = payment_status(order.total, &sums).as_str();
    (order.payment_status != due).then(|| format!("payment status is {}, its payments say {due}", order.payment_status))
}
