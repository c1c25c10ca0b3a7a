//! The documented bundle of CSV files, `docs/import.md`.

use std::path::Path;

use entity::stored::{HoldReason, OrderStatus, OrderType, PaymentType};

use super::{
    ImportError,
    feed::{Feed, next_order},
    parties::PartyFiles,
    progress::Progress,
    record::{AddressRecord, HoldRecord, Loaded, OrderRecord, Times},
    report::Report,
    table::{Column, Row, Table, optional, quoted, required},
    time,
};
use crate::money::Currency;

mod parties;
mod sides;

pub use sides::called as method_of;

const ORDER_COLUMNS: &[Column] = &[
    required("id"),
    optional("number"),
    optional("customer"),
    optional("customer_name"),
    optional("customer_email"),
    required("status"),
    optional("type"),
    optional("payment_type"),
    required("currency"),
    required("placed_at"),
    optional("confirmed_at"),
    optional("processing_at"),
    optional("shipped_at"),
    optional("out_for_delivery_at"),
    optional("delivered_at"),
    optional("cancelled_at"),
    optional("returned_at"),
    optional("damaged_at"),
    optional("refunded_at"),
    optional("cancel_reason"),
    optional("shipping"),
    optional("tax"),
    optional("discount"),
    optional("shipping_full_name"),
    optional("shipping_street"),
    optional("shipping_city"),
    optional("shipping_state"),
    optional("shipping_country"),
    optional("shipping_zip"),
    optional("shipping_email"),
    optional("shipping_phone"),
    optional("shipping_text"),
    optional("billing_full_name"),
    optional("billing_street"),
    optional("billing_city"),
    optional("billing_state"),
    optional("billing_country"),
    optional("billing_zip"),
    optional("billing_email"),
    optional("billing_phone"),
    optional("billing_text"),
    optional("estimated_delivery"),
    optional("tracking_number"),
    optional("note"),
    optional("ship_by"),
    optional("held_at"),
    optional("hold_reason"),
    optional("hold_note"),
];

/// Columns of an order that its first event keeps as they were.
const KEPT: [&str; 12] = [
    "placed_at",
    "confirmed_at",
    "processing_at",
    "shipped_at",
    "out_for_delivery_at",
    "delivered_at",
    "cancelled_at",
    "returned_at",
    "damaged_at",
    "refunded_at",
    "ship_by",
    "held_at",
];

/// The orders of a bundle.
pub struct Bundle {
    table: Table,
    parties: PartyFiles,
}

/// Reads everything but the orders.
///
/// # Errors
/// When a file cannot be read or its header is wrong.
pub fn open(folder: &Path, report: &mut Report, progress: &dyn Progress) -> Result<(Bundle, Loaded), ImportError> {
    let mut open = |name: &str, columns: &[Column]| {
        let file = report.add_file(name);
        Table::open(folder, name, columns, file)
    };
    // All are opened before any is read: a missing one is told at once.
    let stores = open("stores.csv", parties::STORE_COLUMNS)?;
    let customers = open("customers.csv", parties::CUSTOMER_COLUMNS)?;
    let products = open("products.csv", parties::PRODUCT_COLUMNS)?;
    let table = open("orders.csv", ORDER_COLUMNS)?;
    let items = open("items.csv", sides::ITEM_COLUMNS)?;
    let payments = open("payments.csv", sides::PAYMENT_COLUMNS)?;
    let reviews = open("reviews.csv", sides::REVIEW_COLUMNS)?;
    let files = PartyFiles { stores: stores.file, customers: customers.file, products: products.file };

    let stores = parties::stores(stores, report)?;
    let customers = parties::customers(customers, report)?;
    let products = parties::products(products, &stores, report)?;
    let mut orders = Default::default();
    let items = sides::items(items, (&stores, &products), &mut orders, (report, progress))?;
    let payments = sides::payments(payments, &mut orders, (report, progress))?;
    let reviews = sides::reviews(reviews, &mut orders, (report, progress))?;
    let loaded = Loaded { stores, customers, products, orders, items, payments, reviews };
    Ok((Bundle { table, parties: files }, loaded))
}

impl Feed for Bundle {
    fn parties(&self) -> PartyFiles {
        self.parties
    }

    fn table(&self) -> &Table {
        &self.table
    }

    fn next(&mut self, loaded: &mut Loaded, report: &mut Report) -> Result<Option<OrderRecord>, ImportError> {
        next_order(&mut self.table, "id", loaded, report, read_order)
    }
}

