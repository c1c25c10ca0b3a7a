//! Conditions on `orders`.

use entity::{id::CustomerId, order};
use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Expr, Query, SelectStatement, UnionType},
};

use crate::{list, order::list::SortField};

pub use crate::list::{Listed, all_of, not, nothing};

/// A condition on `orders`.
pub type Part = list::Part<SortField>;

impl Part {
    /// A condition on columns of `orders` that an index serves.
    pub fn indexed(condition: Condition) -> Self {
        Self::served::<order::Entity>(condition)
    }

    /// A handful of orders by a key.
    pub fn key(condition: Condition) -> Self {
        Self::by_key::<order::Entity>(condition)
    }

    /// One of some values of a column of which all but one value are in a partial index; values that are not among `usual`.
    pub fn word(column: order::Column, values: Vec<&'static str>, usual: Option<&'static str>) -> Self {
        Self::one_of::<order::Entity>(column, values.into_iter().map(Into::into).collect(), usual)
    }

    /// Orders of this or that a customer bought: `bought` is the condition for it.
    pub fn or_of_customer(self, bought: Condition, customer: Option<CustomerId>) -> Self {
        let purchases = |what: Expr| {
            let own = order::Column::CustomerId.eq(customer);
            Query::select().expr(what).from(order::Entity).and_where(own).to_owned()
        };
        let rows = self.rows.map(|mut rows| rows.union(UnionType::All, purchases(Expr::value(1))).to_owned());
        let ids = purchases(Expr::col((order::Entity, order::Column::Id)));
        let either = |part: Condition, other: Condition| all_of(Condition::any().add(part).add(other));
        Self { each: either(self.each, bought), all: either(self.all, with_id(ids)), rows, exact: false, listed: None, ..self }
    }
}

/// Orders whose ids a statement selects.
pub fn with_id(ids: SelectStatement) -> Condition {
    all_of(order::Column::Id.in_subquery(ids))
}
