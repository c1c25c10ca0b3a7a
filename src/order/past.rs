//! An order as it was: the event log folded backwards from the order as it is, by the old value of each change. Pure.
//!
//! What is known is flat: a path to a value, `status`, `items.item_….quantity`. Values are as the API shows them, as they
//! are in events.

use std::collections::{BTreeMap, BTreeSet};

use entity::{
    event,
    id::OrderItemId,
    order, order_item,
    stored::{ActorKind, FulfillmentStatus, OrderStatus},
    time::Timestamp,
};
use serde_json::{Map, Value};

use super::state::fulfillment_of;
use crate::{
    event::{Change, query::changes},
    money::{Currency, format_minor},
};

/// What lines are known by.
const ITEMS: &str = "items";

/// The fields of an order that its events tell of, beside its lines.
pub fn fields(order: &order::Model) -> Vec<(&'static str, Value)> {
    let currency = Currency::from_code(&order.currency);
    let money = |minor: i64| currency.map_or(Value::Null, |currency| format_minor(minor, currency).into());
    vec![
        ("status", order.status.as_str().into()),
        ("paymentStatus", order.payment_status.as_str().into()),
        ("fulfillmentStatus", order.fulfillment_status.as_str().into()),
        ("type", order.kind.as_str().into()),
        ("paymentType", order.payment_type.map(|kind| kind.as_str()).into()),
        ("customerName", order.customer_name.as_str().into()),
        ("customerEmail", order.customer_email.as_deref().into()),
        ("subtotal", money(order.subtotal_minor)),
        ("shipping", money(order.shipping_minor)),
        ("tax", money(order.tax_minor)),
        ("discount", money(order.discount_minor)),
        ("total", money(order.total_minor)),
        ("paid", money(order.paid_minor)),
        ("refunded", money(order.refunded_minor)),
        ("shippingAddress", order.shipping_address.as_deref().into()),
        ("billingAddress", order.billing_address.as_deref().into()),
        ("shippingMethod", order.shipping_method_id.map(|id| id.to_string()).into()),
        ("trackingNumber", order.tracking_number.as_deref().into()),
        ("note", order.note.as_deref().into()),
        ("estimatedDelivery", order.estimated_delivery.as_deref().into()),
    ]
}

/// The fields that differ between two versions of an order and that nobody told of yet.
pub fn untold(before: &order::Model, after: &order::Model, told: &[Change]) -> Vec<Change> {
    let pairs = fields(before).into_iter().zip(fields(after));
    pairs
        .filter(|((field, old), (_, new))| old != new && told.iter().all(|change| change.field != *field))
        .map(|((field, old), (_, new))| Change::new(field, old, new))
        .collect()
}

/// An order at a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    values: BTreeMap<String, Value>,
    /// Its version then.
    pub version: i32,
}

/// A line at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemFacts {
    /// The line.
    pub id: String,
    /// Whose goods, as the text of an id.
    pub store: Option<String>,
    /// What was sold.
    pub name: String,
    /// Its SKU.
    pub sku: Option<String>,
    /// Pieces.
    pub quantity: i64,
    /// Price of one.
    pub unit_price: String,
}

impl Facts {
    /// The order as it is.
    fn now(order: &order::Model, lines: &[order_item::Model]) -> Self {
        let mut facts = Self { values: BTreeMap::new(), version: order.version };
        for (field, value) in fields(order) {
            facts.set(field, value);
        }
        let currency = Currency::from_code(&order.currency);
        for line in lines {
            let price = currency.map(|currency| format_minor(line.unit_price_minor, currency));
            let known = serde_json::json!({
                "position": line.position,
                "store": line.store_id,
                "name": line.name,
                "sku": line.sku,
                "quantity": line.quantity,
                "unitPrice": price,
            });
            facts.set(&format!("{ITEMS}.{}", line.id), known);
        }
        facts
    }

    /// Puts a value, of whatever shape, in the place of what was there.
    fn set(&mut self, path: &str, value: Value) {
        let below = format!("{path}.");
        self.values.retain(|known, _| known != path && !known.starts_with(&below));
        match value {
            Value::Null => {}
            Value::Object(parts) => parts.into_iter().for_each(|(part, value)| self.set(&format!("{below}{part}"), value)),
            value => {
                self.values.insert(path.to_owned(), value);
            }
        }
    }

    /// Takes an event back.
    fn undo(&mut self, event: &event::Model, names: &[&str]) {
        for Change { field, old, .. } in changes(event).into_iter().rev() {
            let path = field.strip_prefix("totals.").unwrap_or(&field);
            // Imported history tells of statuses alone.
            if path == "status" && event.actor == ActorKind::Import {
                self.undo_fulfillment(&old);
            }
            if is_known(path, names) {
                self.set(path, old);
            }
        }
    }

