//! What orders are sorted by.

use entity::order;
use sea_orm::{
    ColumnTrait,
    sea_query::{CaseStatement, Expr},
};
use serde::{Deserialize, Serialize};

use crate::{
    order::query::Scope,
    page::{self, SortKey},
};

/// What orders are sorted by (LIST-04).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SortField {
    /// When it was placed.
    PlacedAt,
    /// When it was last changed.
    UpdatedAt,
    /// Its total; for sellers only of own purchases.
    Total,
    /// Its number.
    Number,
    /// Its status, by name.
    Status,
    /// The buyer's name.
    CustomerName,
    /// Until when it must be shipped; those that need not be by any time come last.
    ShipBy,
}

/// One key of a sort order.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Sort {
    /// What by.
    pub field: SortField,
    /// Largest first.
    pub descending: bool,
}

/// The keys of a list in these sort orders: newest first when there are none.
pub(super) fn keys(scope: &Scope, sort: &[Sort]) -> Vec<SortKey<order::Model>> {
    use order::Column as C;
    let default = [Sort { field: SortField::PlacedAt, descending: true }];
    // Many have the same status: within it those placed last come first, or last, so that an index has this order.
    let by_status;
    let sort = match sort {
        [] => &default[..],
        [only] if only.field == SortField::Status => {
            by_status = [*only, Sort { field: SortField::PlacedAt, ..*only }];
            &by_status[..]
        }
        several => several,
    };
    let keys = sort
        .iter()
        .map(|sort| match sort.field {
            SortField::PlacedAt => {
                SortKey::column("placedAt", C::PlacedAt, sort.descending, |order: &order::Model| order.placed_at.0.into())
            }
            SortField::UpdatedAt => {
                SortKey::column("updatedAt", C::UpdatedAt, sort.descending, |order: &order::Model| order.updated_at.0.into())
            }
            SortField::Total => total_key(scope, sort.descending),
            SortField::Number => {
                SortKey::column("number", C::Number, sort.descending, |order: &order::Model| order.number.clone().into())
            }
            SortField::Status => {
                SortKey::column("status", C::Status, sort.descending, |order: &order::Model| order.status.as_str().into())
            }
            SortField::ShipBy => {
                let never = if sort.descending { i64::MIN + 1 } else { i64::MAX };
                // Word for word as in the index, for a parameter would not do.
                let at = Expr::cust(format!("COALESCE(\"orders\".\"ship_by\", {never})"));
                SortKey::expression("shipBy", at, sort.descending, move |order: &order::Model| {
                    order.ship_by.map_or(never, |at| at.0).into()
                })
            }
            SortField::CustomerName => {
                SortKey::column("customerName", C::CustomerName, sort.descending, |order: &order::Model| {
                    order.customer_name.clone().into()
                })
            }
        })
        .collect();
    page::ending_in_id(keys, C::Id, |order: &order::Model| order.id.0.into())
}

/// A seller does not see an order's total, so sorting by it must not tell either.
fn total_key(scope: &Scope, descending: bool) -> SortKey<order::Model> {
    use order::Column as C;
    match scope {
        Scope::All => SortKey::column("total", C::TotalMinor, descending, |order: &order::Model| order.total_minor.into()),
        Scope::Own { customer, stores } if stores.is_empty() || customer.is_none() => {
            let seen = !stores.is_empty();
            SortKey::expression(
                "total",
                if seen { Expr::value(0_i64) } else { Expr::col((order::Entity, C::TotalMinor)) },
                descending,
                move |order: &order::Model| {
                    if seen { 0_i64.into() } else { order.total_minor.into() }
                },
            )
        }
        Scope::Own { customer, .. } => {
            let customer = *customer;
            let own = C::CustomerId.eq(customer);
            let expression = CaseStatement::new().case(own, Expr::col((order::Entity, C::TotalMinor))).finally(0_i64);
            SortKey::expression("total", expression.into(), descending, move |order: &order::Model| {
                if order.customer_id == customer { order.total_minor.into() } else { 0_i64.into() }
            })
        }
    }
}
