//! By how much a figure grew. Pure: one rule for all figures that tell it (STAT-05, STAT-09).

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive as _};

/// By how many percent `now` is more than `before`, to two digits: 0 when both are 0, none when only `before` is, for there was
/// nothing to grow from. A ratio, not money.
pub fn growth(now: i64, before: i64) -> Option<f64> {
    if before == 0 {
        return (now == 0).then_some(0.0);
    }
    let grown = (Decimal::from(now) - Decimal::from(before)) * Decimal::from(100);
    // A negative sum that becomes less negative grew.
    let percent = grown.checked_div(Decimal::from(before.unsigned_abs()))?;
    rounded(percent, 2)
}

/// A ratio to so many digits, halves away from zero, as money is rounded.
pub fn rounded(ratio: Decimal, digits: u32) -> Option<f64> {
    ratio.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero).to_f64()
}

#[cfg(test)]
mod tests {
    use super::growth;

    #[test]
    fn growth_is_in_percent_of_what_was() {
        assert_eq!(growth(3, 2), Some(50.0));
        assert_eq!(growth(2, 3), Some(-33.33));
        assert_eq!([growth(41, 32), growth(137, 32), growth(23, 32)], [Some(28.13), Some(328.13), Some(-28.13)]);
        assert_eq!(growth(0, 0), Some(0.0));
        assert_eq!(growth(1, 0), None);
        assert_eq!(growth(-1, 0), None);
        assert_eq!(growth(0, 4), Some(-100.0));
        assert_eq!(growth(0, -5), Some(100.0));
        assert_eq!(growth(i64::MAX, 1).map(f64::is_finite), Some(true));
    }
}
