//! What pieces that come back are worth.

/// What is paid back for pieces whose lines add up to `pieces`, after pieces of `before` came back already, when the lines of
/// the order add up to `lines` and were paid with `paid` (lines plus tax less discounts, without shipping), all in minor units.
///
/// Whatever the parts: when everything has come back, everything was paid back, and never more (I3, I5).
pub fn worth(before: i64, pieces: i64, lines: i64, paid: i64) -> i64 {
    up_to(before.saturating_add(pieces), lines, paid) - up_to(before, lines, paid)
}

/// What is paid back in all for pieces of that sum, rounded down.
fn up_to(pieces: i64, lines: i64, paid: i64) -> i64 {
    if lines <= 0 || paid <= 0 {
        return 0;
    }
    let share = i128::from(pieces.clamp(0, lines)) * i128::from(paid) / i128::from(lines);
    // Never more than `paid`, which is an i64.
    i64::try_from(share).unwrap_or(paid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_discount_is_shared_and_free_goods_are_worth_nothing() {
        assert_eq!(worth(0, 1_000, 3_000, 2_000), 666);
        assert_eq!(worth(1_000, 1_000, 3_000, 2_000), 667);
        assert_eq!(worth(2_000, 1_000, 3_000, 2_000), 667);
        assert_eq!(worth(0, 0, 0, 0), 0);
        assert_eq!(worth(0, 10, 10, 12), 12);
    }

    proptest! {
        #[test]
        fn the_parts_add_up_to_the_whole(prices in prop::collection::vec(0..1_000_000_i64, 1..12), rate in 0..200_i64) {
            let lines: i64 = prices.iter().sum();
            let paid = lines * rate / 100;
            let (mut before, mut sum) = (0, 0);
            for price in prices {
                let part = worth(before, price, lines, paid);
                prop_assert!(part >= 0);
                sum += part;
                before += price;
            }
            prop_assert_eq!(sum, if lines > 0 { paid } else { 0 });
        }

        #[test]
        fn nothing_overflows(before in any::<i64>(), pieces in 0..i64::MAX, lines in any::<i64>(), paid in any::<i64>()) {
            worth(before.max(0), pieces, lines, paid);
        }
    }
}
