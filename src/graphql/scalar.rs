//! The scalars of the API. Input that has not the form of a scalar is refused before anything runs, by the path of the
//! argument; what a scalar cannot know, such as how many digits a currency has, the commands check.

use std::borrow::Cow;

use async_graphql::{InputType, InputValueError, InputValueResult, Number, Scalar, ScalarType, Value, registry::Registry};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use entity::time::Timestamp;
use rust_decimal::Decimal;

use crate::money::{self, Currency};

/// An exact amount as a decimal string with the currency's digits, such as "29.99"; the currency stands beside it on the
/// same object. Input takes strings only: JSON numbers pass through floats.
#[derive(Clone, Debug, PartialEq)]
pub struct Money(Text);

#[derive(Clone, Debug, PartialEq)]
enum Text {
    Given(Decimal),
    Minor(i64, Currency),
}

impl Money {
    /// Minor units of a currency.
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self(Text::Minor(minor, currency))
    }

    /// The amount as it was given.
    pub fn decimal(&self) -> Decimal {
        match self.0 {
            Text::Given(decimal) => decimal,
            Text::Minor(minor, currency) => Decimal::new(minor, u32::from(currency.digits())),
        }
    }
}

/// An exact amount as a decimal string with the currency's digits, such as "29.99"; the currency stands beside it on the
/// same object. Input takes strings only: JSON numbers pass through floats.
#[Scalar(name = "Money")]
impl ScalarType for Money {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => {
                money::parse_decimal(text).map(|decimal| Self(Text::Given(decimal))).map_err(InputValueError::custom)
            }
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn is_valid(value: &Value) -> bool {
        matches!(value, Value::String(text) if money::parse_decimal(text).is_ok())
    }

    fn to_value(&self) -> Value {
        Value::String(match self.0 {
            Text::Given(decimal) => decimal.to_string(),
            Text::Minor(minor, currency) => money::format_minor(minor, currency),
        })
    }
}

/// A moment in UTC, RFC 3339, such as "2024-01-15T10:30:00Z".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(pub Timestamp);

fn parse_moment(text: &str) -> Option<Timestamp> {
    let moment = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
    let year = chrono::Datelike::year(&moment);
    (1..=9999).contains(&year).then(|| moment.into())
}

/// A moment in UTC, RFC 3339, such as "2024-01-15T10:30:00Z".
#[Scalar(name = "DateTime", specified_by_url = "https://scalars.graphql.org/andimarek/date-time")]
impl ScalarType for Moment {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => parse_moment(text).map(Self).ok_or_else(|| InputValueError::custom("not a time by RFC 3339")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn is_valid(value: &Value) -> bool {
        matches!(value, Value::String(text) if parse_moment(text).is_some())
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.datetime().to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// A day, YYYY-MM-DD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub NaiveDate);

fn parse_date(text: &str) -> Option<NaiveDate> {
    let shaped = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    shaped.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()
}

impl Date {
    /// The day a stored text stands for.
    pub fn from_stored(text: &str) -> Option<Self> {
        parse_date(text).map(Self)
    }
}

/// A day, YYYY-MM-DD.
#[Scalar(name = "Date")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => parse_date(text).map(Self).ok_or_else(|| InputValueError::custom("not a day YYYY-MM-DD")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn is_valid(value: &Value) -> bool {
        matches!(value, Value::String(text) if parse_date(text).is_some())
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.format("%Y-%m-%d").to_string())
    }
}

/// A currency by its code of ISO 4217, such as "EUR".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurrencyCode(pub Currency);

/// A currency by its code of ISO 4217, such as "EUR".
#[Scalar(name = "CurrencyCode")]
impl ScalarType for CurrencyCode {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => {
                Currency::from_code(text).map(Self).ok_or_else(|| InputValueError::custom("not a currency of ISO 4217"))
            }
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn is_valid(value: &Value) -> bool {
        matches!(value, Value::String(text) if Currency::from_code(text).is_some())
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.code().to_owned())
    }
}

/// An `Int` argument as it was sent, whatever its size: the one who uses it says what is out of range, by the name of the
/// field, which the engine's own message would not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Int(pub i64);

impl InputType for Int {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        <i32 as InputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <i32 as InputType>::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        match value.unwrap_or_default() {
            Value::Number(number) if number.is_i64() => Ok(Self(number.as_i64().unwrap_or_default())),
            Value::Number(number) if number.is_u64() => Ok(Self(i64::MAX)),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::Number(Number::from(self.0))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

/// A count as an `Int` of the API, held at the largest it can say.
pub fn count(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(if value < 0 { i32::MIN } else { i32::MAX })
}

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
pub enum SortDirection {
    /// Smallest first.
    Asc,
    /// Largest first.
    Desc,
}
