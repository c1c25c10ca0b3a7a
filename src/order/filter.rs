//! Which orders: the conditions of lists, bulk actions and statistics (LIST-02, LIST-03, ORD-14).

use entity::{
    id::{CustomerId, OrderId, ProductId, ShippingMethodId, StoreId},
    order, order_item, payment,
    stored::{FulfillmentStatus, OrderPaymentStatus, OrderStatus, OrderType, PaymentType},
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, LikeExpr},
};
use serde::{Deserialize, Serialize};

use super::{overdue, query::Scope};

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
    /// By how it is shipped.
    pub kind: Option<Choice<OrderType>>,
    /// These orders.
    pub ids: Option<Vec<OrderId>>,
    /// By way of shipping.
    pub shipping_method: Option<ShippingMethodId>,
    /// With goods of a store.
    pub store: Option<StoreId>,
    /// Of a customer.
    pub customer: Option<CustomerId>,
    /// With a product.
    pub product: Option<ProductId>,
    /// By exact number.
    pub number: Option<String>,
    /// By the key in the system it was imported from.
    pub external_id: Option<String>,
    /// Part of number, tracking number, payment reference, customer name or e-mail, without regard to case.
    pub search: Option<String>,
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

    /// The filter as a condition on `orders`, for a caller with this scope. What a seller may not see of an order cannot
    /// be found out by filtering for it either: such conditions hold only on the seller's own purchases.
    pub fn condition(&self, scope: &Scope) -> Condition {
        use order::Column as C;
        let mut all = Condition::all();
        let open = |condition: Option<Condition>| condition.unwrap_or_else(Condition::all);
        all = all
            .add(open(self.status.as_ref().map(|choice| choice.condition(C::Status, |value| value.as_str()))))
            .add(open(
                self.fulfillment_status.as_ref().map(|choice| choice.condition(C::FulfillmentStatus, |value| value.as_str())),
            ))
            .add(open(self.kind.as_ref().map(|choice| choice.condition(C::Kind, |value| value.as_str()))))
            .add(open(self.ids.as_ref().map(|ids| all_of(C::Id.is_in(ids.iter().copied())))))
            .add(open(self.shipping_method.map(|id| all_of(C::ShippingMethodId.eq(id)))))
            .add(open(self.number.as_ref().map(|number| all_of(C::Number.eq(number.trim())))))
            .add(open(self.external_id.as_ref().map(|id| all_of(C::ExternalId.eq(id.trim())))))
            .add(open(self.currency.as_ref().map(|code| all_of(C::Currency.eq(code)))))
            .add(open(self.placed_at.as_ref().map(|range| range.condition(C::PlacedAt))))
            .add(open(self.updated_at.as_ref().map(|range| range.condition(C::UpdatedAt))))
            .add(open(self.ship_by.as_ref().map(|range| range.condition(C::ShipBy))))
            .add(open(self.overdue.map(|wanted| self.is_overdue(wanted))))
            .add(open(self.on_hold.map(|held| all_of(if held { C::HeldAt.is_not_null() } else { C::HeldAt.is_null() }))))
            .add(open(self.store.map(|store| scope.own_lines(order_item::Column::StoreId.eq(store)))))
            .add(open(self.product.map(|product| scope.own_lines(order_item::Column::ProductId.eq(product)))));
        let hidden = self.hidden();
        if !hidden.is_empty() {
            all = all.add(scope.only_buyer(hidden));
        }
        for part in &self.and {
            all = all.add(part.condition(scope));
        }
        if let Some(parts) = &self.or {
            let any = parts.iter().fold(Condition::any(), |any, part| any.add(part.condition(scope)));
            all = all.add(if parts.is_empty() { all_of(Expr::value(false)) } else { any });
        }
        if let Some(part) = &self.not {
            all = all.add(not(part.condition(scope)));
        }
        all
    }

    /// Orders that should have been shipped by now and are not, or all others.
    fn is_overdue(&self, wanted: bool) -> Condition {
        let late = overdue::open().add(order::Column::ShipBy.lt(self.now.unwrap_or(Timestamp(0))));
        if wanted { late } else { not(late) }
    }

    /// Conditions on what only the buyer and staff see.
    fn hidden(&self) -> Condition {
        use order::Column as C;
        let mut all = Condition::all();
        if let Some(choice) = &self.payment_status {
            all = all.add(choice.condition(C::PaymentStatus, |value| value.as_str()));
        }
        if let Some(choice) = &self.payment_type {
            all = all.add(payment_type(choice));
        }
        if let Some(customer) = self.customer {
            all = all.add(C::CustomerId.eq(customer));
        }
        if let Some(range) = &self.total {
            all = all.add(total(range, self.currency.as_deref()));
        }
        if let Some(text) = self.search.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            all = all.add(contains((order::Entity, C::SearchText), text));
        }
        all
    }
}

