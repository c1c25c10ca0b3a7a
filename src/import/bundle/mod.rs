//! The documented bundle of CSV files, `docs/import.md`.

use std::path::Path;

use entity::stored::{OrderStatus, OrderType};

use super::{
    ImportError,
    feed::{Feed, next_order},
    history::ENDS,
    parties::PartyFiles,
    progress::Progress,
    record::{AddressRecord, Loaded, OrderRecord, Times},
    report::Report,
    table::{Column, Row, Table, optional, quoted, required},
    time,
};
use crate::money::Currency;

mod parties;
mod sides;

const ORDER_COLUMNS: &[Column] = &[
    required("id"),
    optional("number"),
    optional("customer"),
    required("status"),
    optional("type"),
    required("currency"),
    required("placed_at"),
    optional("confirmed_at"),
    optional("processing_at"),
    optional("shipped_at"),
    optional("delivered_at"),
    optional("cancelled_at"),
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
    optional("estimated_delivery"),
    optional("tracking_number"),
    optional("note"),
];

/// Columns of an order that its first event keeps as they were.
const KEPT: [&str; 6] = ["placed_at", "confirmed_at", "processing_at", "shipped_at", "delivered_at", "cancelled_at"];

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
        currency: currency(row)?,
        times: Times {
            placed: row.time("placed_at")?.ok_or("placed_at: missing")?,
            confirmed: row.time("confirmed_at")?,
            processing: row.time("processing_at")?,
            shipped: row.time("shipped_at")?,
            delivered: row.time("delivered_at")?,
            cancelled: row.time("cancelled_at")?,
        },
        as_given: KEPT.iter().filter_map(|column| Some((*column, row.word(column)?.to_owned()))).collect(),
        shipping: amount("shipping")?,
        tax: amount("tax")?,
        discount: amount("discount")?,
        address: address(row)?,
        estimated_delivery: row.read("estimated_delivery", "a day such as 2026-01-31", time::parse_day)?,
        tracking_number: row.word("tracking_number").map(str::to_owned),
        note: text("note"),
    })
}

fn status(row: &Row<'_>) -> Result<OrderStatus, String> {
    let known = |text: &str| OrderStatus::from_text(text).filter(|status| ENDS.contains(status));
    let words = ENDS.map(|status| status.as_str()).join(", ");
    row.read("status", &format!("one of {words}"), known)?.ok_or_else(|| "status: missing".to_owned())
}

fn currency(row: &Row<'_>) -> Result<Currency, String> {
    row.read("currency", "an ISO 4217 code such as EUR", Currency::from_code)?.ok_or_else(|| "currency: missing".to_owned())
}

fn address(row: &Row<'_>) -> Result<Option<AddressRecord>, String> {
    let country = |text: &str| (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())).then(|| text.into());
    let address = AddressRecord {
        full_name: row.word("shipping_full_name").map(Into::into),
        street_address: row.word("shipping_street").map(Into::into),
        city: row.word("shipping_city").map(Into::into),
        state: row.word("shipping_state").map(Into::into),
        country: row.read("shipping_country", "an ISO 3166-1 code of two capitals", country)?,
        zip_code: row.word("shipping_zip").map(Into::into),
    };
    let AddressRecord { full_name, street_address, city, state, country, zip_code } = &address;
    let known = [full_name, street_address, city, state, country, zip_code].iter().any(|part| part.is_some());
    Ok(known.then_some(address))
}
