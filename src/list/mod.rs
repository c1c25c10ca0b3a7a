//! Lists of many rows that are filtered, sorted, searched and counted: of all nouns alike.
//!
//! A filter is a list of [`Part`]s, each with what is known of it: how it is judged row by row, how an index finds its rows,
//! and in which orders an index has them. [`way`] decides by that how a page is found.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, PaginatorTrait as _, QueryFilter as _,
    sea_query::{Alias, Expr, Func, Query, SelectStatement},
};
use serde::Serialize;
use uuid::Uuid;

use self::{
    followed::{FollowingCounts, Telling, Trail, Turn},
    told::Told,
    way::{Wanted, Way},
};
use crate::{
    app::App,
    db::is_one_of,
    fault::Fault,
    page::{self, Hints, Page, PageError, PageRequest, Plan, SortKey, Spreads, check},
    search::{SearchIndex, Searches, looked_up},
};

pub mod followed;
mod part;
mod told;
pub mod way;

pub use part::{Listed, Part, all_of, not, nothing};

/// Which rows of a table are listed, and how.
pub struct List<'a, E: EntityTrait, F, S: 'static> {
    /// Tells it from the others.
    pub name: &'static str,
    /// Which rows.
    pub filter: &'a F,
    /// What the filter searches in.
    pub index: SearchIndex,
    /// The conditions of such a filter; all of them hold.
    pub parts: fn(&F, DbBackend) -> Vec<Part<S>>,
    /// What holds beside for this caller; nothing for who sees all.
    pub seen: Option<Part<S>>,
    /// What the rows are sorted by first.
    pub first: S,
    /// What the rows are sorted by.
    pub keys: Vec<SortKey<E::Model>>,
    /// The column of the rows' ids.
    pub id: E::Column,
    /// Selects how many rows the table has: from a count that is kept.
    pub size: SelectStatement,
    /// Selects how many rows the list has, where a count is kept of them.
    pub kept: Option<SelectStatement>,
    /// Selects the same where there is a sooner way than by the conditions: a filter with what was looked up for it.
    pub counting: fn(&F, DbBackend) -> Option<SelectStatement>,
    /// What tells of all changes by which a row comes into the list, leaves it or takes another place in it, if anything does.
    pub trail: Option<Trail>,
    /// What it tells of, if that is not the rows themselves.
    pub part_of: Option<PartOf<E>>,
}

/// What rows are part of.
pub struct PartOf<E: EntityTrait> {
    /// The column of its id in the rows.
    pub id: E::Column,
    /// Its table.
    pub table: &'static str,
    /// Selects how many there are.
    pub number: SelectStatement,
}

