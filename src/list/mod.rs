//! Lists of many rows that are filtered, sorted, searched and counted: of all nouns alike.
//!
//! A filter is a list of [`Part`]s, each with what is known of it: how it is judged row by row, how an index finds its rows,
//! and in which orders an index has them. [`way`] decides by that how a page is found.

use sea_orm::{
    Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait as _, QueryFilter as _,
    sea_query::{Alias, Expr, Func, Query, SelectStatement},
};

use self::way::{Wanted, Way};
use crate::page::{Hints, Page, PageError, PageRequest, Plan, SortKey, Spreads, check};

mod part;
pub mod way;

pub use part::{Listed, Part, all_of, not, nothing};

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
    pub(crate) async fn page(
        self,
        conn: &impl ConnectionTrait,
        spreads: &Spreads,
        request: &PageRequest,
    ) -> Result<Page<E::Model>, PageError> {
        check(request)?;
        let total = match request.count {
            true => Some(self.count(conn).await?),
            false => None,
        };
        if let Some(total) = total.filter(|_| request.is_of_nothing()) {
            return Ok(Page::of_nothing(total));
        }
        let wanted = Wanted { first: self.first, alone: self.keys.len() == 2, size: &self.size, matching: None };
        let asked: Asked<'_, E, S> = Asked { parts: &self.parts, keys: &self.keys, spreads, request, total };
        let (plan, rows) = find(conn, &asked, &wanted, Whole).await?;
        Ok(plan.page(&self.keys, rows))
    }

    /// How many rows there are in all; exactly.
    async fn count(&self, conn: &impl ConnectionTrait) -> Result<i64, DbErr> {
        if let Some(kept) = &self.kept {
            return number(conn, kept).await;
        }
        if let Some(exact) = exactly(&self.parts) {
            return number(conn, &exact).await;
        }
        let fewest = way::fewest(conn, &self.parts, &self.size).await?;
        let condition = way::counting(conn.get_database_backend(), &self.parts, fewest);
        Ok(i64::try_from(E::find().filter(condition).count(conn).await?).unwrap_or(i64::MAX))
    }
}

/// Counts the rows that meet a single condition, where something selects exactly these.
pub fn exactly<S>(parts: &[Part<S>]) -> Option<SelectStatement> {
    let [Part { rows: Some(rows), exact: true, .. }] = parts else { return None };
    let count = Func::count(Expr::cust("*"));
    Some(Query::select().expr(count).from_subquery(rows.clone(), Alias::new("found")).to_owned())
}

/// A page as it is asked for.
pub struct Asked<'a, E: EntityTrait, S: 'static> {
    /// Conditions that all hold.
    pub parts: &'a [Part<S>],
    /// What the rows are sorted by.
    pub keys: &'a [SortKey<E::Model>],
    /// How values of these are spread.
    pub spreads: &'a Spreads,
    /// Which page.
    pub request: &'a PageRequest,
    /// How many rows the list has in all, if that was asked.
    pub total: Option<i64>,
}

/// What is read of the rows of a page.
pub trait Read<E: EntityTrait>: Send + Sync {
    /// What is read of one.
    type Row: Send;

    /// Reads the rows that a plan has found.
    fn read(&self, conn: &impl ConnectionTrait, plan: &Plan<E>) -> impl Future<Output = Result<Vec<Self::Row>, DbErr>> + Send;
}

/// All columns.
pub struct Whole;

impl<E> Read<E> for Whole
where
    E: EntityTrait,
    E::Model: Send + Sync,
{
    type Row = E::Model;

    async fn read(&self, conn: &impl ConnectionTrait, plan: &Plan<E>) -> Result<Vec<E::Model>, DbErr> {
        plan.rows(conn).await
    }
}

/// Finds the rows of a page: chooses the way and reads by it, and by another if it is too long.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub(crate) async fn find<E, S, R>(
    conn: &impl ConnectionTrait,
    asked: &Asked<'_, E, S>,
    wanted: &Wanted<'_, S>,
    what: R,
) -> Result<(Plan<E>, Vec<R::Row>), PageError>
where
    E: EntityTrait,
    E::Model: Send + Sync,
    S: Copy + PartialEq + Send + Sync,
    R: Read<E>,
{
    let Asked { parts, keys, spreads, request, total } = *asked;
    let plan = |way: Way, end: Option<Condition>| {
        let rare = way.long.is_some();
        let hints = Hints { total, by_hand: way.by_hand, branches: way.branches, listed: way.listed, rare };
        let select = E::find().filter(way.condition).filter(end.unwrap_or_else(Condition::all));
        Plan::hinted(conn.get_database_backend(), select, keys, request, hints)
    };
    let mut way = way::choose(conn, parts, wanted).await?;
    if let Some(size) = way.long
        && let Some(end) = spreads.end::<E>(conn, keys, request, way::REACH).await?
    {
        let walk = plan(Way { long: way.long, ..Way::walk(way.condition.clone()) }, Some(end))?;
        let rows = what.read(conn, &walk).await?;
        if walk.is_full(rows.len()) {
            return Ok((walk, rows));
        }
        way = way::collecting(conn, parts, wanted.size, size).await?.unwrap_or(way);
    }
    let plan = plan(way, None)?;
    let rows = what.read(conn, &plan).await?;
    Ok((plan, rows))
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
    kept(counts, table, condition).expr(Expr::cust("CAST(COALESCE(SUM(n), 0) AS bigint)")).to_owned()
}

/// The rows of such counts that meet a condition; nothing is selected of them yet.
pub fn kept(counts: SelectStatement, table: &'static str, condition: Condition) -> SelectStatement {
    Query::select().from_subquery(counts, Alias::new(table)).cond_where(condition).to_owned()
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
