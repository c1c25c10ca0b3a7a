//! What was counted as a filter of `orders`, so that a figure can be followed to its orders.

use async_graphql::{InputType as _, Json, Result};
use serde_json::{Value, json};

use crate::{
    graphql::{
        error,
        order::{OrderFilter, OrderStatus},
        scalar::{CurrencyCode, Moment},
    },
    money::Currency,
    statistics::{Whose, Window},
};

/// A filter as it can be sent again.
///
/// # Errors
/// When it has no form in JSON.
pub fn of_filter(filter: &OrderFilter) -> Result<Value> {
    let json = filter.to_value().into_json();
    json.map(without_nulls).map_err(|_| error::coded("INTERNAL_SERVER_ERROR", "the filter cannot be told"))
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name, without_nulls(value))).collect(),
        ),
        Value::Array(values) => values.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

/// The filter of `orders` that finds, for the same caller, what was counted.
pub fn orders(
    whose: &Whose,
    given: &Value,
    window: Option<Window>,
    currency: Option<Currency>,
    status: Option<OrderStatus>,
) -> Json<Value> {
    let mut all = vec![of_caller(whose)];
    if let Some(window) = window {
        all.push(json!({ "placedAt": { "gte": scalar(&Moment(window.from)), "lte": scalar(&Moment(window.to)) } }));
    }
    if let Some(currency) = currency {
        all.push(json!({ "currency": scalar(&CurrencyCode(currency)) }));
    }
    if let Some(status) = status {
        all.push(json!({ "status": { "in": [entity::stored::OrderStatus::from(status).as_str()] } }));
    }
    Json(all.into_iter().fold(given.clone(), both))
}

/// A filter of what both let through, no deeper than the first and with no more parts than must be: `orders` takes only so many.
fn both(filter: Value, more: Value) -> Value {
    let (Value::Object(mut filter), Value::Object(more)) = (filter, more) else { return json!({}) };
    for (name, value) in more {
        match filter.get(&name) {
            None => {
                filter.insert(name, value);
            }
            Some(_) => match filter.entry("and").or_insert_with(|| json!([])) {
                Value::Array(and) => and.push(json!({ name: value })),
                other => *other = json!([{ name: value }]),
            },
        }
    }
    Value::Object(filter)
}

fn scalar(value: &impl async_graphql::ScalarType) -> Value {
    value.to_value().into_json().unwrap_or_default()
}

/// `orders` shows a caller own purchases and own sales; figures are of one of them.
fn of_caller(whose: &Whose) -> Value {
    match whose {
        Whose::All => json!({}),
        Whose::Buyer(Some(customer)) => json!({ "customer": customer.to_string() }),
        Whose::Buyer(None) => json!({ "ids": [] }),
        Whose::Store(store) => json!({ "store": store.to_string() }),
        Whose::Seller { stores, .. } => match &stores[..] {
            [] => json!({ "ids": [] }),
            [store] => json!({ "store": store.to_string() }),
            many => json!({ "stores": many.iter().map(ToString::to_string).collect::<Vec<_>>() }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_beside_goes_where_there_is_room_for_it() {
        let given = json!({ "status": { "in": ["PENDING"] }, "or": [{ "search": "a" }] });
        assert_eq!(both(given.clone(), json!({ "currency": "EUR" }))["currency"], "EUR");
        let twice = both(both(given, json!({ "status": { "in": ["SHIPPED"] } })), json!({ "or": [] }));
        assert_eq!(
            twice,
            json!({ "status": { "in": ["PENDING"] }, "or": [{ "search": "a" }], "and": [{ "status": { "in": ["SHIPPED"] } }, { "or": [] }] })
        );
    }
}