    fn undo_fulfillment(&mut self, old: &Value) {
        let now = self.text("fulfillmentStatus").and_then(FulfillmentStatus::from_text);
        if let (Some(now), Some(status)) = (now, old.as_str().and_then(OrderStatus::from_text)) {
            self.set("fulfillmentStatus", fulfillment_of(status, now).as_str().into());
        }
    }

    /// The text of a field; `None` where it is empty.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.values.get(field).and_then(Value::as_str)
    }

    /// The lines, in their order.
    pub fn items(&self) -> Vec<ItemFacts> {
        let mut by_id: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
        for (path, value) in &self.values {
            if let Some((id, part)) = path.strip_prefix("items.").and_then(|rest| rest.split_once('.')) {
                by_id.entry(id).or_default().insert(part.to_owned(), value.clone());
            }
        }
        let mut items: Vec<(i64, ItemFacts)> = by_id
            .into_iter()
            .map(|(id, parts)| {
                let text = |part: &str| parts.get(part).and_then(Value::as_str).map(str::to_owned);
                let number = |part: &str| parts.get(part).and_then(Value::as_i64);
                let item = ItemFacts {
                    id: id.to_owned(),
                    store: text("store"),
                    name: text("name").unwrap_or_default(),
                    sku: text("sku"),
                    quantity: number("quantity").unwrap_or_default(),
                    unit_price: text("unitPrice").unwrap_or_else(|| "0".into()),
                };
                (number("position").unwrap_or(i64::MAX), item)
            })
            .collect();
        items.sort_by_key(|(position, _)| *position);
        items.into_iter().map(|(_, item)| item).collect()
    }

    /// What is different in a later state.
    pub fn difference(&self, later: &Self) -> Vec<Change> {
        let paths: BTreeSet<&String> = self.values.keys().chain(later.values.keys()).collect();
        let at = |facts: &Self, path: &String| facts.values.get(path).cloned().unwrap_or_default();
        paths
            .into_iter()
            .filter(|path| !path.ends_with(".position"))
            .map(|path| Change::new(path, at(self, path), at(later, path)))
            .filter(|change| change.old != change.new)
            .collect()
    }
}

/// Whether a change is of the order itself or of a line, and not a remark such as that it was forced.
fn is_known(path: &str, names: &[&str]) -> bool {
    match path.split_once('.') {
        Some((ITEMS, rest)) => rest.split('.').next().is_some_and(|id| id.parse::<OrderItemId>().is_ok()),
        Some(_) => false,
        None => names.contains(&path),
    }
}

/// An order at a moment, from what it is and all of its events, oldest first; `None` before it was there.
pub fn as_of(order: &order::Model, lines: &[order_item::Model], events: &[event::Model], at: Timestamp) -> Option<Facts> {
    // By the sequence and not by times alone: clocks of several copies differ, and imported times may run back.
    let mut facts = Facts::now(order, lines);
    let Some(last) = events.iter().rposition(|event| event.occurred_at <= at) else {
        return (events.is_empty() && order.created_at <= at).then_some(facts);
    };
    let names: Vec<&str> = fields(order).into_iter().map(|(name, _)| name).collect();
    for event in events.iter().skip(last + 1).rev() {
        facts.undo(event, &names);
    }
    facts.version = events[last].version;
    Some(facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_and_go_by_their_path() {
        let id = "items.item_01h455vb4pex5vsknk084sn02q";
        let mut facts = Facts::default();
        facts.set(id, serde_json::json!({ "name": "Pen", "quantity": 2, "unitPrice": "1.50" }));
        let before = facts.clone();
        facts.set(&format!("{id}.quantity"), 3.into());
        assert_eq!(facts.items()[0].quantity, 3);
        assert_eq!(before.difference(&facts), [Change::new(&format!("{id}.quantity"), 2, 3)]);
        facts.set(id, Value::Null);
        assert_eq!((facts.items(), facts.values.len()), (vec![], 0));
        assert_eq!(facts.difference(&before).len(), 3);
    }

    #[test]
    fn remarks_are_no_fields() {
        for path in ["forced", "refund", "items.0.unitPrice", "order", "stock.PEN", "payments.x.status"] {
            assert!(!is_known(path, &["status", "note"]), "{path}");
        }
        assert!(is_known("note", &["note"]) && is_known("items.item_01h455vb4pex5vsknk084sn02q", &[]));
    }
}
