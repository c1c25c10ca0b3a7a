//! What every source is turned into before it is stored: plain records, amounts not yet in minor units, references as
//! places in a [`Directory`].

use std::sync::Arc;

use entity::{
    id::{CustomerId, ProductId, StoreId, VariantId},
    stored::{CustomerStatus, HoldReason, OrderStatus, OrderType, PaymentGateway, PaymentStatus, PaymentType, ProductStatus},
    time::Timestamp,
};
use rust_decimal::Decimal;

use super::{
    directory::{Directory, Orders},
    side::{Side, Sorted},
};
use crate::money::Currency;

/// Everything of a source but its orders, which stream.
pub struct Loaded {
    /// Vendors.
    pub stores: Directory<StoreRecord>,
    /// Buyers.
    pub customers: Directory<CustomerRecord>,
    /// Goods.
    pub products: Directory<ProductRecord>,
    /// Orders that any row spoke of.
    pub orders: Orders,
    /// Lines, by order.
    pub items: Side<ItemRecord>,
    /// Payments, by order.
    pub payments: Side<PaymentRecord>,
    /// Reviews, by order.
    pub reviews: Side<ReviewRecord>,
}

/// A vendor.
pub struct StoreRecord {
    /// Line of its row.
    pub line: u64,
    /// Its key in the source.
    pub external_id: Arc<str>,
    /// Shown name.
    pub name: String,
    /// Name in addresses.
    pub slug: String,
    /// Currency of its prices.
    pub currency: Currency,
    /// Its row in the database, once known; never for a refused one.
    pub id: Option<StoreId>,
}

/// A buyer.
pub struct CustomerRecord {
    /// Line of the first row.
    pub line: u64,
    /// Further rows of the same person.
    pub more_rows: u32,
    /// Its key in the source.
    pub external_id: Arc<str>,
    /// Full name.
    pub name: Box<str>,
    /// E-mail address in lower case.
    pub email: Option<Box<str>>,
    /// Telephone number.
    pub phone: Option<Box<str>>,
    /// Since when it buys, if the source tells.
    pub since: Option<Timestamp>,
    /// Whether it may buy.
    pub status: CustomerStatus,
    /// Its row in the database, once known; never for a refused one.
    pub id: Option<CustomerId>,
}

/// A product with its one variant.
pub struct ProductRecord {
    /// Line of its row.
    pub line: u64,
    /// Its key in the source.
    pub external_id: Arc<str>,
    /// Whose product; `None` until known.
    pub store: Option<u32>,
    /// The store's row in the database, once known; never of a refused one.
    pub store_id: Option<StoreId>,
    /// Shown name.
    pub name: Box<str>,
    /// Shown text.
    pub description: Box<str>,
    /// Stock keeping unit; the external id when the source has none.
    pub sku: Option<Box<str>>,
    /// Price in minor units of `currency`.
    pub price_minor: i64,
    /// Currency of the price.
    pub currency: Currency,
    /// Whether it is sold.
    pub status: ProductStatus,
    /// Whether it is shipped.
    pub is_physical: bool,
    /// Its row in the database, once known; never for a refused one.
    pub id: Option<ProductId>,
    /// Its variant's row in the database.
    pub variant: Option<VariantId>,
}

impl ProductRecord {
    /// Stock keeping unit.
    pub fn sku(&self) -> &str {
        self.sku.as_deref().unwrap_or(&self.external_id)
    }
}

/// A line of an order.
#[derive(Clone)]
pub struct ItemRecord {
    /// Its number within the order.
    pub number: i32,
    /// Whose goods.
    pub store: u32,
    /// The product, if the source knows it.
    pub product: Option<u32>,
    /// Name when it was sold, if another than the product's.
    pub name: Option<Box<str>>,
    /// SKU when it was sold, if another than the product's.
    pub sku: Option<Box<str>>,
    /// Pieces.
    pub quantity: i32,
    /// Price of one.
    pub unit_price: Decimal,
    /// What shipping of this line cost; part of the order's shipping.
    pub freight: Decimal,
}

impl ItemRecord {
    /// Stock keeping unit when it was sold.
    pub fn sku<'a>(&'a self, loaded: &'a Loaded) -> Option<&'a str> {
        let product = self.product.map(|place| loaded.products.at(place));
        self.sku.as_deref().or(product.map(ProductRecord::sku)).filter(|sku| !sku.is_empty())
    }
}

impl Sorted for ItemRecord {
    type Key = i32;

    fn key(&self) -> &i32 {
        &self.number
    }
}

/// A payment of an order.
#[derive(Clone)]
pub struct PaymentRecord {
    /// Its number within the order.
    pub sequence: i32,
    /// How it was paid.
    pub kind: PaymentType,
    /// Who moved the money.
    pub gateway: PaymentGateway,
    /// Its state.
    pub status: PaymentStatus,
    /// What it was over.
    pub amount: Decimal,
    /// What was captured of it; all of it when the status says so.
    pub captured: Option<Decimal>,
    /// What was given back; all that was captured when the status says so.
    pub refunded: Option<Decimal>,
    /// The provider's reference.
    pub reference: Option<Box<str>>,
    /// How it is called to people.
    pub method: Option<Box<str>>,
    /// When it was begun, if not when the order was placed.
    pub begun_at: Option<Timestamp>,
    /// When it was settled.
    pub paid_at: Option<Timestamp>,
}

