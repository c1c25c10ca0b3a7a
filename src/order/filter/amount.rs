//! Bounds on totals.

use entity::order;
use sea_orm::{ColumnTrait, Condition};

use super::{AmountRange, Range};

/// A bound on the total is an amount, stored totals are minor units: each possible number of digits has its own bound.
pub fn total(range: &AmountRange, currency: Option<&str>) -> Condition {
    let known = currency.and_then(crate::money::Currency::from_code);
    let mut any = Condition::any();
    for digits in [0_u32, 2, 3, 4] {
        if known.is_some_and(|known| u32::from(known.digits()) != digits) {
            continue;
        }
        let scale = rust_decimal::Decimal::from(10_i64.pow(digits));
        let floor = |bound: &rust_decimal::Decimal| minor(bound.checked_mul(scale).map(|scaled| scaled.floor()), bound);
        let ceil = |bound: &rust_decimal::Decimal| minor(bound.checked_mul(scale).map(|scaled| scaled.ceil()), bound);
        let minor_range = Range {
            gte: range.gte.as_ref().map(ceil),
            gt: range.gt.as_ref().map(floor),
            lte: range.lte.as_ref().map(floor),
            lt: range.lt.as_ref().map(ceil),
        };
        let of_currency = match known {
            Some(known) => order::Column::Currency.eq(known.code()),
            None => order::Column::Currency.is_in(crate::money::codes_with_digits(digits)),
        };
        any = any.add(minor_range.condition(order::Column::TotalMinor).add(of_currency));
    }
    any
}

/// A scaled bound as minor units, held at the ends of the range.
fn minor(scaled: Option<rust_decimal::Decimal>, bound: &rust_decimal::Decimal) -> i64 {
    let end = if bound.is_sign_negative() { i64::MIN } else { i64::MAX };
    scaled.and_then(|scaled| i64::try_from(scaled).ok()).unwrap_or(end)
}