fn read_order(row: &Row<'_>, order: u32, loaded: &Loaded) -> Result<OrderRecord, String> {
    let customer = match row.word("customer") {
        Some(id) => {
            Some(loaded.customers.find(id).ok_or_else(|| format!("customer: no customer {}, or it was refused", quoted(id)))?)
        }
        None => None,
    };
    let text = |column: &str| row.text(column).map(str::to_owned);
    let amount = |column: &str| Ok::<_, String>(row.amount(column)?.unwrap_or_default());
    let status = status(row)?;
    Ok(OrderRecord {
        line: row.line,
        order,
        external_id: row.needed("id")?.into(),
        number: row.word("number").map(str::to_owned),
        customer,
        status,
        cancel_reason: text("cancel_reason").filter(|_| status == OrderStatus::Cancelled),
        kind: row.read("type", "STANDARD, EXPRESS or PICKUP", OrderType::from_text)?.unwrap_or(OrderType::Standard),
        payment_type: row.read("payment_type", &one_of(PaymentType::all().map(PaymentType::as_str)), PaymentType::from_text)?,
        currency: currency(row)?,
        times: Times {
            placed: row.time("placed_at")?.ok_or("placed_at: missing")?,
            confirmed: row.time("confirmed_at")?,
            processing: row.time("processing_at")?,
            shipped: row.time("shipped_at")?,
            out_for_delivery: row.time("out_for_delivery_at")?,
            delivered: row.time("delivered_at")?,
            cancelled: row.time("cancelled_at")?,
            returned: row.time("returned_at")?,
            damaged: row.time("damaged_at")?,
            refunded: row.time("refunded_at")?,
        },
        as_given: KEPT.iter().filter_map(|column| Some((*column, row.word(column)?.to_owned()))).collect(),
        shipping: amount("shipping")?,
        tax: amount("tax")?,
        discount: amount("discount")?,
        customer_name: row.word("customer_name").map(Into::into),
        customer_email: row.word("customer_email").map(Into::into),
        address: address(row, &SHIPPING)?,
        billing_address: address(row, &BILLING)?,
        estimated_delivery: row.read("estimated_delivery", "a day such as 2026-01-31", time::parse_day)?,
        tracking_number: row.word("tracking_number").map(str::to_owned),
        note: text("note"),
        ship_by: row.time("ship_by")?,
        hold: hold(row, status)?,
    })
}

/// What an order is held for; it is while it has a time since when.
fn hold(row: &Row<'_>, status: OrderStatus) -> Result<Option<HoldRecord>, String> {
    let reason = row.read("hold_reason", &one_of(HoldReason::all().map(HoldReason::as_str)), HoldReason::from_text)?;
    let note = row.text("hold_note").map(str::to_owned);
    let Some(at) = row.time("held_at")? else {
        return match reason.is_some() || note.is_some() {
            true => Err("held_at: missing, though it is told what it is held for".to_owned()),
            false => Ok(None),
        };
    };
    if status == OrderStatus::Cancelled {
        return Err(format!("held_at: an order that is {status} is not held"));
    }
    Ok(Some(HoldRecord { at, reason: reason.unwrap_or(HoldReason::Other), note }))
}

fn status(row: &Row<'_>) -> Result<OrderStatus, String> {
    let words = one_of(OrderStatus::all().map(OrderStatus::as_str));
    row.read("status", &words, OrderStatus::from_text)?.ok_or_else(|| "status: missing".to_owned())
}

/// How the words that a column takes are named to people.
fn one_of(words: impl Iterator<Item = &'static str>) -> String {
    format!("one of {}", words.collect::<Vec<_>>().join(", "))
}

fn currency(row: &Row<'_>) -> Result<Currency, String> {
    row.read("currency", "an ISO 4217 code such as EUR", Currency::from_code)?.ok_or_else(|| "currency: missing".to_owned())
}

/// Columns of an address: name, street, city, state, country, postal code, e-mail, telephone, all as one text.
pub type AddressColumns = [&'static str; 9];

/// Those of where an order goes.
pub const SHIPPING: AddressColumns = [
    "shipping_full_name",
    "shipping_street",
    "shipping_city",
    "shipping_state",
    "shipping_country",
    "shipping_zip",
    "shipping_email",
    "shipping_phone",
    "shipping_text",
];

/// Those of who is billed.
pub const BILLING: AddressColumns = [
    "billing_full_name",
    "billing_street",
    "billing_city",
    "billing_state",
    "billing_country",
    "billing_zip",
    "billing_email",
    "billing_phone",
    "billing_text",
];

fn address(row: &Row<'_>, columns: &AddressColumns) -> Result<Option<AddressRecord>, String> {
    let [full_name, street, city, state, country, zip, email, phone, text] = columns;
    let capitals = |text: &str| (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())).then(|| text.into());
    let address = AddressRecord {
        full_name: row.word(full_name).map(Into::into),
        street_address: row.word(street).map(Into::into),
        city: row.word(city).map(Into::into),
        state: row.word(state).map(Into::into),
        country: row.read(country, "an ISO 3166-1 code of two capitals", capitals)?,
        zip_code: row.word(zip).map(Into::into),
        email: row.word(email).map(Into::into),
        phone: row.word(phone).map(Into::into),
        free_text: row.word(text).map(Into::into),
    };
    let is_known = columns.iter().any(|column| row.word(column).is_some());
    Ok(is_known.then_some(address))
}
