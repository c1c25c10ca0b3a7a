//! How a page is found by the database.

use sea_orm::{
    Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, IntoSimpleExpr as _, PaginatorTrait, QueryFilter, QueryResult,
    QuerySelect, QueryTrait, Select, Statement, TryGetable,
    sea_query::{Alias, BinOper, CaseStatement, Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr, UnionType},
};

use super::{
    KeyValue, Page, PageError, PageRequest, SortKey,
    cursor::{beyond, cursor_of, encode, signature},
    key::order,
    span::{Span, span},
};

/// What is known of a selection before it is paged.
#[derive(Debug, Default)]
pub struct Hints {
    /// How many rows it has in all.
    pub total: Option<i64>,
    /// It has few rows, found by the filter: they are to be sorted by hand, not read in the order of an index.
    pub by_hand: bool,
    /// Conditions of which one must hold beside. Of each an index has the rows in the list's order, of all together none has:
    /// the first rows of each are merged. No row may meet two of them.
    pub branches: Vec<Condition>,
    /// Another table that has its rows, in the list's order.
    pub listed: Option<Keyed>,
    /// Many rows may be looked at for one that is found.
    pub rare: bool,
}

/// Rows of another table that stand for those of a list.
#[derive(Clone, Debug)]
pub struct Keyed {
    /// Selects them.
    pub rows: SelectStatement,
    /// What stands there for the list's keys.
    pub keys: Vec<SimpleExpr>,
}

impl Keyed {
    /// The ids of the first rows of a list.
    fn first<M>(mut self, keys: &[SortKey<M>], forward: bool, cursor: Option<&[KeyValue]>, last: u64) -> SelectStatement {
        let there: Vec<_> = self.keys.iter().zip(keys).map(|(there, key)| (there, key.descending)).collect();
        if let Some(values) = cursor {
            self.rows.cond_where(beyond(&there, values, forward));
        }
        for (key, descending) in there {
            self.rows.order_by_expr(key.clone(), if descending == forward { Order::Desc } else { Order::Asc });
        }
        self.rows.exprs(self.keys.last().cloned()).limit(last).to_owned()
    }
}

/// Rows that are among the first of one of the branches.
fn merge<E: EntityTrait>(
    select: &Select<E>,
    keys: &[SortKey<E::Model>],
    forward: bool,
    branches: Vec<Condition>,
    bounds: Option<Condition>,
    last: u64,
) -> Condition {
    // The last key is unique.
    let Some(id) = keys.last() else { return Condition::all() };
    let mut all: Option<SelectStatement> = None;
    for branch in branches {
        let mut first =
            select.clone().select_only().filter(branch).filter(bounds.clone().unwrap_or_else(Condition::all)).limit(last);
        QueryTrait::query(&mut first).expr_as(id.expression.clone(), Alias::new("key"));
        order(&mut first, keys, forward, false);
        let first = Query::select().column(Alias::new("key")).from_subquery(first.into_query(), Alias::new("branch")).to_owned();
        all = Some(match all {
            Some(mut all) => all.union(UnionType::All, first).to_owned(),
            None => first,
        });
    }
    all.map_or_else(Condition::all, |all| Condition::all().add(id.expression.clone().in_subquery(all)))
}

/// A condition in a form that SQLite takes no index from: its planner would take one for the filter even where the sort order's
/// index reads far fewer rows. PostgreSQL weighs the two by the limit.
pub fn judged_by_row(backend: DbBackend, condition: Condition) -> Condition {
    match backend != DbBackend::Sqlite || condition.is_empty() {
        true => condition,
        false => unindexed(condition),
    }
}

/// A condition in a form that no index serves and that PostgreSQL takes a third of all rows to meet.
pub fn unindexed(condition: Condition) -> Condition {
    let condition: SimpleExpr = condition.into();
    let case: SimpleExpr = CaseStatement::new().case(condition, 1).finally(0).into();
    Condition::all().add(case.gt(0))
}

/// How a page is fetched, for those who fetch its rows in their own way.
pub struct Plan<E: EntityTrait> {
    /// Selects the rows of the page and one more; backwards when the page is asked for from the end.
    pub select: Select<E>,
    /// All rows in the same order, and their ids, where the page's ids are to be selected first.
    late: Option<(Select<E>, SimpleExpr)>,
    size: usize,
    forward: bool,
    came_from: bool,
    no_cursors: bool,
    has_offset: bool,
    total: Option<i64>,
}

