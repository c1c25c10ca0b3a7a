//! What an export is asked for: rows, columns, and the form of the file. Kept with the export as JSON.

use chrono_tz::Tz;
use entity::{stored::ExportNoun, time::Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    cell::Form,
    column::{Column, CustomerColumn, OrderColumn, PaymentColumn, ProductColumn},
};
use crate::{catalogue, customer, order, payment};

/// What a line of a file of orders is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RowsPer {
    /// An order.
    #[default]
    Order,
    /// A line of an order.
    Item,
}

/// Which rows, in which order, with which columns; columns that nobody chose are the usual ones.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum What {
    /// Orders, a line each or a line an item.
    Orders {
        /// Which.
        filter: Box<order::filter::Filter>,
        /// In which order; newest first when it is empty.
        sort: Vec<order::list::Sort>,
        /// With what.
        columns: Vec<OrderColumn>,
        /// What a line is.
        rows_per: RowsPer,
    },
    /// Lines of orders.
    OrderItems {
        /// Which.
        filter: order::item::Filter,
        /// With what.
        columns: Vec<OrderColumn>,
    },
    /// Payments.
    Payments {
        /// Which.
        filter: payment::query::Filter,
        /// In which order.
        sort: Vec<(payment::query::SortField, bool)>,
        /// With what.
        columns: Vec<PaymentColumn>,
    },
    /// Customers.
    Customers {
        /// Which.
        filter: customer::query::Filter,
        /// In which order.
        sort: Vec<(customer::query::SortField, bool)>,
        /// With what.
        columns: Vec<CustomerColumn>,
    },
    /// Products, a line a variant.
    Products {
        /// Which.
        filter: catalogue::query::Filter,
        /// In which order.
        sort: Vec<(catalogue::query::SortField, bool)>,
        /// With what.
        columns: Vec<ProductColumn>,
    },
}

/// An export as it was asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Rows and columns.
    pub what: What,
    /// The time zone of days and times.
    #[serde(with = "zone")]
    pub zone: Tz,
    /// Whether the file begins with the mark by which spreadsheets know UTF-8.
    pub bom: bool,
    /// Stands between cells.
    pub delimiter: char,
}

/// What may stand between cells.
pub const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];

/// What is wrong with a choice of columns: where in the list, and how.
pub type BadColumn = (usize, String);

impl What {
    /// What it has rows of.
    pub fn noun(&self) -> ExportNoun {
        match self {
            Self::Orders { .. } => ExportNoun::Orders,
            Self::OrderItems { .. } => ExportNoun::OrderItems,
            Self::Payments { .. } => ExportNoun::Payments,
            Self::Customers { .. } => ExportNoun::Customers,
            Self::Products { .. } => ExportNoun::Products,
        }
    }

    /// The same with filters on the time judged by `now`.
    pub fn at(self, now: Timestamp) -> Self {
        match self {
            Self::Orders { filter, sort, columns, rows_per } => {
                Self::Orders { filter: Box::new(filter.at(now)), sort, columns, rows_per }
            }
            other => other,
        }
    }

    /// What stands above the columns.
    pub fn headers(&self) -> Vec<&'static str> {
        fn of<C: Column>(columns: &[C]) -> Vec<&'static str> {
            columns.iter().map(|column| column.header()).collect()
        }
        match self {
            Self::Orders { columns, .. } | Self::OrderItems { columns, .. } => of(columns),
            Self::Payments { columns, .. } => of(columns),
            Self::Customers { columns, .. } => of(columns),
            Self::Products { columns, .. } => of(columns),
        }
    }

    /// The same with the usual columns where nobody chose any.
    ///
    /// # Errors
    /// For columns that cannot be had.
    pub fn checked(mut self) -> Result<Self, BadColumn> {
        match &mut self {
            Self::Orders { columns, rows_per: RowsPer::Order, .. } => {
                choose(columns, OrderColumn::BY_ORDER)?;
                if let Some(index) = columns.iter().position(|column| column.is_of_item()) {
                    return Err((index, "tells of a line of the order: ask for rowsPer ITEM".into()));
                }
            }
            Self::Orders { columns, .. } | Self::OrderItems { columns, .. } => choose(columns, OrderColumn::BY_ITEM)?,
            Self::Payments { columns, .. } => choose(columns, PaymentColumn::USUAL)?,
            Self::Customers { columns, .. } => choose(columns, CustomerColumn::USUAL)?,
            Self::Products { columns, .. } => choose(columns, ProductColumn::USUAL)?,
        }
        Ok(self)
    }
}

fn choose<C: Column>(columns: &mut Vec<C>, usual: &[C]) -> Result<(), BadColumn> {
    if columns.is_empty() {
        columns.extend_from_slice(usual);
    }
    let twice = (1..columns.len()).find(|index| columns[..*index].contains(&columns[*index]));
    match twice {
        Some(index) => Err((index, "is in the list already".into())),
        None => Ok(()),
    }
}

impl Spec {
    /// How its cells are written.
    pub fn form(&self) -> Form {
        Form { delimiter: self.delimiter, for_people: true }
    }
}

/// Time zones by their names.
mod zone {
    use chrono_tz::Tz;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub fn serialize<S: Serializer>(zone: &Tz, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(zone.name())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tz, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(|_| D::Error::custom("no time zone"))
    }
}
