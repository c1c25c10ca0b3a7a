//! What templates are given: all of it as text that can be shown, amounts with the currency's digits.

use entity::{customer, event, order, order_item, stored::NotificationKind};
use serde::Serialize;

use crate::{
    config::ServeConfig,
    event::{Change, query::changes},
    money::{Currency, format_minor, parse_decimal},
    order::state,
};

/// What the words of a notification may use. Whoever is told may know all of it.
#[derive(Clone, Debug, Serialize)]
pub struct Facts {
    /// The shop's name.
    pub shop: String,
    /// Where the shop is.
    pub public_url: Option<String>,
    /// What it tells of, `ORDER_SHIPPED`.
    pub kind: &'static str,
    /// False for sellers and staff.
    pub is_buyer: bool,
    /// Money that moved, for the buyer.
    pub amount: Option<String>,
    /// The carrier's number, for the buyer.
    pub tracking_number: Option<String>,
    /// The order.
    pub order: OrderFacts,
}

/// What is said of an order.
#[derive(Clone, Debug, Serialize)]
pub struct OrderFacts {
    /// Its number.
    pub number: String,
    /// Its status in words.
    pub status: &'static str,
    /// The day it was placed.
    pub date: String,
    /// ISO 4217 code of its amounts.
    pub currency: String,
}

/// What an e-mail to the buyer may use beside the facts.
#[derive(Clone, Debug, Serialize)]
pub struct Letter {
    /// The facts.
    #[serde(flatten)]
    pub facts: Facts,
    /// The notification's title.
    pub title: String,
    /// The notification's message.
    pub message: String,
    /// The buyer's name.
    pub name: Option<String>,
    /// The order's lines.
    pub items: Vec<Line>,
    /// The order's total.
    pub total: String,
}

/// A line of an order.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// What was sold.
    pub name: String,
    /// Pieces.
    pub quantity: i32,
    /// Price of them all.
    pub total: String,
}

impl Facts {
    /// The facts of an event, for the buyer or for the others.
    pub fn of(config: &ServeConfig, kind: NotificationKind, event: &event::Model, order: &order::Model, is_buyer: bool) -> Self {
        let changes = changes(event);
        Self {
            shop: config.notify.shop_name.clone(),
            public_url: config.links.public_url.clone(),
            kind: kind.as_str(),
            is_buyer,
            amount: amount(&changes).filter(|_| is_buyer),
            tracking_number: tracking(&changes).or_else(|| order.tracking_number.clone()).filter(|_| is_buyer),
            order: OrderFacts {
                number: order.number.clone(),
                status: state::display(order.status),
                date: order.placed_at.datetime().format("%Y-%m-%d").to_string(),
                currency: order.currency.clone(),
            },
        }
    }
}

impl Letter {
    /// The letter of an event to the buyer.
    pub fn new(
        facts: Facts,
        words: super::template::Words,
        order: &order::Model,
        customer: &customer::Model,
        lines: &[order_item::Model],
        currency: Currency,
    ) -> Self {
        let line = |line: &order_item::Model| Line {
            name: line.name.clone(),
            quantity: line.quantity,
            total: format_minor(line.total_minor, currency),
        };
        Self {
            facts,
            title: words.title,
            message: words.message,
            name: Some(customer.name.trim().to_owned()).filter(|name| !name.is_empty()),
            items: lines.iter().map(line).collect(),
            total: format_minor(order.total_minor, currency),
        }
    }
}

/// The money that an event moved: said by the event, or the difference that it made.
fn amount(changes: &[Change]) -> Option<String> {
    let of = |field: &str| changes.iter().find(|change| change.field == field);
    if let Some(text) = of("amount").and_then(|change| change.new.as_str()) {
        return Some(text.to_owned());
    }
    ["captured", "paid", "refunded"].into_iter().filter_map(of).find_map(|change| {
        let new = parse_decimal(change.new.as_str()?).ok()?;
        let old = change.old.as_str().map_or(Some(rust_decimal::Decimal::ZERO), |old| parse_decimal(old).ok())?;
        let difference = new.checked_sub(old)?;
        (difference > rust_decimal::Decimal::ZERO).then(|| difference.to_string())
    })
}

fn tracking(changes: &[Change]) -> Option<String> {
    let change = changes.iter().find(|change| change.field == "trackingNumber")?;
    change.new.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_those_of_the_event() {
        let change = |field, old: Option<&str>, new| Change::new(field, old, new);
        for (changes, expected) in [
            (vec![change("amount", None, "12.50")], Some("12.50")),
            (vec![change("paid", Some("10.00"), "29.99")], Some("19.99")),
            (vec![change("status", Some("PENDING"), "PAID"), change("captured", None, "5.00")], Some("5.00")),
            (vec![change("refunded", Some("5.00"), "5.00")], None),
            (vec![change("paid", Some("much"), "5.00")], None),
            (vec![change("status", Some("PENDING"), "CONFIRMED")], None),
            (vec![], None),
        ] {
            assert_eq!(amount(&changes).as_deref(), expected, "{changes:?}");
        }
    }
}
