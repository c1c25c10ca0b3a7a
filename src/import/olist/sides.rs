//! What belongs to the orders: lines, payments, reviews; and when the orders were placed.

use std::collections::HashMap;

use entity::{
    stored::{PaymentGateway, PaymentStatus, PaymentType},
    time::Timestamp,
};

use super::Buyers;
use crate::{
    import::{
        ImportError,
        directory::{Directory, Orders},
        feed::read_side,
        progress::Progress,
        record::{CustomerRecord, ItemRecord, PaymentRecord, ProductRecord, ReviewRecord, StoreRecord},
        report::Report,
        side::Side,
        table::{Column, Table, optional, quoted, required},
    },
    money::{Currency, to_minor_unsigned},
};

/// Columns of the file of items.
pub const ITEM_COLUMNS: &[Column] = &[
    required("order_id"),
    required("order_item_id"),
    required("product_id"),
    required("seller_id"),
    optional("shipping_limit_date"),
    required("price"),
    required("freight_value"),
];

/// Columns of the file of payments.
pub const PAYMENT_COLUMNS: &[Column] = &[
    required("order_id"),
    required("payment_sequential"),
    required("payment_type"),
    optional("payment_installments"),
    required("payment_value"),
];

/// Columns of the file of reviews.
pub const REVIEW_COLUMNS: &[Column] = &[
    required("review_id"),
    required("order_id"),
    required("review_score"),
    optional("review_comment_title"),
    optional("review_comment_message"),
    optional("review_creation_date"),
    optional("review_answer_timestamp"),
];

/// When each order was placed; also since when each customer buys. Rows that are wrong are named when the orders are
/// read for good.
pub fn placed(
    mut table: Table,
    buyers: &Buyers,
    customers: &mut Directory<CustomerRecord>,
) -> Result<(Orders, HashMap<u32, Timestamp>), ImportError> {
    let mut orders = Orders::default();
    let mut placed = HashMap::new();
    while let Some(row) = table.next()? {
        let (Some(id), Ok(Some(at))) = (row.word("order_id"), row.time("order_purchase_timestamp")) else { continue };
        placed.insert(orders.place(id), at);
        if let Some(buyer) = row.word("customer_id").and_then(|id| buyers.get(id)) {
            let since = &mut customers.at_mut(buyer.customer).since;
            *since = Some(since.map_or(at, |known| known.min(at)));
        }
    }
    Ok((orders, placed))
}

/// The lines of the orders; `seen` is shown each.
pub fn items(
    table: Table,
    (stores, products, currency): (&Directory<StoreRecord>, &Directory<ProductRecord>, Currency),
    orders: &mut Orders,
    told: (&mut Report, &dyn Progress),
    mut seen: impl FnMut(u32, &ItemRecord),
) -> Result<Side<ItemRecord>, ImportError> {
    read_side(table, ("order_id", true), orders, told, |row, order| {
        let product = row.needed("product_id")?;
        let store = row.needed("seller_id")?;
        let amount = |column: &str| {
            let amount = row.amount(column)?.ok_or_else(|| format!("{column}: missing"))?;
            to_minor_unsigned(amount, currency).map_err(|error| format!("{column}: {error}"))?;
            Ok::<_, String>(amount)
        };
        let item = ItemRecord {
            number: row.whole("order_item_id")?.ok_or("order_item_id: missing")?,
            store: stores.find(store).ok_or_else(|| format!("seller_id: no seller {}, or it was refused", quoted(store)))?,
            product: Some(
                products.find(product).ok_or_else(|| format!("product_id: no product {}, or it was refused", quoted(product)))?,
            ),
            name: None,
            sku: None,
            quantity: 1,
            unit_price: amount("price")?,
            freight: amount("freight_value")?,
        };
        seen(order, &item);
        Ok(item)
    })
}

/// The payments of the orders. All were captured, as far as the data set tells.
pub fn payments(
    table: Table,
    orders: &mut Orders,
    told: (&mut Report, &dyn Progress),
) -> Result<Side<PaymentRecord>, ImportError> {
    read_side(table, ("order_id", true), orders, told, |row, _| {
        let word = row.needed("payment_type")?;
        let (kind, method) =
            payment_type(word).ok_or_else(|| format!("payment_type: {} is not one of the data set's words", quoted(word)))?;
        Ok(PaymentRecord {
            sequence: row.whole("payment_sequential")?.ok_or("payment_sequential: missing")?,
            kind,
            gateway: PaymentGateway::Manual,
            status: PaymentStatus::Paid,
            amount: row.amount("payment_value")?.ok_or("payment_value: missing")?,
            captured: None,
            refunded: None,
            reference: None,
            method: Some(method.into()),
            begun_at: None,
            paid_at: None,
        })
    })
}

/// The type that a word of the data set stands for, and how people call it.
fn payment_type(word: &str) -> Option<(PaymentType, &'static str)> {
    Some(match word {
        "credit_card" => (PaymentType::Credit, "Credit Card"),
        "debit_card" => (PaymentType::Debit, "Debit Card"),
        "boleto" => (PaymentType::Transfer, "Boleto"),
        "voucher" => (PaymentType::Voucher, "Voucher"),
        "not_defined" => (PaymentType::Other, "Other"),
        _ => return None,
    })
}

/// The reviews of the orders. A review that is wrong does not keep its order out.
pub fn reviews(table: Table, orders: &mut Orders, told: (&mut Report, &dyn Progress)) -> Result<Side<ReviewRecord>, ImportError> {
    read_side(table, ("order_id", false), orders, told, |row, _| {
        let rating = row.whole("review_score")?.ok_or("review_score: missing")?;
        if !(1..=5).contains(&rating) {
            return Err(format!("review_score: {rating} is not from 1 to 5"));
        }
        Ok(ReviewRecord {
            external_id: row.needed("review_id")?.into(),
            rating,
            title: row.text("review_comment_title").map(Into::into),
            content: row.text("review_comment_message").map(Into::into),
            created_at: row.time("review_creation_date")?,
            answered_at: row.time("review_answer_timestamp")?,
        })
    })
}
