//! Items, payments, reviews.

use entity::stored::{PaymentGateway, PaymentStatus, PaymentType};

use super::one_of;
use crate::import::{
    ImportError,
    directory::{Directory, Orders},
    feed::read_side,
    progress::Progress,
    record::{ItemRecord, PaymentRecord, ProductRecord, ReviewRecord, StoreRecord},
    report::Report,
    side::Side,
    table::{Column, Row, Table, optional, quoted, required},
};

/// Columns of the file of items.
pub const ITEM_COLUMNS: &[Column] = &[
    required("order"),
    required("line"),
    optional("store"),
    optional("product"),
    optional("sku"),
    optional("name"),
    required("quantity"),
    required("unit_price"),
];

/// Columns of the file of payments.
pub const PAYMENT_COLUMNS: &[Column] = &[
    required("order"),
    required("sequence"),
    required("type"),
    optional("gateway"),
    optional("status"),
    required("amount"),
    optional("captured"),
    optional("refunded"),
    optional("reference"),
    optional("method"),
    optional("created_at"),
    optional("paid_at"),
];

/// Columns of the file of reviews.
pub const REVIEW_COLUMNS: &[Column] = &[
    required("id"),
    required("order"),
    required("rating"),
    optional("title"),
    optional("content"),
    optional("created_at"),
    optional("answered_at"),
];

/// The lines of the orders.
pub fn items(
    table: Table,
    (stores, products): (&Directory<StoreRecord>, &Directory<ProductRecord>),
    orders: &mut Orders,
    told: (&mut Report, &dyn Progress),
) -> Result<Side<ItemRecord>, ImportError> {
    read_side(table, ("order", true), orders, told, |row, _| {
        let product = match row.word("product") {
            Some(id) => Some(products.find(id).ok_or_else(|| format!("product: no product {}, or it was refused", quoted(id)))?),
            None => None,
        };
        let store = match row.word("store") {
            Some(id) => Some(stores.find(id).ok_or_else(|| format!("store: no store {}, or it was refused", quoted(id)))?),
            None => product.and_then(|product| products.at(product).store),
        };
        let name = row.word("name");
        if name.is_none() && product.is_none() {
            return Err("name: missing, and there is no product to take it from".to_owned());
        }
        let pieces = |text: &str| text.parse().ok().filter(|count| *count > 0);
        Ok(ItemRecord {
            number: row.whole("line")?.ok_or("line: missing")?,
            store: store.ok_or("store: missing, and there is no product to take it from")?,
            product,
            name: name.map(Into::into),
            sku: row.word("sku").map(Into::into),
            quantity: row.read("quantity", "a whole number above 0", pieces)?.ok_or("quantity: missing")?,
            unit_price: row.amount("unit_price")?.ok_or("unit_price: missing")?,
            freight: 0.into(),
        })
    })
}

/// The payments of the orders.
pub fn payments(
    table: Table,
    orders: &mut Orders,
    told: (&mut Report, &dyn Progress),
) -> Result<Side<PaymentRecord>, ImportError> {
    read_side(table, ("order", true), orders, told, |row, _| payment(row))
}

fn payment(row: &Row<'_>) -> Result<PaymentRecord, String> {
    let kinds = one_of(PaymentType::all().map(PaymentType::as_str));
    let kind = row.read("type", &kinds, PaymentType::from_text)?.ok_or("type: missing")?;
    let gateways = one_of(PaymentGateway::all().map(PaymentGateway::as_str));
    let gateway = row.read("gateway", &gateways, PaymentGateway::from_text)?;
    let statuses = one_of(PaymentStatus::all().map(PaymentStatus::as_str));
    let status = row.read("status", &statuses, PaymentStatus::from_text)?;
    Ok(PaymentRecord {
        sequence: row.whole("sequence")?.ok_or("sequence: missing")?,
        kind,
        gateway: gateway.unwrap_or(PaymentGateway::Manual),
        status: status.unwrap_or(PaymentStatus::Paid),
        amount: row.amount("amount")?.ok_or("amount: missing")?,
        captured: row.amount("captured")?,
        refunded: row.amount("refunded")?,
        reference: row.word("reference").map(Into::into),
        method: Some(row.word("method").unwrap_or(called(kind)).into()),
        begun_at: row.time("created_at")?,
        paid_at: row.time("paid_at")?,
    })
}

/// How people call a way to pay.
pub fn called(kind: PaymentType) -> &'static str {
    match kind {
        PaymentType::Cash => "Cash",
        PaymentType::Credit => "Credit Card",
        PaymentType::Debit => "Debit Card",
        PaymentType::Transfer => "Bank Transfer",
        PaymentType::Voucher => "Voucher",
        PaymentType::Other => "Other",
    }
}

/// The reviews of the orders. A review that is wrong does not keep its order out.
pub fn reviews(table: Table, orders: &mut Orders, told: (&mut Report, &dyn Progress)) -> Result<Side<ReviewRecord>, ImportError> {
    read_side(table, ("order", false), orders, told, |row, _| {
        let rating = |text: &str| text.parse().ok().filter(|rating| (1..=5).contains(rating));
        Ok(ReviewRecord {
            external_id: row.needed("id")?.into(),
            rating: row.read("rating", "a whole number from 1 to 5", rating)?.ok_or("rating: missing")?,
            title: row.text("title").map(Into::into),
            content: row.text("content").map(Into::into),
            created_at: row.time("created_at")?,
            answered_at: row.time("answered_at")?,
        })
    })
}
