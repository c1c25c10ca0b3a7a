//! Amounts in Stripe's units. They are minor units, but not always those of ISO 4217.
//!
//! Stripe counts ISK and UGX in hundredths that must be zero, MGA in whole ariary, and takes currencies of three digits only
//! with a last digit of zero. HUF and TWD have two digits in payments; only Stripe's payouts round them.

use super::super::GatewayError;
use crate::money::{Currency, format_minor};

/// How many digits Stripe's amounts of a currency have.
fn digits(currency: Currency) -> u32 {
    match currency.code() {
        "ISK" | "UGX" => 2,
        "MGA" => 0,
        _ => u32::from(currency.digits()),
    }
}

/// Our minor units in Stripe's.
///
/// # Errors
/// [`GatewayError::Rejected`] rather than rounding.
pub fn to_stripe(minor: i64, currency: Currency) -> Result<i64, GatewayError> {
    let refused = || GatewayError::Rejected(format!("Stripe cannot take {} {currency}", format_minor(minor, currency)));
    let (ours, theirs) = (u32::from(currency.digits()), digits(currency));
    let amount = if theirs >= ours {
        minor.checked_mul(10_i64.pow(theirs - ours)).ok_or_else(refused)?
    } else {
        let unit = 10_i64.pow(ours - theirs);
        if minor % unit != 0 {
            return Err(refused());
        }
        minor / unit
    };
    if ours == 3 && amount % 10 != 0 {
        return Err(refused());
    }
    Ok(amount)
}

/// Stripe's amount in our minor units; none when it is not a whole number of them.
pub fn from_stripe(amount: i64, currency: Currency) -> Option<i64> {
    let (ours, theirs) = (u32::from(currency.digits()), digits(currency));
    if ours >= theirs {
        return amount.checked_mul(10_i64.pow(ours - theirs));
    }
    let unit = 10_i64.pow(theirs - ours);
    (amount % unit == 0).then_some(amount / unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(code: &str) -> Currency {
        Currency::from_code(code).unwrap()
    }

    #[test]
    fn most_amounts_are_the_same() {
        for code in ["EUR", "USD", "HUF", "TWD", "JPY", "KRW", "CLP", "VND", "XAF"] {
            assert_eq!(to_stripe(1999, currency(code)), Ok(1999), "{code}");
            assert_eq!(from_stripe(1999, currency(code)), Some(1999), "{code}");
        }
    }

    #[test]
    fn special_cases_are_counted_as_stripe_counts() {
        assert_eq!(to_stripe(5, currency("ISK")), Ok(500));
        assert_eq!(from_stripe(500, currency("ISK")), Some(5));
        assert_eq!(from_stripe(550, currency("ISK")), None);
        assert_eq!(to_stripe(5, currency("UGX")), Ok(500));
        assert_eq!(to_stripe(500, currency("MGA")), Ok(5));
        assert_eq!(from_stripe(5, currency("MGA")), Some(500));
    }

    #[test]
    fn what_stripe_cannot_hold_is_refused_not_rounded() {
        assert_eq!(to_stripe(5120, currency("KWD")), Ok(5120));
        for (minor, code) in [(5124, "KWD"), (5125, "BHD"), (550, "MGA"), (i64::MAX, "ISK")] {
            assert!(matches!(to_stripe(minor, currency(code)), Err(GatewayError::Rejected(_))), "{minor} {code}");
        }
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same(minor in 0_i64..1_000_000_000, code in "EUR|JPY|ISK|UGX|MGA|KWD|HUF") {
            if let Ok(amount) = to_stripe(minor, currency(&code)) {
                prop_assert_eq!(from_stripe(amount, currency(&code)), Some(minor));
            }
        }
    }
}
