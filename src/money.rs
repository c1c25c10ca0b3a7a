//! Money: whole minor units of a currency, and the exact decimal text that stands for them.
//!
//! Nothing here is a float, and nothing rounds without saying how.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};

/// A currency of ISO 4217 that amounts can be in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency {
    code: [u8; 3],
    digits: u8,
}

impl Currency {
    /// The currency of a three-letter code in capitals; `None` for codes unknown to ISO 4217 and for those without
    /// minor units, such as gold.
    pub fn from_code(code: &str) -> Option<Self> {
        let known = iso_currency::Currency::from_code(code)?;
        let digits = u8::try_from(known.exponent()?).ok()?;
        let code = <[u8; 3]>::try_from(known.code().as_bytes()).ok()?;
        Some(Self { code, digits })
    }

    /// The three letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or("XXX")
    }

    /// How many decimal digits an amount has: 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn digits(&self) -> u8 {
        self.digits
    }
}

impl serde::Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> serde::Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::from_code(&code).ok_or_else(|| serde::de::Error::custom("not a currency"))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The codes of all currencies with that many digits.
pub fn codes_with_digits(digits: u32) -> Vec<&'static str> {
    <iso_currency::Currency as iso_currency::IntoEnumIterator>::iter()
        .filter(|currency| currency.exponent().is_some_and(|exponent| u32::from(exponent) == digits))
        .map(|currency| currency.code())
        .collect()
}

/// Why an amount is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAmount {
    /// Not digits with at most one point.
    #[error("an amount is a decimal string such as \"29.99\"")]
    NotDecimal,
    /// More digits after the point than the currency has.
    #[error("{currency} has {digits} decimal digits; the amount has more")]
    TooPrecise {
        /// The currency.
        currency: Currency,
        /// How many digits it has.
        digits: u8,
    },
    /// Beyond what an order can hold.
    #[error("the amount is out of range")]
    OutOfRange,
    /// Below zero where it may not be.
    #[error("the amount must not be negative")]
    Negative,
}

/// Largest amount of one order or price: far above any shop's, far below where sums over a million orders overflow.
pub const MAX_MINOR: i64 = 1_000_000_000_000;

/// Reads a plain decimal: an optional minus, digits, an optional point with digits. No exponent, no plus, no spaces.
///
/// # Errors
/// [`InvalidAmount::NotDecimal`] for any other text, [`InvalidAmount::OutOfRange`] for more than 28 digits.
pub fn parse_decimal(text: &str) -> Result<Decimal, InvalidAmount> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return Err(InvalidAmount::NotDecimal);
    }
    if unsigned.len() > 29 {
        return Err(InvalidAmount::OutOfRange);
    }
    Decimal::from_str_exact(text).map_err(|_| InvalidAmount::OutOfRange)
}

/// The minor units of a decimal amount, which may be negative.
///
/// # Errors
/// [`InvalidAmount::TooPrecise`] rather than rounding, [`InvalidAmount::OutOfRange`] beyond [`MAX_MINOR`].
pub fn to_minor(amount: Decimal, currency: Currency) -> Result<i64, InvalidAmount> {
    let scaled = amount.checked_mul(Decimal::from(10_i64.pow(u32::from(currency.digits)))).ok_or(InvalidAmount::OutOfRange)?;
    if !scaled.fract().is_zero() {
        return Err(InvalidAmount::TooPrecise { currency, digits: currency.digits });
    }
    let minor = i64::try_from(scaled.trunc()).map_err(|_| InvalidAmount::OutOfRange)?;
    if minor.abs() > MAX_MINOR {
        return Err(InvalidAmount::OutOfRange);
    }
    Ok(minor)
}

/// The minor units of an amount that is zero or more.
///
/// # Errors
/// As [`to_minor`], and [`InvalidAmount::Negative`].
pub fn to_minor_unsigned(amount: Decimal, currency: Currency) -> Result<i64, InvalidAmount> {
    match to_minor(amount, currency)? {
        minor if minor < 0 => Err(InvalidAmount::Negative),
        minor => Ok(minor),
    }
}

/// The exact text of minor units: `2999` EUR is `29.99`, `2999` JPY is `2999`.
pub fn format_minor(minor: i64, currency: Currency) -> String {
    let digits = usize::from(currency.digits);
    let mut text = minor.unsigned_abs().to_string();
    if digits > 0 {
        if text.len() <= digits {
            text.insert_str(0, &"0".repeat(digits + 1 - text.len()));
        }
        text.insert(text.len() - digits, '.');
    }
    if minor < 0 {
        text.insert(0, '-');
    }
    text
}

/// `sum ÷ count` in whole minor units, halves away from zero; 0 when nothing was counted.
pub fn average_minor(sum: i64, count: i64) -> i64 {
    if count == 0 {
        return 0;
    }
    let quotient = Decimal::from(sum) / Decimal::from(count);
    i64::try_from(quotient.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(code: &str) -> Currency {
        Currency::from_code(code).unwrap()
    }

    #[test]
    fn currencies_have_their_own_digits() {
        assert_eq!(format_minor(2999, currency("EUR")), "29.99");
        assert_eq!(format_minor(2999, currency("JPY")), "2999");
        assert_eq!(format_minor(5, currency("KWD")), "0.005");
        assert_eq!(format_minor(-5, currency("EUR")), "-0.05");
        assert!(Currency::from_code("XAU").is_none());
        assert!(Currency::from_code("eur").is_none());
    }

    #[test]
    fn only_plain_decimals_are_amounts() {
        for text in ["", "NaN", "1e400", "1e2", "+1", " 1", "1.", ".5", "1.2.3", "1,5", "--1", "Infinity", "0x10"] {
            assert_eq!(parse_decimal(text), Err(InvalidAmount::NotDecimal), "{text}");
        }
        assert_eq!(parse_decimal(&"9".repeat(60)), Err(InvalidAmount::OutOfRange));
        let eur = currency("EUR");
        let minor = |text: &str| to_minor(parse_decimal(text).unwrap(), eur);
        assert_eq!(minor("29.99"), Ok(2999));
        assert_eq!(minor("29.990"), Ok(2999));
        assert!(matches!(minor("0.001"), Err(InvalidAmount::TooPrecise { .. })));
        assert_eq!(minor("99999999999999"), Err(InvalidAmount::OutOfRange));
        assert_eq!(to_minor_unsigned(parse_decimal("-1").unwrap(), eur), Err(InvalidAmount::Negative));
    }

    #[test]
    fn averages_round_half_away_from_zero() {
        assert_eq!(average_minor(5, 2), 3);
        assert_eq!(average_minor(4, 3), 1);
        assert_eq!(average_minor(7, 0), 0);
    }

    proptest! {
        #[test]
        fn text_and_minor_units_say_the_same(minor in -MAX_MINOR..=MAX_MINOR, code in prop::sample::select(vec!["EUR", "JPY", "KWD", "BRL"])) {
            let currency = currency(code);
            let text = format_minor(minor, currency);
            prop_assert_eq!(to_minor(parse_decimal(&text).unwrap(), currency), Ok(minor));
            prop_assert_eq!(Decimal::new(minor, u32::from(currency.digits())).to_string(), text);
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = parse_decimal(&text);
        }
    }
}
