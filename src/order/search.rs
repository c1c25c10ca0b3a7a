//! The text that an order is searched by.

use std::collections::BTreeSet;

use entity::{order, order_item};

use crate::search::folded;

/// What a new order is searched by, folded, a line each.
pub fn text<'a>(
    number: &'a str,
    customer_name: &'a str,
    customer_email: Option<&'a str>,
    skus: impl IntoIterator<Item = &'a str>,
) -> String {
    let fixed = [Some(number), Some(customer_name), customer_email];
    let parts: Vec<&str> = fixed.into_iter().flatten().chain(skus).filter(|part| !part.is_empty()).collect();
    folded(&parts.join("\n"))
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

/// An order's search text with another tracking number; what else is in it stays.
pub fn with_tracking(order: &order::Model, number: &str) -> String {
    let old = folded(order.tracking_number.as_deref().unwrap_or_default());
    let mut parts: Vec<&str> = order.search_text.split('\n').collect();
    // Once only: the same text may be there as something else, such as the number.
    if let Some(index) = parts.iter().position(|part| !old.is_empty() && *part == old) {
        parts.remove(index);
    }
    let new = folded(number);
    if !new.is_empty() {
        parts.push(&new);
    }
    parts.join("\n")
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
