//! Labels as the API shows them.

use async_graphql::{Enum, SimpleObject};
use entity::{shipping_label, stored::AttemptState};

use crate::{
    fault::Fault,
    graphql::scalar::{CurrencyCode, Moment, Money},
    money::Currency,
};

/// How the purchase of a label stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ShippingLabelStatus {
    /// Being bought; when the provider does not answer it is asked again.
    Pending,
    /// Bought.
    Bought,
    /// Refused; nothing was bought.
    Failed,
}

/// A label of a shipping provider.
#[derive(Clone, SimpleObject)]
pub struct ShippingLabel {
    /// How its purchase stands.
    status: ShippingLabelStatus,
    /// Who carries the parcel.
    carrier: String,
    /// The carrier's name of the way.
    service: String,
    /// What it costs the shop.
    cost: Money,
    /// The currency of the cost.
    currency: CurrencyCode,
    /// Why it was not bought, or why that is not known yet.
    problem: Option<String>,
    /// When the purchase began.
    created_at: Moment,
}

impl ShippingLabel {
    /// A label.
    ///
    /// # Errors
    /// For a currency that is none.
    pub fn new(row: &shipping_label::Model) -> Result<Self, Fault> {
        let currency = Currency::from_code(&row.currency).ok_or_else(|| Fault::Corrupt(format!("currency {}", row.currency)))?;
        Ok(Self {
            status: match row.state {
                AttemptState::Started | AttemptState::Unknown => ShippingLabelStatus::Pending,
                AttemptState::Succeeded => ShippingLabelStatus::Bought,
                AttemptState::Failed => ShippingLabelStatus::Failed,
            },
            carrier: row.carrier.clone(),
            service: row.service.clone(),
            cost: Money::new(row.amount_minor, currency),
            currency: CurrencyCode(currency),
            problem: row.error.clone(),
            created_at: Moment(row.created_at),
        })
    }
}

/// Declares the error types of a mutation of labels.
macro_rules! label_errors {
    ($error:ident, $code:ident) => {
        $crate::graphql::error::user_errors! {
            $error, $code = $crate::fulfillment::label::Code {
                /// No such thing, or not yours.
                NotFound,
                /// The fulfillment is not PENDING, or its order is not CONFIRMED or PROCESSING.
                InvalidTransition,
                /// The order is on hold.
                OrderOnHold,
                /// You may not do this.
                Forbidden,
                /// The order changed since the version you know.
                Conflict,
                /// The order's shipping address is missing or not in parts.
                AddressIncomplete,
                /// The price is not offered, or not any more; ask for rates again.
                RateExpired,
                /// The fulfillment has its label already.
                LabelExists,
                /// A label of the fulfillment is being bought.
                LabelInProgress,
                /// No shipping provider is configured.
                ProviderNotConfigured,
                /// The provider or the carrier refused; see the message.
                ProviderRefused,
                /// The provider did not answer; nothing was bought.
                ProviderUnavailable,
                /// Anything else that is wrong with the input.
                InvalidInput,
                /// The key was used with other input.
                IdempotencyKeyReused,
            }
        }
    };
}
pub(super) use label_errors;