impl Sorted for PaymentRecord {
    type Key = i32;

    fn key(&self) -> &i32 {
        &self.sequence
    }
}

/// A review of an order.
pub struct ReviewRecord {
    /// Its key in the source; one review may be of several orders.
    pub external_id: Box<str>,
    /// 1 to 5.
    pub rating: i32,
    /// Heading.
    pub title: Option<Box<str>>,
    /// Text.
    pub content: Option<Box<str>>,
    /// When it was written.
    pub created_at: Option<Timestamp>,
    /// When the shop answered.
    pub answered_at: Option<Timestamp>,
}

impl Sorted for ReviewRecord {
    type Key = str;

    fn key(&self) -> &str {
        &self.external_id
    }
}

/// An order without what stands in other files.
#[derive(Clone)]
pub struct OrderRecord {
    /// Line of its row.
    pub line: u64,
    /// Its place in [`Loaded::orders`].
    pub order: u32,
    /// Its key in the source.
    pub external_id: Box<str>,
    /// Its number, if the source has one.
    pub number: Option<String>,
    /// The buyer.
    pub customer: Option<u32>,
    /// Where it ended.
    pub status: OrderStatus,
    /// Why it was cancelled.
    pub cancel_reason: Option<String>,
    /// How it is shipped.
    pub kind: OrderType,
    /// How the buyer means to pay, if not as its first payment was made.
    pub payment_type: Option<PaymentType>,
    /// Currency of all its amounts.
    pub currency: Currency,
    /// When it went through its life.
    pub times: Times,
    /// Columns of the source that the first event keeps as they were.
    pub as_given: Vec<(&'static str, String)>,
    /// Price of shipping, without the freight of its lines.
    pub shipping: Decimal,
    /// Tax on top.
    pub tax: Decimal,
    /// Taken off.
    pub discount: Decimal,
    /// The buyer's name when it was placed, if another than the customer's.
    pub customer_name: Option<Box<str>>,
    /// The buyer's e-mail when it was placed; of no use without the name.
    pub customer_email: Option<Box<str>>,
    /// Where it goes.
    pub address: Option<AddressRecord>,
    /// Who is billed, if the source tells.
    pub billing_address: Option<AddressRecord>,
    /// Expected day of delivery.
    pub estimated_delivery: Option<String>,
    /// The carrier's number.
    pub tracking_number: Option<String>,
    /// The buyer's note.
    pub note: Option<String>,
    /// Until when it is to be shipped.
    pub ship_by: Option<Timestamp>,
    /// What it is held for, while it is.
    pub hold: Option<HoldRecord>,
}

/// Why an order is neither prepared nor sent.
#[derive(Clone)]
pub struct HoldRecord {
    /// Since when.
    pub at: Timestamp,
    /// What for.
    pub reason: HoldReason,
    /// What for, in words.
    pub note: Option<String>,
}

/// When an order went through its life, as far as known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// Placed.
    pub placed: Timestamp,
    /// Accepted.
    pub confirmed: Option<Timestamp>,
    /// Being prepared.
    pub processing: Option<Timestamp>,
    /// Handed to the carrier.
    pub shipped: Option<Timestamp>,
    /// On the last leg.
    pub out_for_delivery: Option<Timestamp>,
    /// With the buyer.
    pub delivered: Option<Timestamp>,
    /// Called off.
    pub cancelled: Option<Timestamp>,
    /// Goods came back.
    pub returned: Option<Timestamp>,
    /// Goods were damaged.
    pub damaged: Option<Timestamp>,
    /// Money given back.
    pub refunded: Option<Timestamp>,
}

impl Times {
    /// Those of an order of which nothing is known but when it was placed.
    pub fn placed(placed: Timestamp) -> Self {
        Self {
            placed,
            confirmed: None,
            processing: None,
            shipped: None,
            out_for_delivery: None,
            delivered: None,
            cancelled: None,
            returned: None,
            damaged: None,
            refunded: None,
        }
    }
}

/// Where an order goes, as the stored document has it.
#[derive(Clone, Debug, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AddressRecord {
    /// Who receives.
    pub full_name: Option<Arc<str>>,
    /// Street and number.
    pub street_address: Option<Arc<str>>,
    /// City.
    pub city: Option<Arc<str>>,
    /// State or province.
    pub state: Option<Arc<str>>,
    /// ISO 3166-1 alpha-2 code.
    pub country: Option<Arc<str>>,
    /// Postal code as written.
    pub zip_code: Option<Arc<str>>,
    /// E-mail of the receiver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Arc<str>>,
    /// Telephone of the receiver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Arc<str>>,
    /// The whole address as one text, where it was given so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_text: Option<Arc<str>>,
}
