//! Lists of many rows that are filtered, sorted, searched and counted: of all nouns alike.
//!
//! A filter is a list of [`Part`]s, each with what is known of it: how it is judged row by row, how an index finds its rows,
//! and in which orders an index has them. [`way`] decides by that how a page is found.

use sea_orm::{
    Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait as _, QueryFilter as _,
    sea_query::{Alias, Expr, Func, Query, SelectStatement},
};

use crate::page::{Hints, Page, PageError, PageRequest, Plan, SortKey, check};

mod part;
pub mod way;

pub use part::{Part, all_of, not, nothing};

/// Which rows of a table are listed, and how.
pub struct List<E: EntityTrait, S: 'static> {
    /// Conditions that all hold.
    pub parts: Vec<Part<S>>,
    /// What the rows are sorted by first.
    pub first: S,
    /// What the rows are sorted by.
    pub keys: Vec<SortKey<E::Model>>,
    /// Selects how many rows the table has: from a count that is kept.
    pub size: SelectStatement,
    /// Selects how many rows the list has, where a count is kept of them.
    pub kept: Option<SelectStatement>,
}

impl<E, S> List<E, S>
where
    E: EntityTrait,
    E::Model: Send + Sync,
    S: Copy + PartialEq + Send + Sync,
{
    /// A page.
    ///
    /// # Errors
    /// [`PageError`] for bad page arguments.
    pub(crate) async fn page(self, conn: &impl ConnectionTrait, request: &PageRequest) -> Result<Page<E::Model>, PageError> {
        check(request)?;
        let total = match request.count {
            true => Some(self.count(conn).await?),
            false => None,
        };
        let way = way::choose(conn, &self.parts, self.first, &self.size, None).await?;
        let hints = Hints { total, by_hand: way.by_hand, branches: way.branches };
        let select = E::find().filter(way.condition);
        let plan = Plan::hinted(conn.get_database_backend(), select, &self.keys, request, hints)?;
        let rows = plan.rows(conn).await?;
        Ok(plan.page(&self.keys, rows))
    }

    /// How many rows there are in all; exactly.
    async fn count(&self, conn: &impl ConnectionTrait) -> Result<i64, DbErr> {
        if let Some(kept) = &self.kept {
            return number(conn, kept).await;
        }
        if let [Part { rows: Some(rows), exact: true, .. }] = self.parts.as_slice() {
            let count =
                Query::select().expr(Func::count(Expr::cust("*"))).from_subquery(rows.clone(), Alias::new("found")).to_owned();
            return number(conn, &count).await;
        }
        let condition = way::counting(conn, &self.parts, &self.size).await?;
        Ok(i64::try_from(E::find().filter(condition).count(conn).await?).unwrap_or(i64::MAX))
    }
}

/// The one number that a statement selects; 0 when it selects no row.
///
/// # Errors
/// When the database fails.
pub(crate) async fn number(conn: &impl ConnectionTrait, select: &SelectStatement) -> Result<i64, DbErr> {
    let row = conn.query_one_raw(conn.get_database_backend().build(select)).await?;
    row.map_or(Ok(0), |row| row.try_get_by_index(0))
}

/// A sum of counts that are kept in a table, of its rows that meet a condition. The condition is one on a table of which these
/// columns are kept: the counts are taken for it.
pub fn kept_sum(counts: SelectStatement, table: &'static str, condition: Condition) -> SelectStatement {
    Query::select()
        .expr(Expr::cust("CAST(COALESCE(SUM(n), 0) AS bigint)"))
        .from_subquery(counts, Alias::new(table))
        .cond_where(condition)
        .to_owned()
}

/// Counts by one column, of a list that is counted that way.
pub fn counts_by(list: &'static str, column: &'static str) -> SelectStatement {
    Query::select()
        .expr_as(Expr::col(Alias::new("kind")), Alias::new(column))
        .column(Alias::new("n"))
        .from(Alias::new("list_counts"))
        .and_where(Expr::cust(format!("list = '{list}'")))
        .to_owned()
}
