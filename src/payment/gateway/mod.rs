//! Payment providers behind one trait (PAY-01): what a payment needs of any of them, and nothing of their dialects.
//!
//! Every call that moves money carries a key that is derived from our own attempt; repeating a call whose outcome is not known
//! repeats the question, not the effect. No call is made inside a database transaction.

pub mod clover;
mod http;
pub mod paypal;
pub mod registry;
pub mod stripe;

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use entity::{id::PaymentId, stored::PaymentGateway};

use crate::money::Currency;

/// What is to be paid.
#[derive(Clone, Debug)]
pub struct Intent<'a> {
    /// Our payment; kept at the provider, so that it can be found there.
    pub payment: PaymentId,
    /// The order's number, for the provider's records.
    pub order_number: &'a str,
    /// Minor units.
    pub amount_minor: i64,
    /// Of the amount.
    pub currency: Currency,
    /// The provider's token of a card or a saved method; without one the buyer's browser gives it with the client secret.
    pub method: Option<&'a str>,
    /// The provider's own id of the customer that a saved method belongs to.
    pub customer: Option<&'a str>,
    /// Whether the method is to be kept for later payments.
    pub save_method: bool,
    /// True: capture as soon as it is authorised. False: only authorise.
    pub capture: bool,
    /// The buyer's address: Clover keeps a card only with a customer, who has one.
    pub email: Option<&'a str>,
    /// Where the provider sends the buyer back to.
    pub return_url: Option<&'a str>,
}

/// Where a payment stands at its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The buyer must act: give a card, approve, pass a check.
    RequiresAction,
    /// The provider is at it.
    Processing,
    /// Promised, not captured.
    Authorized,
    /// Captured, in full or in part.
    Captured,
    /// Refused.
    Failed,
    /// Called off before capture.
    Cancelled,
}

/// A payment as its provider tells it: the whole truth at one moment, never a difference.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Where it stands.
    pub state: State,
    /// The provider's id of it.
    pub reference: String,
    /// Our payment, as the provider kept it: finds the payment of a webhook that comes before the answer.
    pub payment: Option<PaymentId>,
    /// What was promised, in minor units.
    pub authorized_minor: i64,
    /// What was captured, in minor units.
    pub captured_minor: i64,
    /// What was given back, in minor units.
    pub refunded_minor: i64,
    /// Each time something was given back, as far as the provider tells.
    pub refunds: Vec<RefundSnapshot>,
    /// For the buyer's browser: confirms the payment there.
    pub client_secret: Option<String>,
    /// Where the buyer goes to approve.
    pub redirect_url: Option<String>,
    /// The card, as far as it may be shown.
    pub card: Option<Card>,
    /// The method that was kept.
    pub saved: Option<SavedMethod>,
    /// Why it failed.
    pub decline: Option<Decline>,
}

/// Money given back, as the provider tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundSnapshot {
    /// The provider's id of it.
    pub reference: String,
    /// The key it was asked for with, when the provider tells.
    pub key: Option<String>,
    /// Minor units.
    pub amount_minor: i64,
    /// How it stands.
    pub state: RefundState,
    /// Why it failed.
    pub decline: Option<Decline>,
}

/// How a refund stands at its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundState {
    /// Under way.
    Pending,
    /// Done.
    Succeeded,
    /// Will not happen.
    Failed,
}

/// What may be shown of a card (C-11, PAY-10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// `visa`.
    pub brand: String,
    /// The last four digits.
    pub last4: String,
    /// Month and year of its end.
    pub expires: Option<(u8, u16)>,
}

/// A method that the provider keeps for later payments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedMethod {
    /// The provider's token.
    pub token: String,
    /// The provider's id of the customer it belongs to.
    pub customer: Option<String>,
    /// The card.
    pub card: Option<Card>,
}

/// Why a provider refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decline {
    /// The provider's code, `card_declined`.
    pub code: String,
    /// For the buyer, "Your card was declined."
    pub message: String,
}

/// How a call of a provider fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// The provider refused, for good: money did not move.
    #[error("declined: {} ({})", .0.message, .0.code)]
    Declined(Decline),
    /// The call itself is wrong: unknown reference, wrong state, wrong keys. Money did not move.
    #[error("rejected: {0}")]
    Rejected(String),
    /// The outcome is not known (timeout, connection lost, 5xx): ask again with the same key.
    #[error("outcome unknown: {0}")]
    Unknown(String),
    /// No keys of this provider are configured.
    #[error("not configured")]
    NotConfigured,
}

/// What a provider's webhook says happened. Its contents are never believed beyond these names: the payment is looked up at
/// the provider, so that duplicates, old news and news out of order do no harm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The provider's id of the event: the same for a repeated delivery.
    pub event: String,
    /// What happened, in the provider's word.
    pub kind: String,
    /// The provider's id of the payment, in the form that [`Gateway::look`] takes.
    pub reference: Option<String>,
}

/// Why a webhook was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeRefused {
    /// The signature is missing or wrong.
    Signature,
    /// It is too old or from the future.
    Age,
    /// The body is not what the provider sends.
    Malformed,
    /// No secret is configured for it.
    NotConfigured,
    /// Whether it is genuine could not be found out now.
    TryAgain,
}

/// The headers of a webhook: lower-case names.
pub type Headers = HashMap<String, String>;

/// A payment provider.
#[async_trait]
pub trait Gateway: Send + Sync {
    /// Begins a payment, and tries it when a method is given.
    async fn begin(&self, key: &str, intent: &Intent<'_>) -> Result<Snapshot, GatewayError>;

    /// Goes on with a payment after the buyer acted: with a method when the buyer gave one, or what the buyer approved.
    async fn confirm(&self, key: &str, reference: &str, method: Option<&str>, capture: bool) -> Result<Snapshot, GatewayError>;

    /// Captures what was authorised, or a part of it.
    async fn capture(&self, key: &str, reference: &str, amount_minor: i64, currency: Currency) -> Result<Snapshot, GatewayError>;

    /// Calls a payment off that was not captured.
    async fn void(&self, key: &str, reference: &str) -> Result<Snapshot, GatewayError>;

    /// Gives money back.
    async fn refund(
        &self,
        key: &str,
        reference: &str,
        amount_minor: i64,
        currency: Currency,
        reason: Option<&str>,
    ) -> Result<RefundSnapshot, GatewayError>;

    /// A payment as it stands.
    async fn look(&self, reference: &str) -> Result<Snapshot, GatewayError>;

    /// Forgets a saved method.
    async fn forget_method(&self, token: &str) -> Result<(), GatewayError>;

    /// Checks a webhook's signature and age, and reads what it is about.
    async fn notice(&self, headers: &Headers, body: &[u8], now_seconds: i64) -> Result<Notice, NoticeRefused>;
}

/// The providers that are configured.
#[derive(Clone, Default)]
pub struct Gateways(HashMap<PaymentGateway, Arc<dyn Gateway>>);

impl From<HashMap<PaymentGateway, Arc<dyn Gateway>>> for Gateways {
    fn from(clients: HashMap<PaymentGateway, Arc<dyn Gateway>>) -> Self {
        Self(clients)
    }
}

impl Gateways {
    /// The client of a provider; `None` when it is not configured, and for what staff do by hand.
    pub fn get(&self, gateway: PaymentGateway) -> Option<&dyn Gateway> {
        self.0.get(&gateway).map(AsRef::as_ref)
    }

    /// The same with one provider more.
    pub fn with(mut self, gateway: PaymentGateway, client: Arc<dyn Gateway>) -> Self {
        self.0.insert(gateway, client);
        self
    }
}
