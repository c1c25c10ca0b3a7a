//! Sums of an order. Pure, in minor units, and refusing rather than wrapping (ORD-09, I5).

use entity::stored::{OrderPaymentStatus, PaymentStatus};

use crate::money::MAX_MINOR;

/// The sums of an order, in minor units of its currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Sum of the lines.
    pub subtotal: i64,
    /// Price of shipping.
    pub shipping: i64,
    /// Tax on top.
    pub tax: i64,
    /// Taken off.
    pub discount: i64,
    /// What the buyer owes.
    pub total: i64,
}

/// `quantity × unit price`; `None` beyond what an order can hold.
pub fn line_total(quantity: i32, unit_price: i64) -> Option<i64> {
    unit_price.checked_mul(i64::from(quantity)).filter(|total| total.abs() <= MAX_MINOR)
}

/// The sums of lines, shipping, tax and discount; `None` beyond what an order can hold, or when the discount is larger
/// than what it is taken off.
pub fn totals(lines: impl IntoIterator<Item = i64>, shipping: i64, tax: i64, discount: i64) -> Option<Totals> {
    let subtotal = lines.into_iter().try_fold(0_i64, i64::checked_add)?;
    let total = subtotal.checked_add(shipping)?.checked_add(tax)?.checked_sub(discount)?;
    (0..=MAX_MINOR).contains(&total).then_some(Totals { subtotal, shipping, tax, discount, total })
}

/// What a payment contributes to the state of its order.
#[derive(Clone, Copy, Debug)]
pub struct PaymentSum {
    /// Its state.
    pub status: PaymentStatus,
    /// Captured, in minor units.
    pub captured: i64,
    /// Given back of that.
    pub refunded: i64,
}

/// How an order over `total` stands with its payments (C-12).
pub fn payment_status(total: i64, payments: &[PaymentSum]) -> OrderPaymentStatus {
    let captured: i64 = payments.iter().map(|payment| payment.captured).sum();
    let refunded: i64 = payments.iter().map(|payment| payment.refunded).sum();
    if captured > 0 {
        return match refunded {
            0 if captured >= total => OrderPaymentStatus::Paid,
            0 => OrderPaymentStatus::PartiallyPaid,
            _ if refunded >= captured => OrderPaymentStatus::Refunded,
            _ => OrderPaymentStatus::PartiallyRefunded,
        };
    }
    let any = |status: PaymentStatus| payments.iter().any(|payment| payment.status == status);
    if any(PaymentStatus::Pending) || any(PaymentStatus::Authorized) {
        OrderPaymentStatus::Pending
    } else if any(PaymentStatus::Failed) {
        OrderPaymentStatus::Failed
    } else {
        OrderPaymentStatus::Unpaid
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sums_beyond_the_range_are_refused() {
        assert_eq!(line_total(i32::MAX, MAX_MINOR), None);
        assert_eq!(totals([MAX_MINOR, 1], 0, 0, 0), None);
        assert_eq!(totals([100], 0, 0, 101), None);
        assert_eq!(totals([], 5, 0, 0).map(|totals| totals.total), Some(5));
    }

    #[test]
    fn an_order_is_paid_when_all_of_it_is() {
        let paid = |captured, refunded| PaymentSum { status: PaymentStatus::Paid, captured, refunded };
        let failed = PaymentSum { status: PaymentStatus::Failed, captured: 0, refunded: 0 };
        let pending = PaymentSum { status: PaymentStatus::Pending, captured: 0, refunded: 0 };
        assert_eq!(payment_status(100, &[]), OrderPaymentStatus::Unpaid);
        assert_eq!(payment_status(100, &[failed]), OrderPaymentStatus::Failed);
        assert_eq!(payment_status(100, &[failed, pending]), OrderPaymentStatus::Pending);
        assert_eq!(payment_status(100, &[paid(60, 0)]), OrderPaymentStatus::PartiallyPaid);
        assert_eq!(payment_status(100, &[paid(60, 0), paid(40, 0)]), OrderPaymentStatus::Paid);
        assert_eq!(payment_status(100, &[paid(100, 1)]), OrderPaymentStatus::PartiallyRefunded);
        assert_eq!(payment_status(100, &[paid(100, 100)]), OrderPaymentStatus::Refunded);
    }

    proptest! {
        #[test]
        fn totals_add_up(lines in prop::collection::vec(0_i64..MAX_MINOR / 100, 0..50), shipping in 0_i64..10_000, tax in 0_i64..10_000, discount in 0_i64..20_000) {
            if let Some(sums) = totals(lines.iter().copied(), shipping, tax, discount) {
                prop_assert_eq!(sums.subtotal, lines.iter().sum::<i64>());
                prop_assert_eq!(sums.total, sums.subtotal + shipping + tax - discount);
            }
        }
    }
}
