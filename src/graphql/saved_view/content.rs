//! What is kept of a list. It is given in the list's own input types, so that what a view says is what the list takes; it is
//! kept as the document that such an input is written as.

use async_graphql::{InputObject, InputType, OneofObject};
use entity::{stored::SavedViewList, time::Timestamp};
use serde_json::{Value, json};

use crate::{
    fault::Refusal,
    graphql::{
        catalogue::{ProductFilter, ProductSort},
        customer::{CustomerFilter, CustomerSort},
        order::{OrderFilter, OrderSort},
        payment::{PaymentFilter, PaymentSort},
    },
    saved_view::change::{Code, Content},
};

/// Most keys of an order, as the lists take them.
const MAX_SORT: usize = 6;

/// What of the list of orders is kept.
#[derive(Clone, Debug, InputObject)]
pub struct OrderViewInput {
    /// Which orders; all unless told.
    filter: Option<OrderFilter>,
    /// In which order; as the list's own unless told.
    sort: Option<Vec<OrderSort>>,
}

/// What of the list of customers is kept.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerViewInput {
    /// Which customers; all unless told.
    filter: Option<CustomerFilter>,
    /// In which order; as the list's own unless told.
    sort: Option<Vec<CustomerSort>>,
}

/// What of the list of products is kept.
#[derive(Clone, Debug, InputObject)]
pub struct ProductViewInput {
    /// Which products; all unless told.
    filter: Option<ProductFilter>,
    /// In which order; as the list's own unless told.
    sort: Option<Vec<ProductSort>>,
}

/// What of the list of payments is kept.
#[derive(Clone, Debug, InputObject)]
pub struct PaymentViewInput {
    /// Which payments; all unless told.
    filter: Option<PaymentFilter>,
    /// In which order; as the list's own unless told.
    sort: Option<Vec<PaymentSort>>,
}

/// Of which list, and what of it, as the list takes it.
#[allow(clippy::large_enum_variant, reason = "made and taken apart once a call")]
#[derive(Clone, Debug, OneofObject)]
pub enum SavedViewContentInput {
    /// A view of orders.
    Orders(OrderViewInput),
    /// A view of customers.
    Customers(CustomerViewInput),
    /// A view of products.
    Products(ProductViewInput),
    /// A view of payments.
    Payments(PaymentViewInput),
}

impl SavedViewContentInput {
    /// What is kept.
    ///
    /// # Errors
    /// [`Code::InvalidFilter`] for what the list itself would refuse.
    pub fn content(self, now: Timestamp) -> Result<Content, Refusal<Code>> {
        match self {
            Self::Orders(OrderViewInput { filter, sort }) => {
                let checked = filter.clone().map(|filter| filter.filter(now)).transpose();
                kept(SavedViewList::Orders, "orders", checked, filter.as_ref(), sort.as_deref())
            }
            Self::Customers(CustomerViewInput { filter, sort }) => {
                let checked = filter.clone().map(CustomerFilter::filter).transpose();
                kept(SavedViewList::Customers, "customers", checked, filter.as_ref(), sort.as_deref())
            }
            Self::Products(ProductViewInput { filter, sort }) => {
                let checked = filter.clone().map(ProductFilter::filter).transpose();
                kept(SavedViewList::Products, "products", checked, filter.as_ref(), sort.as_deref())
            }
            Self::Payments(PaymentViewInput { filter, sort }) => {
                kept(SavedViewList::Payments, "payments", Ok(()), filter.as_ref(), sort.as_deref())
            }
        }
    }
}

fn kept<T>(
    list: SavedViewList,
    name: &str,
    checked: async_graphql::Result<T>,
    filter: Option<&impl InputType>,
    sort: Option<&[impl InputType]>,
) -> Result<Content, Refusal<Code>> {
    if let Err(error) = checked {
        return Err(Refusal::new(Code::InvalidFilter, ["content", name, "filter"], error.message));
    }
    if sort.is_some_and(|keys| keys.len() > MAX_SORT) {
        let message = format!("has at most {MAX_SORT} keys");
        return Err(Refusal::new(Code::InvalidFilter, ["content", name, "sort"], message));
    }
    let sort: Vec<Value> = sort.unwrap_or_default().iter().map(written).collect();
    Ok(Content { list, filter: filter.map_or_else(|| json!({}), written), sort: Value::Array(sort) })
}

/// An input as the document that a client would send.
fn written(input: &impl InputType) -> Value {
    let mut document = input.to_value().into_json().unwrap_or_default();
    without_nulls(&mut document);
    document
}

/// Takes out the fields that were not given.
fn without_nulls(document: &mut Value) {
    match document {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(without_nulls);
        }
        Value::Array(values) => values.iter_mut().for_each(without_nulls),
        _ => {}
    }
}
