//! One condition of a filter, in the two forms that it can be judged by, and how many rows it is of.

use sea_orm::{
    ColumnTrait, Condition, DbBackend, EntityTrait, IdenStatic, QueryFilter as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _, Func, IntoCondition, Query, SelectStatement},
};

use crate::{
    db::is_one_of,
    page::{self, Keyed},
    search::{Needle, SearchIndex},
};

/// A condition on a table whose lists are sorted by `S`.
#[derive(Clone, Debug)]
pub struct Part<S: 'static> {
    /// The condition as it is judged row by row.
    pub each: Condition,
    /// The same as an index finds all of its rows.
    pub all: Condition,
    /// Selects a row for each of its rows, or more rows than that, from an index; without it no index finds them.
    pub rows: Option<SelectStatement>,
    /// The same of so many rows that it does not pay to count some of them beforehand.
    pub many: Option<SelectStatement>,
    /// The same sooner, of more rows, where it matters only whether they are few.
    pub bound: Option<SelectStatement>,
    /// Whether `rows` has exactly one row for each of its rows.
    pub exact: bool,
    /// It is of a handful of rows at most, by a key.
    pub by_key: bool,
    /// Sort orders that an index gives its rows in.
    pub sorted_by: &'static [S],
    /// The same as conditions of which each has its rows in these sort orders, while the whole has not.
    pub branches: Vec<Condition>,
    /// Another table that has exactly its rows in a sort order.
    pub listed: Option<Listed<S>>,
}

/// A table that has the rows of a condition in a sort order.
#[derive(Clone, Debug)]
pub struct Listed<S: 'static> {
    /// The sort order; within it rows are sorted by their ids.
    pub sorted_by: S,
    /// The rows, with what they are sorted by and the ids.
    pub by: Keyed,
}

impl<S> Part<S> {
    /// A condition that no index serves.
    pub fn unserved(condition: Condition) -> Self {
        Self {
            each: condition.clone(),
            all: condition,
            rows: None,
            many: None,
            bound: None,
            exact: false,
            by_key: false,
            sorted_by: &[],
            branches: Vec::new(),
            listed: None,
        }
    }

    /// A condition on columns of a table that an index serves.
    pub fn served<E: EntityTrait>(condition: Condition) -> Self {
        let rows = E::find().select_only().expr(Expr::value(1)).filter(condition.clone()).into_query();
        Self { rows: Some(rows), exact: true, ..Self::unserved(condition) }
    }

    /// A handful of rows by a key.
    pub fn by_key<E: EntityTrait>(condition: Condition) -> Self {
        Self { by_key: true, ..Self::served::<E>(condition) }
    }

    /// No row.
    pub fn never<E: EntityTrait>() -> Self {
        Self::by_key::<E>(nothing())
    }

    /// One of some values of a column; of which all but the usual one are in a partial index, if one is usual.
    pub fn one_of<E: EntityTrait>(column: E::Column, values: Vec<sea_orm::Value>, usual: Option<&'static str>) -> Self {
        let of = Expr::col(column.as_column_ref());
        if usual.is_some_and(|usual| values.contains(&usual.into())) {
            return Self::unserved(Condition::all().add(of.is_in(values)));
        }
        Self::among::<E>(&of, values, rare::<E>(column, usual))
    }

    /// One of some values of a column, in an index of the rows that are `within` it.
    pub fn among<E: EntityTrait>(column: &Expr, values: Vec<sea_orm::Value>, within: Option<Expr>) -> Self {
        let equal = |value: &sea_orm::Value| Condition::all().add(column.clone().eq(value.clone())).add_option(within.clone());
        if values.is_empty() {
            return Self::never::<E>();
        }
        // Row by row it is judged by the column alone: PostgreSQL takes what is said twice for twice as rare, and would not walk.
        let each = Condition::all().add(column.clone().is_in(values.iter().cloned()));
        let part = Self { each: each.clone(), ..Self::served::<E>(each.add_option(within.clone())) };
        match values.as_slice() {
            [only] => Self { all: equal(only), ..part },
            several => Self { branches: several.iter().map(equal).collect(), ..part },
        }
    }

    /// Rows whose text for searching has what is searched for; `by_row` judges the same by the row alone, where it can be.
    pub fn found(
        id: impl ColumnTrait,
        index: SearchIndex,
        needle: &Needle,
        backend: DbBackend,
        by_row: Option<Condition>,
    ) -> Self {
        if let Some(found) = needle.found() {
            let here = all_of(is_one_of(backend, Expr::col(id.as_column_ref()), found.iter().copied()));
            let rows = Query::select().expr(Expr::value(1)).from(id.entity_name()).cond_where(here.clone()).to_owned();
            return Self { rows: Some(rows), exact: true, by_key: true, ..Self::unserved(here) };
        }
        let ids = || all_of(id.in_subquery(index.ids(backend, needle)));
        match backend {
            DbBackend::Sqlite => {
                let has_text = || all_of(Expr::exists(index.text_of(Expr::col(id.as_column_ref()), needle)));
                let by_row = by_row.or_else(|| needle.is_plain().then(has_text));
                let (all, bound) = match &by_row {
                    // The row is read anyway, and judged then.
                    Some(by_row) if needle.is_asked_in_part() => {
                        (all_of(id.in_subquery(index.candidates(needle))).add(by_row.clone()), Some(index.bound(needle)))
                    }
                    _ => (ids(), None),
                };
                let rows = Some(index.rows(backend, needle));
                let (rows, many, bound) = if needle.is_common() { (None, rows, None) } else { (rows, None, bound) };
                Self { all, rows, many, bound, exact: true, ..Self::unserved(by_row.unwrap_or_else(ids)) }
            }
            _ => {
                let (all, each) = match (index.of_rows(needle), by_row) {
                    (Some(all), Some(by_row)) => (all, by_row),
                    _ => (ids(), all_of(Expr::exists(index.row_of(Expr::col(id.as_column_ref()), needle)))),
                };
                // Known not to be common nor few: what there is, is sooner collected than a walk would find by chance.
                let by_key = !needle.is_common();
                let rows = index.rows(backend, needle);
                let (rows, many) = if by_key { (Some(rows), None) } else { (None, Some(rows)) };
                Self { all, rows, many, exact: by_key, by_key, ..Self::unserved(page::unindexed(each)) }
            }
        }
    }

    /// The same, of which an index has the rows sorted by these.
    pub fn sorted_by(self, fields: &'static [S]) -> Self {
        Self { sorted_by: fields, ..self }
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
            listed: None,
            ..self
        }
    }
}

/// A partial index is used only for a statement that says what all of its rows have in common.
fn rare<E: EntityTrait>(column: E::Column, usual: Option<&'static str>) -> Option<Expr> {
    usual.map(|usual| Expr::cust(format!("\"{}\".\"{}\" <> '{usual}'", E::default().as_str(), column.as_str())))
}

/// A condition that never holds.
pub fn nothing() -> Condition {
    Condition::all().add(Expr::value(false))
}

/// Conditions as one.
pub fn all_of(condition: impl IntoCondition) -> Condition {
    Condition::all().add(condition.into_condition())
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