impl<E> Plan<E>
where
    E: EntityTrait,
    E::Model: Send + Sync,
{
    /// Reads the request; counts the rows when that is asked for.
    ///
    /// # Errors
    /// [`PageError::Argument`] names what is wrong with the request.
    pub(crate) async fn of(
        conn: &impl ConnectionTrait,
        select: Select<E>,
        keys: &[SortKey<E::Model>],
        request: &PageRequest,
    ) -> Result<Self, PageError> {
        let backend = conn.get_database_backend();
        let counted = select.clone();
        let mut plan = Self::hinted(backend, select, keys, request, Hints::default())?;
        if request.count {
            plan.total = Some(i64::try_from(counted.count(conn).await?).unwrap_or(i64::MAX));
        }
        Ok(plan)
    }

    /// Reads the request, of a selection of which something is known already. Counts nothing.
    ///
    /// # Errors
    /// [`PageError::Argument`] names what is wrong with the request.
    pub fn hinted(
        backend: DbBackend,
        select: Select<E>,
        keys: &[SortKey<E::Model>],
        request: &PageRequest,
        hints: Hints,
    ) -> Result<Self, PageError> {
        let Span { size, forward } = span(request)?;
        let cursor = cursor_of(keys, request)?;
        let offset = request.offset.and_then(|offset| u64::try_from(offset).ok()).unwrap_or(0);
        let size_and_one = size.saturating_add(1);
        let here: Vec<_> = keys.iter().map(|key| (&key.expression, key.descending)).collect();
        let bounds = cursor.as_ref().map(|values| beyond(&here, values, forward));
        let last = size_and_one.saturating_add(offset);
        let by_hand = hints.by_hand || hints.listed.is_some() || !hints.branches.is_empty();
        let mut query = match (hints.listed, keys.last()) {
            (Some(listed), Some(id)) => {
                let first = listed.first(keys, forward, cursor.as_deref(), last);
                select.filter(id.expression.clone().in_subquery(first))
            }
            _ if !hints.branches.is_empty() => E::find().filter(merge(&select, keys, forward, hints.branches, bounds, last)),
            _ if hints.by_hand => select.filter(judged_by_row(backend, bounds.unwrap_or_else(Condition::all))),
            _ => select.filter(bounds.unwrap_or_else(Condition::all)),
        };
        order(&mut query, keys, forward, by_hand);
        if offset > 0 {
            query = query.offset(offset);
        }
        // PostgreSQL reads the whole row of whatever it looks at, even where the index says that it is not wanted.
        let late = keys.last().filter(|_| hints.rare && backend == DbBackend::Postgres).map(|id| {
            let mut whole = E::find();
            order(&mut whole, keys, forward, false);
            (whole, id.expression.clone())
        });
        Ok(Self {
            select: query.limit(size_and_one),
            late,
            size: usize::try_from(size).unwrap_or(usize::MAX),
            forward,
            came_from: cursor.is_some() || offset > 0,
            no_cursors: request.no_cursors,
            has_offset: offset > 0,
            total: hints.total,
        })
    }

    /// How many rows the page has at most.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether so many rows that were read show that there are more behind the page.
    pub fn is_full(&self, rows: usize) -> bool {
        rows > self.size
    }

    /// One column of the rows of the page and one more. The limit stands in the statement's text, for PostgreSQL plans a
    /// statement anew each time when a good plan depends on a parameter.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn column<T: TryGetable>(&self, conn: &impl ConnectionTrait, column: E::Column) -> Result<Vec<T>, DbErr> {
        let rows = self.cells(conn, [column.into_simple_expr()]).await?;
        rows.iter().map(|row| row.try_get_by_index(0)).collect()
    }

    /// The same of several expressions.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn cells(
        &self,
        conn: &impl ConnectionTrait,
        cells: impl IntoIterator<Item = SimpleExpr>,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let mut select = self.select.clone().select_only();
        QueryTrait::query(&mut select).exprs(cells);
        conn.query_all_raw(self.limited(select, conn.get_database_backend())).await
    }

    /// The rows of the page and one more, with the limit in the statement's text as in [`Plan::column`].
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn rows(&self, conn: &impl ConnectionTrait) -> Result<Vec<E::Model>, DbErr> {
        let backend = conn.get_database_backend();
        if let Some((whole, id)) = &self.late {
            let mut first = self.select.clone().select_only();
            QueryTrait::query(&mut first).expr(id.clone());
            let Statement { sql, values, .. } = self.limited(first, backend);
            let found = Expr::cust_with_values(format!("({sql})"), values.into_iter().flat_map(|values| values.0));
            let here = id.clone().binary(BinOper::In, found);
            return whole.clone().filter(here).all(conn).await;
        }
        E::find().from_raw_sql(self.limited(self.select.clone(), backend)).all(conn).await
    }

    /// A statement with the limit in its text.
    fn limited(&self, mut select: Select<E>, backend: DbBackend) -> Statement {
        let mut literal = String::new();
        if !self.has_offset {
            QueryTrait::query(&mut select).reset_limit();
            literal = format!(" LIMIT {}", self.size.saturating_add(1));
        }
        let mut statement = select.build(backend);
        statement.sql.push_str(&literal);
        statement
    }

    /// The page of the rows that the plan's selection gave, in the order it gave them.
    pub fn page(self, keys: &[SortKey<E::Model>], rows: Vec<E::Model>) -> Page<E::Model> {
        let signature = signature(keys);
        self.page_by(rows.into_iter().map(Some).collect(), |row| encode(keys, &signature, row))
    }

    /// The same for rows that hold a model among other things. `None` stands for a row that was selected and is gone: it is
    /// left out, but there is a next page all the same.
    pub fn page_by<R>(self, mut rows: Vec<Option<R>>, cursor: impl Fn(&R) -> String) -> Page<R> {
        let more = rows.len() > self.size;
        rows.truncate(self.size);
        if !self.forward {
            rows.reverse();
        }
        let rows = rows.into_iter().flatten().map(|row| match self.no_cursors {
            true => (row, String::new()),
            false => {
                let cursor = cursor(&row);
                (row, cursor)
            }
        });
        let rows = rows.collect();
        let (has_next, has_previous) = if self.forward { (more, self.came_from) } else { (self.came_from, more) };
        Page { rows, has_next, has_previous, total: self.total }
    }
}
