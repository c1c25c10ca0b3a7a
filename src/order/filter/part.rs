//! One condition of a filter, in the two forms that it can be judged by, and how many rows it is of.

use entity::{id::CustomerId, order};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait as _, QueryFilter as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _, Func, IntoCondition, Query, SelectStatement, UnionType},
};

use crate::order::list::SortField;

/// A condition on `orders`.
#[derive(Clone, Debug)]
pub struct Part {
    /// The condition as it is judged order by order.
    pub each: Condition,
    /// The same as an index finds all of its orders.
    pub all: Condition,
    /// Selects a row for each of its orders, or more rows than that, from an index; without it no index finds them.
    pub rows: Option<SelectStatement>,
    /// Whether `rows` has exactly one row for each of its orders.
    pub exact: bool,
    /// It is of a handful of orders at most, by a key.
    pub by_key: bool,
    /// Sort orders that an index gives its orders in.
    pub sorted_by: &'static [SortField],
    /// The same as conditions of which each has its orders in these sort orders, while the whole has not.
    pub branches: Vec<Condition>,
}

impl Part {
    /// A condition that no index serves.
    pub fn unserved(condition: Condition) -> Self {
        Self {
            each: condition.clone(),
            all: condition,
            rows: None,
            exact: false,
            by_key: false,
            sorted_by: &[],
            branches: Vec::new(),
        }
    }

    /// A condition on columns of `orders` that an index serves.
    pub fn indexed(condition: Condition) -> Self {
        let rows = order::Entity::find().select_only().expr(Expr::value(1)).filter(condition.clone()).into_query();
        Self { rows: Some(rows), exact: true, ..Self::unserved(condition) }
    }

    /// A handful of orders by a key.
    pub fn key(condition: Condition) -> Self {
        Self { by_key: true, ..Self::indexed(condition) }
    }

    /// One of some values of a column of which all but one value are in a partial index; values that are not among `usual`.
    pub fn word(column: order::Column, values: Vec<&'static str>, usual: Option<&'static str>) -> Self {
        let equal = |value: &&'static str| Condition::all().add(of(column).eq(*value)).add_option(rare(column, usual));
        let condition = Condition::all().add(of(column).is_in(values.clone()));
        if values.is_empty() {
            return Self::key(nothing());
        }
        if usual.is_some_and(|usual| values.contains(&usual)) {
            return Self::unserved(condition);
        }
        let part = Self::indexed(condition.add_option(rare(column, usual)));
        match values.as_slice() {
            [only] => Self { all: equal(only), ..part },
            several => Self { branches: several.iter().map(equal).collect(), ..part },
        }
    }

    /// The same, of which an index has the orders sorted by these.
    pub fn sorted_by(self, fields: &'static [SortField]) -> Self {
        Self { sorted_by: fields, ..self }
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
        Self { each: either(self.each, bought), all: either(self.all, with_id(ids)), rows, exact: false, ..self }
    }

    /// The same where this holds too.
    pub fn and(self, condition: Option<Condition>) -> Self {
        let Some(condition) = condition else { return self };
        let both = |part: Condition| Condition::all().add(part).add(condition.clone());
        Self {
            each: both(self.each),
            all: both(self.all),
            exact: false,
            branches: self.branches.into_iter().map(both).collect(),
            ..self
        }
    }
}

/// A partial index is used only for a statement that says what all of its rows have in common.
fn rare(column: order::Column, usual: Option<&'static str>) -> Option<Expr> {
    use sea_orm::IdenStatic as _;
    usual.map(|usual| Expr::cust(format!("\"orders\".\"{}\" <> '{usual}'", column.as_str())))
}

fn of(column: order::Column) -> Expr {
    Expr::col((order::Entity, column))
}

/// A condition that never holds.
pub fn nothing() -> Condition {
    Condition::all().add(Expr::value(false))
}

/// Conditions as one.
pub fn all_of(condition: impl IntoCondition) -> Condition {
    Condition::all().add(condition.into_condition())
}

/// Orders whose ids a statement selects.
pub fn with_id(ids: SelectStatement) -> Condition {
    all_of(order::Column::Id.in_subquery(ids))
}

/// The opposite of a condition. An empty one matches everything, so its opposite matches nothing. Columns that may be
/// null compare as unknown, which is not true: the opposite then holds.
pub fn not(condition: Condition) -> Condition {
    if condition.is_empty() {
        return nothing();
    }
    let inner: Expr = condition.into();
    all_of(Expr::expr(Func::coalesce([inner, Expr::value(false)])).not())
}
