//! The text that an order is searched by.

use std::collections::BTreeSet;

use entity::{fulfillment, order, order_item};
use sea_orm::{ColumnTrait as _, DatabaseTransaction, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};

use crate::search::folded;

/// What a new order is searched by, folded, a line each.
pub fn text<'a>(
    number: &'a str,
    customer_name: &'a str,
    customer_email: Option<&'a str>,
    skus: impl IntoIterator<Item = &'a str>,
) -> String {
    let fixed = [Some(number), Some(customer_name), customer_email].into_iter().flatten().map(folded);
    let skus: BTreeSet<String> = skus.into_iter().map(folded).collect();
    let parts: Vec<String> = fixed.chain(skus).filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}

/// An order's search text when its lines become others; what else is in it stays.
pub fn with_lines(text: &str, before: &[order_item::Model], after: &[order_item::Model]) -> String {
    let skus = |lines: &[order_item::Model]| -> BTreeSet<String> {
        lines.iter().filter_map(|line| line.sku.as_deref()).map(folded).collect()
    };
    let (before, after) = (skus(before), skus(after));
    let mut parts: Vec<&str> = text.split('\n').collect();
    for gone in before.difference(&after) {
        if let Some(index) = parts.iter().position(|part| part == gone) {
            parts.remove(index);
        }
    }
    parts.extend(after.difference(&before).map(String::as_str));
    parts.join("\n")
}

/// An order's search text with another tracking number; what else is in it stays, and the former one if a parcel has it.
///
/// # Errors
/// When the database fails.
pub(crate) async fn with_tracking(tx: &DatabaseTransaction, order: &order::Model, number: &str) -> Result<String, DbErr> {
    use fulfillment::Column as C;
    let mut parts: Vec<&str> = order.search_text.split('\n').collect();
    let former = order.tracking_number.as_deref().filter(|former| !former.is_empty());
    let mut old = String::new();
    if let Some(former) = former {
        if former == number {
            return Ok(order.search_text.clone());
        }
        let parcels = fulfillment::Entity::find().filter(C::OrderId.eq(order.id)).filter(C::TrackingNumber.eq(former));
        if parcels.count(tx).await? == 0 {
            old = folded(former);
        }
    }
    // Once only: the same text may be there as something else, such as the number.
    if let Some(index) = parts.iter().position(|part| !old.is_empty() && *part == old) {
        parts.remove(index);
    }
    let new = folded(number);
    if !new.is_empty() {
        parts.push(&new);
    }
    Ok(parts.join("\n"))
}

/// An order's search text with the reference of a payment, once.
pub fn with_reference(order: &order::Model, reference: &str) -> String {
    let new = folded(reference).replace('\n', " ");
    match new.is_empty() || order.search_text.split('\n').any(|part| part == new) {
        true => order.search_text.clone(),
        false if order.search_text.is_empty() => new,
        false => format!("{}\n{new}", order.search_text),
    }
}
