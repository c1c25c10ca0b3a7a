//! What every change of a way to ship shares: its reasons, its rules, its event.

use entity::{id::ShippingMethodId, stored::EventSubject, time::Timestamp};
use rust_decimal::Decimal;
use sea_orm::{DatabaseTransaction, DbErr};

use crate::{
    event::{self, Change, NewEvent, Origin},
    fault::Refusal,
    idempotency::KeyCodes,
    money::{Currency, to_minor_unsigned},
    text,
};

/// Longest name.
const MAX_NAME: usize = 255;

/// Longest description.
const MAX_DESCRIPTION: usize = 5_000;

/// Most days from placing an order to its delivery.
const MAX_DAYS: i32 = 365;

/// Why a change of a way to ship was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No such way to ship.
    NotFound,
    /// Not an amount of the currency.
    InvalidAmount,
    /// Anything else that is wrong with the input.
    InvalidInput,
    /// The key was used with other input.
    IdempotencyKeyReused,
}

impl KeyCodes for Code {
    const INVALID: Self = Self::InvalidInput;
    const REUSED: Self = Self::IdempotencyKeyReused;
}

/// A name as it is kept.
pub(super) fn name(given: &str) -> Result<String, Refusal<Code>> {
    text::line(given, MAX_NAME).map_err(|problem| Refusal::new(Code::InvalidInput, ["name"], problem))
}

/// A description as it is kept.
pub(super) fn description(given: &str) -> Result<String, Refusal<Code>> {
    text::block(given, MAX_DESCRIPTION).map_err(|problem| Refusal::new(Code::InvalidInput, ["description"], problem))
}

/// A price in minor units.
pub(super) fn price(given: Decimal, currency: Currency) -> Result<i64, Refusal<Code>> {
    to_minor_unsigned(given, currency).map_err(|error| Refusal::new(Code::InvalidAmount, ["price"], error.to_string()))
}

/// A number of days as it is kept.
pub(super) fn days(given: i64) -> Result<i32, Refusal<Code>> {
    let days = i32::try_from(given).ok().filter(|days| (0..=MAX_DAYS).contains(days));
    days.ok_or_else(|| Refusal::new(Code::InvalidInput, ["estimatedDays"], format!("must be between 0 and {MAX_DAYS}")))
}

/// A number of days to hand an order to the carrier, as it is kept.
pub(super) fn handling(given: i64) -> Result<i32, Refusal<Code>> {
    let days = i32::try_from(given).ok().filter(|days| (0..=MAX_DAYS).contains(days));
    days.ok_or_else(|| Refusal::new(Code::InvalidInput, ["handlingDays"], format!("must be between 0 and {MAX_DAYS}")))
}

/// Writes what happened to a way to ship.
pub(super) async fn log(
    tx: &DatabaseTransaction,
    origin: &Origin,
    now: Timestamp,
    id: ShippingMethodId,
    kind: &'static str,
    changes: &[Change],
) -> Result<(), DbErr> {
    let happened = NewEvent { subject: EventSubject::ShippingMethod, subject_id: id.0, place: None, kind, reason: None, changes };
    event::append(tx, origin, now, &happened).await
}
