//! Filters of orders as the API takes them.

use async_graphql::{Error, ID, InputObject};
use entity::time::Timestamp;

use super::stored::{FulfillmentStatus, OrderPaymentStatus, OrderStatus, OrderType, PaymentType};
use crate::{
    graphql::{
        error::bad_input,
        limit,
        scalar::{CurrencyCode, Moment, Money},
    },
    order::filter::{Choice, Filter, Range},
};

macro_rules! choice_filter {
    ($name:ident, $value:ty) => {
        /// One of some values, none of others; both hold when both are given.
        #[derive(Clone, Debug, InputObject)]
        pub struct $name {
            /// One of these.
            pub r#in: Option<Vec<$value>>,
            /// None of these.
            pub not_in: Option<Vec<$value>>,
        }

        impl $name {
            /// The choice in the domain's values.
            pub fn choice<T: From<$value>>(self) -> Choice<T> {
                let values = |values: Vec<$value>| values.into_iter().map(Into::into).collect();
                Choice { any: self.r#in.map(values), none: self.not_in.map(values) }
            }
        }
    };
}

choice_filter!(OrderStatusFilter, OrderStatus);
choice_filter!(OrderPaymentStatusFilter, OrderPaymentStatus);
choice_filter!(FulfillmentStatusFilter, FulfillmentStatus);
choice_filter!(OrderTypeFilter, OrderType);
choice_filter!(PaymentTypeFilter, PaymentType);

/// Bounds of a time; all that are given hold.
#[derive(Clone, Debug, InputObject)]
pub struct DateTimeFilter {
    /// At or after.
    pub gte: Option<Moment>,
    /// After.
    pub gt: Option<Moment>,
    /// At or before.
    pub lte: Option<Moment>,
    /// Before.
    pub lt: Option<Moment>,
}

impl DateTimeFilter {
    /// The bounds in the domain's values.
    pub fn range(self) -> Range<entity::time::Timestamp> {
        let moment = |moment: Moment| moment.0;
        Range { gte: self.gte.map(moment), gt: self.gt.map(moment), lte: self.lte.map(moment), lt: self.lt.map(moment) }
    }
}

/// Bounds of an amount, in each row's own currency; all that are given hold.
#[derive(Clone, Debug, InputObject)]
pub struct MoneyFilter {
    /// At least.
    pub gte: Option<Money>,
    /// More than.
    pub gt: Option<Money>,
    /// At most.
    pub lte: Option<Money>,
    /// Less than.
    pub lt: Option<Money>,
}

impl MoneyFilter {
    /// The bounds in the domain's values.
    pub fn range(self) -> Range<rust_decimal::Decimal> {
        let amount = |money: Money| money.decimal();
        Range { gte: self.gte.map(amount), gt: self.gt.map(amount), lte: self.lte.map(amount), lt: self.lt.map(amount) }
    }
}

/// Which orders. All that is given holds; an empty filter is every order you may see.
#[derive(Clone, Debug, Default, InputObject)]
pub struct OrderFilter {
    /// By status.
    pub status: Option<OrderStatusFilter>,
    /// By how it stands with its payments; for sellers only of own purchases.
    pub payment_status: Option<OrderPaymentStatusFilter>,
    /// By how far the goods are.
    pub fulfillment_status: Option<FulfillmentStatusFilter>,
    /// By the types of its payments and the one that the buyer means to use; for sellers only of own purchases.
    pub payment_type: Option<PaymentTypeFilter>,
    /// By how it is shipped.
    pub r#type: Option<OrderTypeFilter>,
    /// These orders.
    pub ids: Option<Vec<ID>>,
    /// By way of shipping.
    pub shipping_method: Option<ID>,
    /// With goods of a store.
    pub store: Option<ID>,
    /// With goods of one of these stores.
    pub stores: Option<Vec<ID>>,
    /// Of a customer.
    pub customer: Option<ID>,
    /// With a product.
    pub product: Option<ID>,
    /// By its exact number.
    pub number: Option<String>,
    /// By its key in the system it was imported from.
    pub external_id: Option<String>,
    /// Part of number, tracking number, payment reference, customer name, e-mail, SKU of a line or key in the system it was imported
    /// from, without regard to case. One or two letters are found only where one of these begins. Sellers find what others bought of them by its number, the SKUs of own
    /// lines and the tracking numbers of own parcels.
    pub search: Option<String>,
    /// By when it was placed.
    pub placed_at: Option<DateTimeFilter>,
    /// By when it was last changed.
    pub updated_at: Option<DateTimeFilter>,
    /// By until when it must be shipped.
    pub ship_by: Option<DateTimeFilter>,
    /// Whether it should have been shipped by now and is not.
    pub overdue: Option<bool>,
    /// Whether it is held.
    pub on_hold: Option<bool>,
    /// By its total; for sellers only of own purchases.
    pub total: Option<MoneyFilter>,
    /// By its currency.
    pub currency: Option<CurrencyCode>,
    /// All of these hold.
    pub and: Option<Vec<OrderFilter>>,
    /// At least one of these holds.
    pub or: Option<Vec<OrderFilter>>,
    /// This does not hold.
    pub not: Option<Box<OrderFilter>>,
}

/// Deepest nesting of `and`, `or` and `not`.
const MAX_DEPTH: usize = 5;

/// Most conditions of one filter with all that are nested in it.
const MAX_PARTS: usize = 60;

/// The same of figures: the filter that tells what was counted says more, and is one for a list.
const MAX_PARTS_OF_FIGURES: usize = 50;

/// How many parts a filter has so far.
struct Parts {
    taken: usize,
    most: usize,
}

impl OrderFilter {
    /// The filter in the domain's values, as asked at `now`.
    ///
    /// # Errors
    /// When it is nested too deeply or too large. An id of another type names nothing, so nothing matches.
    pub fn filter(self, now: Timestamp) -> Result<Filter, Error> {
        self.nested(now, 1, &mut Parts { taken: 0, most: MAX_PARTS })
    }

    /// The same of what figures are asked for.
    ///
    /// # Errors
    /// The same, sooner.
    pub fn filter_of_figures(self, now: Timestamp) -> Result<Filter, Error> {
        self.nested(now, 1, &mut Parts { taken: 0, most: MAX_PARTS_OF_FIGURES })
    }

    fn nested(self, now: Timestamp, depth: usize, parts: &mut Parts) -> Result<Filter, Error> {
        parts.taken += 1;
        if depth > MAX_DEPTH || parts.taken > parts.most {
            return Err(bad_input("filter", format!("has at most {MAX_DEPTH} levels and {} parts", parts.most)));
        }
        limit::search(self.search.as_deref())?;
        limit::ids("ids", self.ids.as_ref())?;
        limit::ids("stores", self.stores.as_ref())?;
        let known_ids = [
            self.shipping_method.as_ref().map(|id| id.parse::<entity::id::ShippingMethodId>().is_ok()),
            self.store.as_ref().map(|id| id.parse::<entity::id::StoreId>().is_ok()),
            self.customer.as_ref().map(|id| id.parse::<entity::id::CustomerId>().is_ok()),
            self.product.as_ref().map(|id| id.parse::<entity::id::ProductId>().is_ok()),
        ];
        let names_nothing = known_ids.contains(&Some(false));
        let mut list = |filters: Vec<OrderFilter>| -> Result<Vec<Filter>, Error> {
            filters.into_iter().map(|filter| filter.nested(now, depth + 1, parts)).collect()
        };
        let and = list(self.and.unwrap_or_default())?;
        let or = self.or.map(&mut list).transpose()?;
        let not = self.not.map(|filter| filter.nested(now, depth + 1, parts)).transpose()?.map(Box::new);
        let id = |text: Option<ID>| text.map(|id| id.to_string());
        let ids = match names_nothing {
            true => Some(Vec::new()),
            false => self.ids.map(|ids| ids.iter().filter_map(|id| id.parse().ok()).collect()),
        };
        Ok(Filter {
            status: self.status.map(OrderStatusFilter::choice),
            payment_status: self.payment_status.map(OrderPaymentStatusFilter::choice),
            fulfillment_status: self.fulfillment_status.map(FulfillmentStatusFilter::choice),
            payment_type: self.payment_type.map(PaymentTypeFilter::choice),
            paid_by: None,
            kind: self.r#type.map(OrderTypeFilter::choice),
            ids,
            shipping_method: id(self.shipping_method).and_then(|id| id.parse().ok()),
            store: id(self.store).and_then(|id| id.parse().ok()),
            stores: self.stores.map(|ids| ids.iter().filter_map(|id| id.parse().ok()).collect()),
            customer: id(self.customer).and_then(|id| id.parse().ok()),
            product: id(self.product).and_then(|id| id.parse().ok()),
            number: self.number,
            external_id: self.external_id,
            search: self.search.map(Into::into),
            placed_at: self.placed_at.map(DateTimeFilter::range),
            updated_at: self.updated_at.map(DateTimeFilter::range),
            ship_by: self.ship_by.map(DateTimeFilter::range),
            overdue: self.overdue,
            now: Some(now),
            on_hold: self.on_hold,
            total: self.total.map(MoneyFilter::range),
            currency: self.currency.map(|code| code.0.code().to_owned()),
            and,
            or,
            not,
        })
    }
}
