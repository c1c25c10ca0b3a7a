//! The text that an order is searched by.

use entity::order;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbErr};

use crate::{db::statement, search::folded};

/// What an order is searched by beside its own columns.
const PARTS: &str = "SELECT sku FROM order_items WHERE order_id = $1 AND sku IS NOT NULL \
     UNION SELECT tracking_number FROM fulfillments WHERE order_id = $1 AND tracking_number IS NOT NULL \
     UNION SELECT reference FROM payments WHERE order_id = $1 AND reference IS NOT NULL";

/// What a new order is searched by, folded, a line each.
pub fn text<'a>(
    number: &'a str,
    customer_name: &'a str,
    customer_email: Option<&'a str>,
    skus: impl IntoIterator<Item = &'a str>,
) -> String {
    joined([Some(number), Some(customer_name), customer_email].into_iter().flatten().chain(skus))
}

/// What an order is searched by once its lines, parcels and payments are stored as they are now.
///
/// # Errors
/// When the database fails.
pub(crate) async fn renewed(tx: &DatabaseTransaction, order: &order::Model) -> Result<String, DbErr> {
    let rows = tx.query_all_raw(statement(tx, PARTS, [order.id.into()])).await?;
    let others = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<String>, _>>()?;
    let own = [
        Some(order.number.as_str()),
        Some(order.customer_name.as_str()),
        order.customer_email.as_deref(),
        order.external_id.as_deref(),
        order.tracking_number.as_deref(),
    ];
    Ok(joined(own.into_iter().flatten().chain(others.iter().map(String::as_str))))
}

/// An order's search text with the reference of a payment.
pub fn with_reference(order: &order::Model, reference: &str) -> String {
    joined(order.search_text.split('\n').chain([reference]))
}

/// Each text once, folded, a line each.
fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in texts.map(|text| folded(text).replace('\n', " ")) {
        if !part.is_empty() && !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts.join("\n")
}
