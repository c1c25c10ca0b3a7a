//! Amounts as PayPal writes them: decimal text, with PayPal's own idea of a currency's digits.

use serde_json::{Value, json};

use super::super::{GatewayError, http::text};
use crate::money::{Currency, format_minor, parse_decimal, to_minor};

/// The currencies that PayPal moves.
const KNOWN: &[&str] = &[
    "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY", "MXN", "MYR", "NOK", "NZD", "PHP",
    "PLN", "SEK", "SGD", "THB", "TWD", "USD",
];

/// Those of which PayPal moves whole units only, whatever ISO 4217 says.
const WHOLE: &[&str] = &["HUF", "JPY", "TWD"];

/// The object of an amount.
///
/// # Errors
/// [`GatewayError::Rejected`] for currencies that PayPal does not move, and rather than rounding.
pub fn to_paypal(minor: i64, currency: Currency) -> Result<Value, GatewayError> {
    let code = currency.code();
    let exact = format_minor(minor, currency);
    let refused = || GatewayError::Rejected(format!("PayPal cannot take {exact} {code}"));
    if !KNOWN.contains(&code) {
        return Err(refused());
    }
    let value = match exact.split_once('.') {
        Some((whole, fraction)) if WHOLE.contains(&code) => {
            if fraction.bytes().any(|digit| digit != b'0') {
                return Err(refused());
            }
            whole.to_owned()
        }
        _ => exact,
    };
    Ok(json!({"currency_code": code, "value": value}))
}

/// The minor units of an amount's object.
pub fn from_paypal(amount: &Value) -> Option<i64> {
    let currency = Currency::from_code(text(amount, "/currency_code")?)?;
    to_minor(parse_decimal(text(amount, "/value")?).ok()?, currency).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(minor: i64, code: &str) -> Result<String, GatewayError> {
        let amount = to_paypal(minor, Currency::from_code(code).unwrap())?;
        assert_eq!(amount["currency_code"], code);
        Ok(amount["value"].as_str().unwrap().to_owned())
    }

    #[test]
    fn digits_are_those_that_paypal_takes() {
        assert_eq!(written(2999, "EUR"), Ok("29.99".into()));
        assert_eq!(written(2999, "JPY"), Ok("2999".into()));
        assert_eq!(written(299_900, "HUF"), Ok("2999".into()));
        assert_eq!(written(299_900, "TWD"), Ok("2999".into()));
    }

    #[test]
    fn what_paypal_cannot_take_is_refused_not_rounded() {
        for (minor, code) in [(299_950, "HUF"), (1, "TWD"), (1000, "KWD"), (1000, "INR")] {
            assert!(matches!(written(minor, code), Err(GatewayError::Rejected(_))), "{minor} {code}");
        }
    }

    #[test]
    fn amounts_are_read_however_many_zeros_they_have() {
        for (value, minor) in [("2999", 299_900), ("2999.00", 299_900)] {
            assert_eq!(from_paypal(&json!({"currency_code": "HUF", "value": value})), Some(minor));
        }
        assert_eq!(from_paypal(&json!({"currency_code": "EUR", "value": "1.999"})), None);
        assert_eq!(from_paypal(&Value::Null), None);
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same(minor in 0_i64..1_000_000_000, code in "EUR|JPY|HUF|USD|TWD") {
            if let Ok(amount) = to_paypal(minor, Currency::from_code(&code).unwrap()) {
                prop_assert_eq!(from_paypal(&amount), Some(minor));
            }
        }
    }
}