impl<E, F, S> List<'_, E, F, S>
where
    E: EntityTrait,
    E::Model: Send + Sync,
    E::Column: Send + Sync,
    F: Searches + Serialize + Send + Sync,
    S: Copy + PartialEq + Send + Sync,
{
    /// A page. For who sees all, what costs much is followed.
    ///
    /// # Errors
    /// [`PageError`] for bad page arguments.
    pub(crate) async fn page(
        self,
        conn: &impl ConnectionTrait,
        app: &App,
        request: &PageRequest,
    ) -> Result<Page<E::Model>, PageError> {
        check(request)?;
        let Self { ref keys, id, .. } = self;
        let backend = conn.get_database_backend();
        let told = || self.trail.filter(|_| self.seen.is_none()).map(|trail| Told { list: &self, trail });
        let sort: Vec<(&str, bool)> = keys.iter().map(|key| (key.name, key.descending)).collect();
        let following = told().and_then(|told| app.followed.page(told, self.filter, &sort, request));
        let turn = match &following {
            Some(following) => following.turn(conn, keys).await?,
            None => Turn::Read,
        };
        let page_of = |total| Plan::hinted(backend, E::find(), keys, request, Hints { total, ..Hints::default() });
        let counts = told().filter(|_| request.count).and_then(|told| app.followed.counts(told, self.filter));
        let counted = match request.count {
            true => self.known(conn, counts.as_ref()).await.map_err(into_page_error)?,
            false => None,
        };
        if let Turn::Known(ids) = &turn
            && counted.is_some() == request.count
        {
            return self.whole(conn, page_of(counted)?, ids).await;
        }
        if let Some(total) = counted.filter(|_| request.is_of_nothing()) {
            return Ok(Page::of_nothing(total));
        }
        let begun = Instant::now();
        let filter = looked_up(conn, &app.samples, self.index, self.filter).await?;
        let mut parts = (self.parts)(&filter, backend);
        parts.extend(self.seen.clone());
        let looking = begun.elapsed();
        let total = match counted {
            None if request.count => Some(self.count(conn, &filter, &parts, counts, looking).await?),
            known => known,
        };
        if let Some(total) = total.filter(|_| request.is_of_nothing()) {
            return Ok(Page::of_nothing(total));
        }
        if let Turn::Known(ids) = &turn {
            return self.whole(conn, page_of(total)?, ids).await;
        }
        let wanted = Wanted { first: self.first, alone: keys.len() == 2, size: &self.size, matching: None };
        let asked: Asked<'_, E, S> = Asked { parts: &parts, keys, spreads: &app.spreads, request, total };
        if let (Turn::Learn(learning), Some(following)) = (turn, &following) {
            let request = &following.request();
            let (plan, rows) = find(conn, &Asked { request, ..asked }, &wanted, Telling(id, keys)).await?;
            return self.whole(conn, page_of(total)?, &following.learn(learning, &plan, rows)).await;
        }
        let begun = Instant::now();
        let (plan, rows) = find(conn, &asked, &wanted, Whole).await?;
        if let Some(following) = following {
            following.took(looking + begun.elapsed()).await;
        }
        Ok(plan.page(keys, rows))
    }

    /// The page of a plan that has found rows of these ids.
    async fn whole(&self, conn: &impl ConnectionTrait, plan: Plan<E>, ids: &[Uuid]) -> Result<Page<E::Model>, PageError> {
        let here = is_one_of(conn.get_database_backend(), Expr::col(self.id.as_column_ref()), ids.iter().copied());
        let found = E::find().filter(here).all(conn).await?;
        let mut found: HashMap<Option<Uuid>, E::Model> = found.into_iter().map(|row| (page::id(&self.keys, &row), row)).collect();
        // A row deleted between the two statements is left out.
        let rows = ids.iter().map(|id| found.remove(&Some(*id))).collect();
        Ok(plan.page_by(rows, |row| page::cursor(&self.keys, row)))
    }

    /// How many rows there are in all, if that is known without looking for them; exactly.
    async fn known(
        &self,
        conn: &impl ConnectionTrait,
        counts: Option<&FollowingCounts<'_, Told<'_, E, F, S>>>,
    ) -> Result<Option<i64>, Fault> {
        if let Some(kept) = &self.kept {
            return Ok(Some(number(conn, kept).await?));
        }
        let Some(counts) = counts else { return Ok(None) };
        let groups = counts.groups(conn).await?;
        Ok(groups.map(|groups| groups.into_iter().map(|(group, things)| i64::from(group) * things).sum()))
    }

    /// How many rows there are in all, where that is not [`known`](Self::known); exactly. To look up what is searched for has taken
    /// `looking`.
    async fn count(
        &self,
        conn: &impl ConnectionTrait,
        filter: &F,
        parts: &[Part<S>],
        following: Option<FollowingCounts<'_, Told<'_, E, F, S>>>,
        looking: Duration,
    ) -> Result<i64, DbErr> {
        let begun = Instant::now();
        let backend = conn.get_database_backend();
        let sooner = self.seen.is_none().then(|| (self.counting)(filter, backend)).flatten();
        let rows = match sooner.or_else(|| exactly(parts)) {
            Some(exact) => number(conn, &exact).await?,
            None => {
                let fewest = way::fewest(conn, parts, &self.size).await?;
                let condition = way::counting(backend, parts, fewest);
                i64::try_from(E::find().filter(condition).count(conn).await?).unwrap_or(i64::MAX)
            }
        };
        if let Some(following) = following {
            following.took(rows, looking + begun.elapsed()).await;
        }
        Ok(rows)
    }
}

/// Conditions that all hold, judged row by row.
pub fn each<S>(parts: &[Part<S>]) -> Condition {
    parts.iter().fold(Condition::all(), |all, part| all.add(part.each.clone()))
}

/// What a page fails with where something else did.
pub(crate) fn into_page_error(fault: Fault) -> PageError {
    match fault {
        Fault::Database(error) => PageError::Database(error),
        other => PageError::Database(DbErr::Custom(other.to_string())),
    }
}

/// Counts the rows that meet a single condition, where something selects exactly these.
pub fn exactly<S>(parts: &[Part<S>]) -> Option<SelectStatement> {
    let [Part { rows, many, exact: true, .. }] = parts else { return None };
    let rows = rows.as_ref().or(many.as_ref())?;
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
