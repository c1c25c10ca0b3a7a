//! Which orders: the conditions of lists, bulk actions and statistics (LIST-02, LIST-03, ORD-14).

use std::sync::Arc;

use entity::{
    id::{CustomerId, OrderId, ProductId, ShippingMethodId, StoreId},
    stored::{FulfillmentStatus, OrderPaymentStatus, OrderStatus, OrderType, PaymentType},
    time::Timestamp,
};
use sea_orm::{ColumnTrait, Condition};
use serde::{Deserialize, Serialize};

use crate::search::{Search, Searches};

mod amount;
mod part;
mod parts;

pub use part::Part;
pub use parts::of_stores;

/// One of, none of; both hold when both are given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Choice<T> {
    /// One of these.
    pub any: Option<Vec<T>>,
    /// None of these.
    pub none: Option<Vec<T>>,
}

/// Bounds; all that are given hold.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Range<T> {
    /// At least.
    pub gte: Option<T>,
    /// More than.
    pub gt: Option<T>,
    /// At most.
    pub lte: Option<T>,
    /// Less than.
    pub lt: Option<T>,
}

/// Bounds of an amount, by the currency each order has: an amount in minor units per number of digits.
pub type AmountRange = Range<rust_decimal::Decimal>;

/// Which orders. All that is given holds; an empty filter is every order the caller sees.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// By status.
    pub status: Option<Choice<OrderStatus>>,
    /// By how it stands with payments.
    pub payment_status: Option<Choice<OrderPaymentStatus>>,
    /// By how far the goods are.
    pub fulfillment_status: Option<Choice<FulfillmentStatus>>,
    /// By how it is or will be paid.
    pub payment_type: Option<Choice<PaymentType>>,
    /// The numbers of ways to pay that orders have, if they were looked up; no part of what was asked.
    #[serde(skip)]
    pub paid_by: Option<Arc<[i32]>>,
    /// By how it is shipped.
    pub kind: Option<Choice<OrderType>>,
    /// These orders.
    pub ids: Option<Vec<OrderId>>,
    /// By way of shipping.
    pub shipping_method: Option<ShippingMethodId>,
    /// With goods of a store.
    pub store: Option<StoreId>,
    /// With goods of one of these stores.
    pub stores: Option<Vec<StoreId>>,
    /// Of a customer.
    pub customer: Option<CustomerId>,
    /// With a product.
    pub product: Option<ProductId>,
    /// By exact number.
    pub number: Option<String>,
    /// By the key in the system it was imported from.
    pub external_id: Option<String>,
    /// Part of number, tracking number, payment reference, customer name, e-mail or SKU of a line, without regard to case; one or
    /// two letters only where one of these begins.
    pub search: Option<Search>,
    /// By when it was placed.
    pub placed_at: Option<Range<Timestamp>>,
    /// By when it was last changed.
    pub updated_at: Option<Range<Timestamp>>,
    /// By until when it must be shipped.
    pub ship_by: Option<Range<Timestamp>>,
    /// Whether it should have been shipped by now and is not.
    pub overdue: Option<bool>,
    /// The time by which that is judged; no part of what was asked.
    #[serde(skip)]
    pub now: Option<Timestamp>,
    /// Whether it is held.
    pub on_hold: Option<bool>,
    /// By total.
    pub total: Option<AmountRange>,
    /// By currency.
    pub currency: Option<String>,
    /// All of these.
    pub and: Vec<Filter>,
    /// At least one of these; an empty list is none.
    pub or: Option<Vec<Filter>>,
    /// Not this.
    pub not: Option<Box<Filter>>,
}

impl Searches for Filter {
    fn searches(&mut self) -> Vec<&mut Search> {
        let parts = self.and.iter_mut().chain(self.or.iter_mut().flatten()).chain(self.not.as_deref_mut());
        self.search.iter_mut().chain(parts.flat_map(Self::searches)).collect()
    }
}

impl<T: Copy + PartialEq> Choice<T> {
    /// Those of all values that it lets through.
    fn wanted(&self, all: impl Iterator<Item = T>) -> Vec<T> {
        let any = |value: &T| self.any.as_ref().is_none_or(|any| any.contains(value));
        let none = |value: &T| self.none.as_ref().is_some_and(|none| none.contains(value));
        all.filter(|value| any(value) && !none(value)).collect()
    }
}

impl<T: Copy + Into<sea_orm::Value>> Range<T> {
    /// The bounds as a condition on a column.
    pub fn condition(&self, column: impl ColumnTrait) -> Condition {
        let mut all = Condition::all();
        if let Some(value) = self.gte {
            all = all.add(column.gte(value));
        }
        if let Some(value) = self.gt {
            all = all.add(column.gt(value));
        }
        if let Some(value) = self.lte {
            all = all.add(column.lte(value));
        }
        if let Some(value) = self.lt {
            all = all.add(column.lt(value));
        }
        all
    }
}

impl Filter {
    /// The filter as asked at `now`, with all that is nested in it.
    pub fn at(self, now: Timestamp) -> Self {
        let each = |parts: Vec<Self>| parts.into_iter().map(|part| part.at(now)).collect();
        Self {
            now: Some(now),
            and: each(self.and),
            or: self.or.map(each),
            not: self.not.map(|part| Box::new(part.at(now))),
            ..self
        }
    }

    /// The filter that knows which numbers of ways to pay occur, where it asks for such ways: of these the orders of a page can
    /// be merged.
    pub fn knowing_paid_by(self, numbers: &Arc<[i32]>) -> Self {
        let and = self.and.into_iter().map(|part| part.knowing_paid_by(numbers)).collect();
        Self { paid_by: self.payment_type.as_ref().map(|_| numbers.clone()), and, ..self }
    }

    /// Whether it asks for ways to pay, other than among alternatives.
    pub fn asks_for_payment_type(&self) -> bool {
        self.payment_type.is_some() || self.and.iter().any(Self::asks_for_payment_type)
    }

    /// Whether its own condition on the status lets one through.
    pub fn lets_through(&self, status: OrderStatus) -> bool {
        self.status.as_ref().is_none_or(|choice| !choice.wanted(std::iter::once(status)).is_empty())
    }

    /// Whether it asks for what a seller sees of own purchases alone.
    pub fn is_of_buyers(&self) -> bool {
        let given = self.payment_status.is_some()
            || self.payment_type.is_some()
            || self.store.is_some()
            || self.stores.is_some()
            || self.customer.is_some()
            || self.product.is_some()
            || self.search.is_some()
            || self.total.is_some();
        given || self.nested().any(Self::is_of_buyers)
    }

    /// The filters in it.
    fn nested(&self) -> impl Iterator<Item = &Self> {
        self.and.iter().chain(self.or.iter().flatten()).chain(self.not.as_deref())
    }

    /// Whether the answer depends on the moment of the question.
    pub fn is_of_the_moment(&self) -> bool {
        self.overdue.is_some() || self.nested().any(Self::is_of_the_moment)
    }
}
