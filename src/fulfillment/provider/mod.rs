//! Shipping providers behind one trait (ORD-29): prices of carriers, labels, and where a parcel is.
//!
//! No call is made inside a database transaction.

pub mod shippo;

use std::sync::Arc;

use async_trait::async_trait;
use entity::time::Timestamp;

use self::shippo::Shippo;
use crate::{config::shipping::ShippingConfig, money::Currency};

/// The provider that has keys.
pub fn configured(config: &ShippingConfig, http: &reqwest::Client) -> Option<Arc<dyn ShippingProvider>> {
    Shippo::configured(config, http).map(|shippo| Arc::new(shippo) as Arc<dyn ShippingProvider>)
}

/// Where a parcel comes from or goes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Who.
    pub name: String,
    /// Street and number.
    pub street: String,
    /// What does not fit into the street.
    pub street_more: Option<String>,
    /// Town.
    pub city: String,
    /// State or province, by its code.
    pub region: Option<String>,
    /// Postal code.
    pub postal_code: String,
    /// ISO 3166-1, two letters.
    pub country: String,
    /// For the carrier.
    pub phone: Option<String>,
    /// For the carrier.
    pub email: Option<String>,
}

/// A parcel's size and weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Millimetres.
    pub length_mm: u32,
    /// Millimetres.
    pub width_mm: u32,
    /// Millimetres.
    pub height_mm: u32,
    /// Grams.
    pub weight_g: u32,
}

/// What is to be sent.
#[derive(Clone, Debug)]
pub struct Shipment {
    /// From where.
    pub from: Place,
    /// To where.
    pub to: Place,
    /// In what.
    pub parcels: Vec<Parcel>,
}

/// What a carrier asks for sending it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The provider's id: what a label is bought with.
    pub reference: String,
    /// `Priority Mail`.
    pub service: String,
    /// `USPS`.
    pub carrier: String,
    /// Minor units.
    pub amount_minor: i64,
    /// Of the amount.
    pub currency: Currency,
    /// Days on the way, when the carrier says.
    pub estimated_days: Option<u32>,
}

/// A label that was bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The provider's id of it.
    pub reference: String,
    /// Where it can be fetched.
    pub label_url: String,
    /// The carrier's number of the parcel.
    pub tracking_number: String,
    /// `USPS`.
    pub carrier: String,
    /// The carrier's page about the parcel.
    pub tracking_url: Option<String>,
    /// What it cost, in minor units.
    pub cost_minor: i64,
    /// Of the cost.
    pub currency: Currency,
}

/// Where a parcel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrackingStatus {
    /// There is a label; the carrier has nothing yet.
    PreTransit,
    /// On the way.
    Transit,
    /// On the last leg.
    OutForDelivery,
    /// With the buyer.
    Delivered,
    /// On the way back, or back.
    Returned,
    /// Lost, damaged, undeliverable.
    Failure,
}

/// Something that happened to a parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackingEvent {
    /// Where it was then.
    pub status: TrackingStatus,
    /// `Chicago, IL, US`.
    pub location: Option<String>,
    /// The carrier's words.
    pub description: String,
    /// When.
    pub at: Timestamp,
}

/// A parcel that a webhook is about. Where it is is asked for: news come twice and out of order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The carrier, in the form that [`ShippingProvider::track`] takes.
    pub carrier: String,
    /// The carrier's number.
    pub tracking_number: String,
}

/// How a call fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The provider or the carrier refused: nothing was bought.
    #[error("rejected: {0}")]
    Rejected(String),
    /// The outcome is not known: ask again with the same key.
    #[error("outcome unknown: {0}")]
    Unknown(String),
}

/// Why a webhook was refused.
pub use crate::payment::gateway::{Headers, NoticeRefused};

/// A shipping provider.
#[async_trait]
pub trait ShippingProvider: Send + Sync {
    /// What the carriers ask, the cheapest first.
    async fn rates(&self, shipment: &Shipment) -> Result<Vec<Rate>, ProviderError>;

    /// Buys a label. The same key buys once.
    async fn buy(&self, key: &str, rate: &str) -> Result<Label, ProviderError>;

    /// What happened to a parcel, the oldest first.
    async fn track(&self, carrier: &str, tracking_number: &str) -> Result<Vec<TrackingEvent>, ProviderError>;

    /// Checks a webhook and reads which parcel it is about; nothing for other news. `token` is that of its address.
    fn notice(
        &self,
        headers: &Headers,
        token: Option<&str>,
        body: &[u8],
        now_seconds: i64,
    ) -> Result<Option<Moved>, NoticeRefused>;
}
