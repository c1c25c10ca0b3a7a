//! Sharing amounts exactly: what is handed out adds up to what there was. Pure, in minor units.

/// Shares an amount by weights, by largest remainder: each share is within one unit of its exact part, and all add up to the
/// amount. While the amount is at most the sum of the weights, no share is larger than its weight. Where all weights are 0
/// they count as equal.
pub fn share(amount: i64, weights: &[i64]) -> Vec<i64> {
    let mut weights: Vec<i128> = weights.iter().map(|weight| i128::from(*weight).max(0)).collect();
    if weights.iter().all(|weight| *weight == 0) {
        weights.fill(1);
    }
    let whole: i128 = weights.iter().sum();
    if whole == 0 {
        return Vec::new();
    }
    let amount = i128::from(amount);
    let mut shares: Vec<i128> = weights.iter().map(|weight| (amount * weight).div_euclid(whole)).collect();
    let mut left = amount - shares.iter().sum::<i128>();
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    // A stable sort: of equal remainders the first comes first.
    by_remainder.sort_by_key(|index| std::cmp::Reverse((amount * weights[*index]).rem_euclid(whole)));
    for index in by_remainder {
        if left == 0 {
            break;
        }
        shares[index] += 1;
        left -= 1;
    }
    shares.into_iter().map(|share| i64::try_from(share).unwrap_or(i64::MAX)).collect()
}

/// What of a component belongs to the step from `before` to `after` of a total that is given back in steps: over all steps
/// from 0 to the total it adds up to the component.
pub fn step(component: i64, total: i64, before: i64, after: i64) -> i64 {
    if total == 0 {
        return 0;
    }
    let until = |reached: i64| (i128::from(component) * i128::from(reached)).div_euclid(i128::from(total));
    i64::try_from(until(after) - until(before)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_does_not_divide_goes_to_the_largest_remainders() {
        assert_eq!(share(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(share(490, &[2_000, 2_000]), [245, 245]);
        assert_eq!(share(491, &[2_000, 1_000]), [327, 164]);
        assert_eq!(share(5, &[0, 0]), [3, 2]);
        assert_eq!(share(0, &[7, 3]), [0, 0]);
        assert_eq!(share(5, &[]), Vec::<i64>::new());
    }

    proptest! {
        #[test]
        fn shares_add_up_and_none_is_above_its_weight(weights in prop::collection::vec(0_i64..1_000_000_000_000, 1..20), part in 0.0_f64..=1.0) {
            let whole: i64 = weights.iter().sum();
            #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "any amount up to the whole will do")]
            let amount = ((whole as f64 * part) as i64).clamp(0, whole);
            let shares = share(amount, &weights);
            prop_assert_eq!(shares.iter().sum::<i64>(), amount);
            if whole > 0 {
                prop_assert!(shares.iter().zip(&weights).all(|(share, weight)| (0..=*weight).contains(share)));
            }
        }

        #[test]
        fn steps_add_up(component in 0_i64..1_000_000, mut marks in prop::collection::vec(0_i64..2_000_000, 0..10)) {
            let total = 2_000_000;
            marks.extend([0, total]);
            marks.sort_unstable();
            let sum: i64 = marks.windows(2).map(|pair| step(component, total, pair[0], pair[1])).sum();
            prop_assert_eq!(sum, component);
        }
    }
}
