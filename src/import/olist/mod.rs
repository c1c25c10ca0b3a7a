//! The layout of the Olist data set: sellers are stores, a `customer_unique_id` is a customer, products have neither
//! names nor prices of their own, and every line is one piece.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::Arc,
};

use entity::stored::OrderStatus;

use super::{
    ImportError,
    feed::{Feed, next_order},
    parties::PartyFiles,
    progress::Progress,
    record::{AddressRecord, Loaded, OrderRecord, Times},
    report::Report,
    table::{Column, Row, Table, optional, required},
    time,
};
use crate::money::Currency;

mod goods;
mod people;
mod sides;

const ORDERS: &str = "olist_orders_dataset.csv";

const ORDER_COLUMNS: &[Column] = &[
    required("order_id"),
    required("customer_id"),
    required("order_status"),
    required("order_purchase_timestamp"),
    optional("order_approved_at"),
    optional("order_delivered_carrier_date"),
    optional("order_delivered_customer_date"),
    optional("order_estimated_delivery_date"),
];

/// Columns of an order that its first event keeps as they were.
const KEPT: [&str; 7] = [
    "customer_id",
    "order_status",
    "order_purchase_timestamp",
    "order_approved_at",
    "order_delivered_carrier_date",
    "order_delivered_customer_date",
    "order_estimated_delivery_date",
];

/// A person at an address: the data set has a new `customer_id` for each order.
struct Buyer {
    customer: u32,
    address: AddressRecord,
}

/// Who buys, by `customer_id`.
type Buyers = HashMap<Box<str>, Buyer>;

/// Equal texts kept once: cities, states, zip codes.
#[derive(Default)]
struct Texts(HashSet<Arc<str>>);

impl Texts {
    fn keep(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        self.0.insert(new.clone());
        new
    }
}

/// The orders of the data set.
pub struct Olist {
    table: Table,
    parties: PartyFiles,
    buyers: Buyers,
    currency: Currency,
}

/// Reads everything but the orders.
///
/// # Errors
/// When a file cannot be read or its header is wrong.
pub fn open(folder: &Path, report: &mut Report, progress: &dyn Progress) -> Result<(Olist, Loaded), ImportError> {
    let brl = Currency::from_code("BRL").ok_or_else(|| ImportError::Input("the currency BRL is not known".into()))?;
    let mut open = |name: &str, columns: &[Column]| {
        let file = report.add_file(name);
        Table::open(folder, name, columns, file)
    };
    // All are opened before any is read: a missing one is told at once.
    let customers = open("olist_customers_dataset.csv", people::CUSTOMER_COLUMNS)?;
    let sellers = open("olist_sellers_dataset.csv", people::SELLER_COLUMNS)?;
    let translations = open("product_category_name_translation.csv", goods::TRANSLATION_COLUMNS)?;
    let products = open("olist_products_dataset.csv", goods::PRODUCT_COLUMNS)?;
    let items = open("olist_order_items_dataset.csv", sides::ITEM_COLUMNS)?;
    let payments = open("olist_order_payments_dataset.csv", sides::PAYMENT_COLUMNS)?;
    let reviews = open("olist_order_reviews_dataset.csv", sides::REVIEW_COLUMNS)?;
    let table = open(ORDERS, ORDER_COLUMNS)?;
    let dated = Table::open(folder, ORDERS, ORDER_COLUMNS, table.file)?;
    let parties = PartyFiles { stores: sellers.file, customers: customers.file, products: products.file };

    let (mut customers, buyers) = people::customers(customers, report)?;
    let (mut orders, placed) = sides::placed(dated, &buyers, &mut customers)?;
    let stores = people::stores(sellers, brl, report)?;
    let categories = goods::translations(translations, report)?;
    let mut products = goods::products(products, &categories, brl, report)?;
    let mut goods = goods::Tally::default();
    let items = sides::items(items, (&stores, &products, brl), &mut orders, (report, progress), |order, item| {
        goods.count(item, placed.get(&order).copied(), brl);
    })?;
    goods.settle(&mut products);
    let payments = sides::payments(payments, &mut orders, (report, progress))?;
    let reviews = sides::reviews(reviews, &mut orders, (report, progress))?;
    let loaded = Loaded { stores, customers, products, orders, items, payments, reviews };
    Ok((Olist { table, parties, buyers, currency: brl }, loaded))
}

impl Feed for Olist {
    fn parties(&self) -> PartyFiles {
        self.parties
    }

    fn table(&self) -> &Table {
        &self.table
    }

    fn next(&mut self, loaded: &mut Loaded, report: &mut Report) -> Result<Option<OrderRecord>, ImportError> {
        let (buyers, currency) = (&self.buyers, self.currency);
        next_order(&mut self.table, "order_id", loaded, report, |row, order, _| read_order(row, order, buyers, currency))
    }
}

fn read_order(row: &Row<'_>, order: u32, buyers: &Buyers, currency: Currency) -> Result<OrderRecord, String> {
    let customer = row.needed("customer_id")?;
    let buyer = buyers.get(customer).ok_or_else(|| format!("customer_id: no customer {customer:?}, or it was refused"))?;
    let word = row.needed("order_status")?;
    let status = status(word).ok_or_else(|| format!("order_status: {word:?} is not one of the data set's words"))?;
    let placed = row.time("order_purchase_timestamp")?.ok_or("order_purchase_timestamp: missing")?;
    let as_given = KEPT.iter().filter_map(|column| Some((*column, row.word(column)?.to_owned()))).collect();
    Ok(OrderRecord {
        line: row.line,
        order,
        external_id: row.needed("order_id")?.into(),
        number: None,
        customer: Some(buyer.customer),
        status,
        cancel_reason: (status == OrderStatus::Cancelled).then(|| word.to_owned()),
        kind: entity::stored::OrderType::Standard,
        payment_type: None,
        currency,
        times: Times {
            confirmed: row.time("order_approved_at")?,
            shipped: row.time("order_delivered_carrier_date")?,
            delivered: row.time("order_delivered_customer_date")?,
            ..Times::placed(placed)
        },
        as_given,
        shipping: 0.into(),
        tax: 0.into(),
        discount: 0.into(),
        customer_name: None,
        customer_email: None,
        address: Some(buyer.address.clone()),
        billing_address: None,
        estimated_delivery: row.read("order_estimated_delivery_date", "a day such as 2018-01-31", time::parse_day)?,
        tracking_number: None,
        note: None,
        ship_by: None,
        hold: None,
    })
}

/// The status that a word of the data set stands for.
fn status(word: &str) -> Option<OrderStatus> {
    Some(match word {
        "created" => OrderStatus::Pending,
        "approved" | "invoiced" => OrderStatus::Confirmed,
        "processing" => OrderStatus::Processing,
        "shipped" => OrderStatus::Shipped,
        "delivered" => OrderStatus::Delivered,
        "canceled" | "unavailable" => OrderStatus::Cancelled,
        _ => return None,
    })
}

/// The beginning of an id, for names of what has none.
fn short(id: &str) -> &str {
    id.char_indices().nth(8).map_or(id, |(end, _)| &id[..end])
}
