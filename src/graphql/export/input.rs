//! What an export is asked for, as the API takes it; the command line takes the same as JSON.

use async_graphql::{Enum, Error, InputObject, OneofObject, resolver_utils::EnumType};
use chrono_tz::Tz;
use entity::time::Timestamp;

use super::columns::{CustomerColumn, OrderColumn, PaymentColumn, ProductColumn};
use crate::{
    export::{
        change::Code,
        spec::{self, What},
    },
    fault::Refusal,
    graphql::{
        catalogue::{ProductFilter, ProductSort},
        customer::{CustomerFilter, CustomerSort},
        error::bad_input,
        order::{OrderFilter, OrderItemFilter, OrderSort},
        payment::{PaymentFilter, PaymentSort},
    },
};

/// What a line of a file of orders is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "spec::RowsPer")]
pub enum ExportRowsPer {
    /// An order.
    Order,
    /// A line of an order; orders without lines are left out.
    Item,
}

/// Orders, a line each or a line an item.
#[derive(Clone, Debug, InputObject)]
pub struct OrdersExport {
    /// Which; all unless told.
    filter: Option<OrderFilter>,
    /// In which order; newest first unless told.
    sort: Option<Vec<OrderSort>>,
    /// With what; the usual columns unless told.
    columns: Option<Vec<OrderColumn>>,
    /// What a line is.
    #[graphql(default_with = "ExportRowsPer::Order")]
    rows_per: ExportRowsPer,
}

/// Lines of orders.
#[derive(Clone, Debug, InputObject)]
pub struct OrderItemsExport {
    /// Which; all unless told.
    filter: Option<OrderItemFilter>,
    /// With what; the usual columns unless told.
    columns: Option<Vec<OrderColumn>>,
}

/// Payments.
#[derive(Clone, Debug, InputObject)]
pub struct PaymentsExport {
    /// Which; all unless told.
    filter: Option<PaymentFilter>,
    /// In which order; newest first unless told.
    sort: Option<Vec<PaymentSort>>,
    /// With what; the usual columns unless told.
    columns: Option<Vec<PaymentColumn>>,
}

/// Customers.
#[derive(Clone, Debug, InputObject)]
pub struct CustomersExport {
    /// Which; all unless told.
    filter: Option<CustomerFilter>,
    /// In which order; newest first unless told.
    sort: Option<Vec<CustomerSort>>,
    /// With what; the usual columns unless told.
    columns: Option<Vec<CustomerColumn>>,
}

/// Products, a line a variant.
#[derive(Clone, Debug, InputObject)]
pub struct ProductsExport {
    /// Which; all unless told.
    filter: Option<ProductFilter>,
    /// In which order; newest first unless told.
    sort: Option<Vec<ProductSort>>,
    /// With what; the usual columns unless told.
    columns: Option<Vec<ProductColumn>>,
}

/// What a file has lines of: exactly one, with the filters and sort orders of its list.
#[derive(Clone, Debug, OneofObject)]
#[allow(clippy::large_enum_variant, reason = "made and taken apart once a call")]
pub enum ExportOf {
    /// Orders.
    Orders(OrdersExport),
    /// Lines of orders.
    OrderItems(OrderItemsExport),
    /// Payments.
    Payments(PaymentsExport),
    /// Customers.
    Customers(CustomersExport),
    /// Products.
    Products(ProductsExport),
}

/// Most keys of a sort order.
const MAX_SORT: usize = 6;

/// Longest name of a time zone that is looked up.
const MAX_ZONE: usize = 64;

fn keys<S, K>(sort: Option<Vec<S>>, key: impl Fn(S) -> K) -> Result<Vec<K>, Error> {
    let sort = sort.unwrap_or_default();
    match sort.len() {
        0..=MAX_SORT => Ok(sort.into_iter().map(key).collect()),
        _ => Err(bad_input("sort", format!("has at most {MAX_SORT} keys"))),
    }
}

fn chosen<A, D: From<A>>(columns: Option<Vec<A>>) -> Vec<D> {
    columns.unwrap_or_default().into_iter().map(D::from).collect()
}

/// The columns that there are for a field of [`ExportOf`], by their names.
pub fn columns(field: &str) -> Vec<&'static str> {
    fn names<C: EnumType>() -> Vec<&'static str> {
        C::items().iter().map(|item| item.name).collect()
    }
    match field {
        "payments" => names::<PaymentColumn>(),
        "customers" => names::<CustomerColumn>(),
        "products" => names::<ProductColumn>(),
        _ => names::<OrderColumn>(),
    }
}

impl ExportOf {
    /// The same in the domain's values, as asked at `now`.
    ///
    /// # Errors
    /// For filters and sort orders that the list would not take either.
    pub fn what(self, now: Timestamp) -> Result<What, Error> {
        Ok(match self {
            Self::Orders(of) => What::Orders {
                filter: Box::new(of.filter.unwrap_or_default().filter(now)?),
                sort: keys(of.sort, OrderSort::key)?,
                columns: chosen(of.columns),
                rows_per: of.rows_per.into(),
            },
            Self::OrderItems(of) => {
                What::OrderItems { filter: of.filter.unwrap_or_default().filter()?, columns: chosen(of.columns) }
            }
            Self::Payments(of) => What::Payments {
                filter: of.filter.unwrap_or_default().filter()?,
                sort: keys(of.sort, PaymentSort::key)?,
                columns: chosen(of.columns),
            },
            Self::Customers(of) => What::Customers {
                filter: of.filter.unwrap_or_default().filter()?,
                sort: keys(of.sort, CustomerSort::key)?,
                columns: chosen(of.columns),
            },
            Self::Products(of) => What::Products {
                filter: of.filter.unwrap_or_default().filter()?,
                sort: keys(of.sort, ProductSort::key)?,
                columns: chosen(of.columns),
            },
        })
    }
}

/// A time zone by its name; UTC unless told.
///
/// # Errors
/// For an unknown one.
pub fn zone(name: Option<&str>) -> Result<Tz, Refusal<Code>> {
    let Some(name) = name else { return Ok(Tz::UTC) };
    let known = Some(name).filter(|name| name.len() <= MAX_ZONE).and_then(|name| name.parse().ok());
    known.ok_or_else(|| Refusal::new(Code::InvalidInput, ["timeZone"], "is not an IANA time zone such as \"Europe/Berlin\""))
}

/// What stands between cells; a comma unless told.
///
/// # Errors
/// For more or less than one character.
pub fn delimiter(text: Option<&str>) -> Result<char, Refusal<Code>> {
    let mut letters = text.unwrap_or(",").chars();
    match (letters.next(), letters.next()) {
        (Some(delimiter), None) => Ok(delimiter),
        _ => Err(Refusal::new(Code::InvalidInput, ["delimiter"], "must be one character")),
    }
}
