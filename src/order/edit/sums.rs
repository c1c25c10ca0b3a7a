//! The sums of an order that was changed: total and state of payments follow its lines, shipping and discount (I5).

use entity::order;
use sea_orm::DatabaseTransaction;

use crate::{
    event::Change,
    fault::Fault,
    money::{Currency, MAX_MINOR, format_minor},
    order::{
        pricing::{self, PaymentSum},
        query,
    },
};

/// What was paid beyond the total and not given back yet, in minor units.
pub fn refund_due(order: &order::Model) -> i64 {
    (order.paid_minor - order.refunded_minor - order.total_minor).max(0)
}

/// Whether the sums of an order are within what an order can hold.
pub(in crate::order) fn is_in_range(order: &order::Model) -> bool {
    total(order).is_some()
}

fn total(order: &order::Model) -> Option<i64> {
    if order.subtotal_minor.abs() > MAX_MINOR {
        return None;
    }
    let discount = discount(order);
    pricing::totals([order.subtotal_minor], order.shipping_minor, order.tax_minor, discount).map(|sums| sums.total)
}

/// A discount was given on goods: when they become fewer it is never more than what is left of them.
fn discount(order: &order::Model) -> i64 {
    order.discount_minor.min(order.subtotal_minor.max(0))
}

/// Derives discount, total and state of payments of a changed order, and tells what became of its sums. Nothing is touched
/// when neither the lines' sum nor shipping changed.
///
/// # Errors
/// [`Fault::Internal`] for sums out of range, of which [`is_in_range`] tells before.
pub(in crate::order) async fn settle(
    tx: &DatabaseTransaction,
    before: &order::Model,
    after: &mut order::Model,
) -> Result<Vec<Change>, Fault> {
    if (before.subtotal_minor, before.shipping_minor) == (after.subtotal_minor, after.shipping_minor) {
        return Ok(Vec::new());
    }
    after.total_minor = total(after).ok_or_else(|| Fault::Internal("an order's sums are out of range".into()))?;
    after.discount_minor = discount(after);
    if before.total_minor != after.total_minor {
        let payments = query::payments_by_order(tx, &[after.id]).await?.remove(&after.id).unwrap_or_default();
        let sums: Vec<PaymentSum> = payments
            .iter()
            .map(|payment| PaymentSum {
                status: payment.status,
                captured: payment.captured_minor,
                refunded: payment.refunded_minor,
            })
            .collect();
        after.payment_status = pricing::payment_status(after.total_minor, &sums);
    }
    differences(before, after)
}

fn differences(before: &order::Model, after: &order::Model) -> Result<Vec<Change>, Fault> {
    let currency = Currency::from_code(&after.currency).ok_or_else(|| Fault::Corrupt(format!("currency {}", after.currency)))?;
    let sums = [
        ("subtotal", before.subtotal_minor, after.subtotal_minor),
        ("shipping", before.shipping_minor, after.shipping_minor),
        ("discount", before.discount_minor, after.discount_minor),
        ("total", before.total_minor, after.total_minor),
    ];
    let text = |minor| format_minor(minor, currency);
    let mut changes: Vec<Change> = sums
        .into_iter()
        .filter(|(_, old, new)| old != new)
        .map(|(field, old, new)| Change::new(field, text(old), text(new)))
        .collect();
    if before.payment_status != after.payment_status {
        changes.push(Change::new("paymentStatus", before.payment_status.as_str(), after.payment_status.as_str()));
    }
    Ok(changes)
}