impl<T: Copy> Choice<T> {
    fn condition(&self, column: impl ColumnTrait, text: impl Fn(T) -> &'static str) -> Condition {
        let texts = |values: &[T]| values.iter().map(|value| text(*value)).collect::<Vec<_>>();
        let column = (column.entity_name(), column);
        let mut all = Condition::all();
        if let Some(values) = &self.any {
            all = all.add(Expr::col(column.clone()).is_in(texts(values)));
        }
        if let Some(values) = &self.none {
            all = all.add(Expr::col(column).is_not_in(texts(values)));
        }
        all
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

fn all_of(expression: impl sea_orm::sea_query::IntoCondition) -> Condition {
    Condition::all().add(expression.into_condition())
}

/// The opposite of a condition. An empty one matches everything, so its opposite matches nothing. Columns that may be
/// null compare as unknown, which is not true: the opposite then holds.
fn not(condition: Condition) -> Condition {
    if condition.is_empty() {
        return all_of(Expr::value(false));
    }
    let inner: sea_orm::sea_query::Expr = condition.into();
    all_of(Expr::expr(sea_orm::sea_query::Func::coalesce([inner, Expr::value(false)])).not())
}

/// Orders with a line of which the condition holds.
pub(super) fn with_item(condition: impl sea_orm::sea_query::IntoCondition) -> Condition {
    let lines = order_item::Entity::find()
        .select_only()
        .column(order_item::Column::OrderId)
        .filter(condition.into_condition())
        .into_query();
    all_of(Expr::col((order::Entity, order::Column::Id)).in_subquery(lines))
}

/// Orders that are paid in one of these ways: by their payments, or as the buyer means to while there are none.
fn payment_type(choice: &Choice<PaymentType>) -> Condition {
    let wanted = |types: &[PaymentType]| {
        let texts: Vec<&str> = types.iter().map(|kind| kind.as_str()).collect();
        let paid = payment::Entity::find()
            .select_only()
            .column(payment::Column::OrderId)
            .filter(Expr::col((payment::Entity, payment::Column::Kind)).is_in(texts.clone()))
            .into_query();
        Condition::any()
            .add(Expr::col((order::Entity, order::Column::PaymentType)).is_in(texts))
            .add(Expr::col((order::Entity, order::Column::Id)).in_subquery(paid))
    };
    let mut all = Condition::all();
    if let Some(types) = &choice.any {
        all = all.add(wanted(types));
    }
    if let Some(types) = &choice.none {
        all = all.add(not(wanted(types)));
    }
    all
}

/// A bound on the total is an amount, stored totals are minor units: each possible number of digits has its own bound.
fn total(range: &AmountRange, currency: Option<&str>) -> Condition {
    let known = currency.and_then(crate::money::Currency::from_code);
    let mut any = Condition::any();
    for digits in [0_u32, 2, 3, 4] {
        if known.is_some_and(|known| u32::from(known.digits()) != digits) {
            continue;
        }
        let currencies = crate::money::codes_with_digits(digits);
        let scale = rust_decimal::Decimal::from(10_i64.pow(digits));
        let floor = |bound: &rust_decimal::Decimal| minor(bound.checked_mul(scale).map(|scaled| scaled.floor()), bound);
        let ceil = |bound: &rust_decimal::Decimal| minor(bound.checked_mul(scale).map(|scaled| scaled.ceil()), bound);
        let minor_range = Range {
            gte: range.gte.as_ref().map(ceil),
            gt: range.gt.as_ref().map(floor),
            lte: range.lte.as_ref().map(floor),
            lt: range.lt.as_ref().map(ceil),
        };
        any = any.add(minor_range.condition(order::Column::TotalMinor).add(order::Column::Currency.is_in(currencies)));
    }
    any
}

/// A scaled bound as minor units, held at the ends of the range.
fn minor(scaled: Option<rust_decimal::Decimal>, bound: &rust_decimal::Decimal) -> i64 {
    let end = if bound.is_sign_negative() { i64::MIN } else { i64::MAX };
    scaled.and_then(|scaled| i64::try_from(scaled).ok()).unwrap_or(end)
}

/// Whether a column holds a text, without regard to case; `%` and `_` stand for themselves. The column holds lower case.
pub fn contains(column: impl sea_orm::sea_query::IntoColumnRef, text: &str) -> Condition {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    all_of(Expr::col(column).like(LikeExpr::new(pattern).escape('\\')))
}
