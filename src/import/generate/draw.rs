//! What chance decides about an order: how its life went, how it was paid.

use entity::{
    stored::{OrderStatus, PaymentGateway, PaymentStatus, PaymentType},
    time::Timestamp,
};
use rand::{RngExt as _, rngs::StdRng};
use rust_decimal::Decimal;

use crate::import::record::{PaymentRecord, Times};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// One of a list, all alike.
pub fn one<'a, T>(chance: &mut StdRng, list: &'a [T]) -> &'a T {
    &list[chance.random_range(0..list.len())]
}

/// A place in a list of weights.
pub fn weighted(chance: &mut StdRng, weights: &[u32]) -> usize {
    let mut left = chance.random_range(0..weights.iter().sum::<u32>().max(1));
    for (place, weight) in weights.iter().enumerate() {
        match left.checked_sub(*weight) {
            Some(rest) => left = rest,
            None => return place,
        }
    }
    0
}

/// A number below `end`; small ones come much more often.
pub fn skewed(chance: &mut StdRng, end: u32) -> u32 {
    let share: f64 = chance.random();
    ((share * share * share * f64::from(end)) as u32).min(end.saturating_sub(1))
}

/// A carrier's number.
pub fn tracking_number(chance: &mut StdRng) -> String {
    format!("1Z{:012X}", chance.random::<u64>() >> 16)
}

/// How far an order came, and when.
pub struct Life {
    /// Where it ended.
    pub status: OrderStatus,
    /// When it went through its life.
    pub times: Times,
}

impl Life {
    /// Why it was cancelled.
    pub fn cancel_reason(&self) -> Option<String> {
        (self.status == OrderStatus::Cancelled).then(|| "The buyer changed their mind".to_owned())
    }
}

/// The life of an order until a moment. Most are delivered within two weeks; a few are called off, and a few stand still.
pub fn life(chance: &mut StdRng, placed: Timestamp, until: Timestamp) -> Life {
    let mut at = placed;
    let mut next = |hours: std::ops::Range<i64>| {
        at = at.plus_seconds(chance.random_range(hours.start * HOUR..hours.end * HOUR));
        Some(at).filter(|at| *at <= until)
    };
    let mut times = Times {
        confirmed: next(0..12),
        processing: next(1..36),
        shipped: next(2..72),
        delivered: next(20..240),
        ..Times::placed(placed)
    };
    // How far it comes at most: no further than placed, confirmed, processing, shipped, or all the way; the last is cancelled.
    let fate = weighted(chance, &[8, 6, 6, 10, 920, 50]);
    if fate < 4 || fate == 5 {
        times.delivered = None;
    }
    if fate < 3 || (fate == 5 && chance.random_bool(0.9)) {
        times.shipped = None;
    }
    if fate < 2 || (fate == 5 && chance.random_bool(0.5)) {
        times.processing = None;
    }
    if fate < 1 || (fate == 5 && chance.random_bool(0.5)) {
        times.confirmed = None;
    }
    if fate == 5 {
        let last = times.shipped.or(times.processing).or(times.confirmed).unwrap_or(placed);
        times.cancelled = Some(last.plus_seconds(chance.random_range(HOUR..5 * DAY))).filter(|at| *at <= until);
    }
    let status = match times {
        Times { cancelled: Some(_), .. } => OrderStatus::Cancelled,
        Times { delivered: Some(_), .. } => OrderStatus::Delivered,
        Times { shipped: Some(_), .. } => OrderStatus::Shipped,
        Times { processing: Some(_), .. } => OrderStatus::Processing,
        Times { confirmed: Some(_), .. } => OrderStatus::Confirmed,
        _ => OrderStatus::Pending,
    };
    Life { status, times }
}

/// The payments of an order over its total: none, one, or a voucher and another.
pub fn payments(chance: &mut StdRng, total: Decimal, life: &Life) -> Vec<PaymentRecord> {
    let paid = life.times.confirmed.or(life.times.processing).or(life.times.shipped);
    let status = match (paid, life.status) {
        (Some(_), _) => PaymentStatus::Paid,
        (None, OrderStatus::Cancelled) => [PaymentStatus::Failed, PaymentStatus::Cancelled][weighted(chance, &[1, 1])],
        (None, _) if chance.random_bool(0.5) => return Vec::new(),
        (None, _) => PaymentStatus::Pending,
    };
    let voucher = if status == PaymentStatus::Paid && chance.random_bool(0.03) {
        (total / Decimal::from(4)).trunc()
    } else {
        Decimal::ZERO
    };
    let (kind, method) = [
        (PaymentType::Credit, "Credit Card"),
        (PaymentType::Debit, "Debit Card"),
        (PaymentType::Transfer, "Bank Transfer"),
        (PaymentType::Cash, "Cash"),
    ][weighted(chance, &[70, 12, 15, 3])];
    let mut payments = Vec::with_capacity(2);
    for (kind, method, amount) in [(PaymentType::Voucher, "Voucher", voucher), (kind, method, total - voucher)] {
        if kind == PaymentType::Voucher && amount.is_zero() {
            continue;
        }
        // Of providers only what is settled: of the rest somebody would ask them.
        let card = matches!(kind, PaymentType::Credit | PaymentType::Debit) && status == PaymentStatus::Paid;
        payments.push(PaymentRecord {
            sequence: payments.len() as i32 + 1,
            kind,
            gateway: if card && chance.random_bool(0.8) { PaymentGateway::Stripe } else { PaymentGateway::Manual },
            status,
            amount,
            captured: None,
            refunded: None,
            reference: Some(format!("pi_{:016x}", chance.random::<u64>()).into()),
            method: Some(method.into()),
            begun_at: None,
            paid_at: paid.filter(|_| status == PaymentStatus::Paid),
        });
    }
    payments
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn a_life_goes_forward_and_ends_in_time() {
        let (placed, until) = (Timestamp(1_000_000_000_000_000), Timestamp(1_000_000_000_000_000).plus_seconds(9 * DAY));
        for seed in 0..2_000 {
            let life = life(&mut StdRng::seed_from_u64(seed), placed, until);
            let times = life.times;
            let known: Vec<_> = [times.confirmed, times.processing, times.shipped, times.delivered, times.cancelled]
                .into_iter()
                .flatten()
                .collect();
            assert!(known.is_sorted(), "{life:?}", life = known);
            assert!(known.iter().all(|at| (placed..=until).contains(at)));
        }
    }

    #[test]
    fn payments_add_up_to_the_total() {
        let total = Decimal::new(12_345, 2);
        for seed in 0..2_000 {
            let mut chance = StdRng::seed_from_u64(seed);
            let life = life(&mut chance, Timestamp(0), Timestamp(i64::MAX));
            let payments = payments(&mut chance, total, &life);
            let sum: Decimal = payments.iter().map(|payment| payment.amount).sum();
            assert!(payments.is_empty() || sum == total);
        }
    }

    #[test]
    fn small_numbers_come_more_often() {
        let mut chance = StdRng::seed_from_u64(1);
        let small = (0..1_000).filter(|_| skewed(&mut chance, 1_000) < 125).count();
        assert!((400..600).contains(&small), "{small}");
    }
}
