//! Labels of shipping providers (ORD-29): what carriers ask for a parcel, and buying.
//!
//! A purchase goes as a payment does: written down, asked for outside of any transaction, taken over. Giving labels back is not
//! here; that is done at the provider.

pub mod buy;
pub mod carry;
pub mod query;
pub mod rates;

use super::{change, provider::ProviderError};
use crate::{fault::Failure, idempotency::KeyCodes};

/// Why a label cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No such thing, or not the caller's to see.
    NotFound,
    /// The fulfillment has left or was called off.
    InvalidTransition,
    /// The order is held.
    OrderOnHold,
    /// The caller may not do this.
    Forbidden,
    /// The order changed since the version the caller knew.
    Conflict,
    /// The order's address is missing or not in parts.
    AddressIncomplete,
    /// The price is not offered, or not any more.
    RateExpired,
    /// There is a label already.
    LabelExists,
    /// A label is being bought.
    LabelInProgress,
    /// No shipping provider is configured.
    ProviderNotConfigured,
    /// The provider or the carrier refused.
    ProviderRefused,
    /// The provider did not answer.
    ProviderUnavailable,
    /// Anything else that is wrong with the input.
    InvalidInput,
    /// The key was used with other input.
    IdempotencyKeyReused,
}

impl From<change::Code> for Code {
    fn from(code: change::Code) -> Self {
        use change::Code as C;
        match code {
            C::NotFound => Self::NotFound,
            C::InvalidTransition => Self::InvalidTransition,
            C::OrderOnHold => Self::OrderOnHold,
            C::Forbidden => Self::Forbidden,
            C::Conflict => Self::Conflict,
            C::IdempotencyKeyReused => Self::IdempotencyKeyReused,
            C::QuantityExceeded | C::NothingLeft | C::StoreRequired | C::InvalidInput => Self::InvalidInput,
        }
    }
}

impl KeyCodes for Code {
    const INVALID: Self = Self::InvalidInput;
    const REUSED: Self = Self::IdempotencyKeyReused;
}

fn not_configured() -> Failure<Code> {
    Failure::refused(Code::ProviderNotConfigured, ["fulfillment"], "no shipping provider is configured")
}

/// What a provider answered, for the caller; what did not work out is for the log.
fn refusal(error: &ProviderError, field: &str) -> Failure<Code> {
    match error {
        ProviderError::Rejected(why) => Failure::refused(Code::ProviderRefused, [field], why.clone()),
        ProviderError::Unknown(why) => {
            tracing::warn!(why, "the shipping provider did not answer");
            Failure::refused(Code::ProviderUnavailable, [field], "the shipping provider did not answer; try again later")
        }
    }
}
