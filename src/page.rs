//! Pages of lists: keyset cursors that stay put while rows come and go, and offsets for numbered pages (C-09, C-10, I12).
//!
//! A cursor holds the sort keys of its row and the names of the keys, so a cursor of another list or another order is
//! told apart instead of giving a wrong page.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, IntoSimpleExpr, Order, PaginatorTrait, QueryFilter,
    QuerySelect, QueryTrait, Select, TryGetable, Value,
    sea_query::{Alias, BinOper, CaseStatement, ColumnType, ExprTrait, Query, SelectStatement, SimpleExpr, UnionType},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which page.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PageRequest {
    /// How many, from the front.
    pub first: Option<i64>,
    /// After this cursor.
    pub after: Option<String>,
    /// How many, from the back.
    pub last: Option<i64>,
    /// Before this cursor.
    pub before: Option<String>,
    /// Rows to leave out in front, beside `first`.
    pub offset: Option<i64>,
    /// Whether the rows are to be counted.
    pub count: bool,
    /// Whether nobody asks for cursors; then they are left empty, for each costs as much as its row.
    pub no_cursors: bool,
    /// How many when neither `first` nor `last` says.
    pub default_size: u32,
    /// How many at most.
    pub max_size: u32,
}

/// A page.
#[derive(Clone, Debug)]
pub struct Page<M> {
    /// The rows with their cursors.
    pub rows: Vec<(M, String)>,
    /// Whether more rows follow.
    pub has_next: bool,
    /// Whether rows come before.
    pub has_previous: bool,
    /// How many rows there are in all, when it was asked for.
    pub total: Option<i64>,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// An argument is wrong: its name, and a sentence.
    #[error("{0}: {1}")]
    Argument(&'static str, String),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// A value of a sort key, as it stands in a cursor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum KeyValue {
    /// A number.
    #[serde(rename = "i")]
    Int(i64),
    /// A text.
    #[serde(rename = "t")]
    Text(String),
    /// An id.
    #[serde(rename = "u")]
    Id(Uuid),
}

impl From<i64> for KeyValue {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<String> for KeyValue {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&str> for KeyValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<Uuid> for KeyValue {
    fn from(value: Uuid) -> Self {
        Self::Id(value)
    }
}

impl From<KeyValue> for Value {
    fn from(value: KeyValue) -> Self {
        match value {
            KeyValue::Int(value) => value.into(),
            KeyValue::Text(value) => value.into(),
            KeyValue::Id(value) => value.into(),
        }
    }
}

/// What a sort key's values are, so that a cursor that was made up is told apart before the database sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Int,
    Text,
    Id,
}

impl Kind {
    /// What a column holds.
    fn of(column: &impl ColumnTrait) -> Self {
        match column.def().get_column_type() {
            ColumnType::Uuid => Self::Id,
            ColumnType::BigInteger | ColumnType::Integer | ColumnType::SmallInteger | ColumnType::Boolean => Self::Int,
            _ => Self::Text,
        }
    }
}

impl KeyValue {
    fn kind(&self) -> Kind {
        match self {
            Self::Int(_) => Kind::Int,
            Self::Text(_) => Kind::Text,
            Self::Id(_) => Kind::Id,
        }
    }
}

type Read<M> = Box<dyn Fn(&M) -> KeyValue + Send + Sync>;

/// One key of a sort order. The last key of a list is unique.
pub struct SortKey<M> {
    /// Its name in cursors.
    pub name: &'static str,
    /// Largest first.
    pub descending: bool,
    expression: SimpleExpr,
    kind: Kind,
    read: Read<M>,
}

impl<M> SortKey<M> {
    /// A key that is a column.
    pub fn column(
        name: &'static str,
        column: impl ColumnTrait,
        descending: bool,
        read: impl Fn(&M) -> KeyValue + Send + Sync + 'static,
    ) -> Self {
        Self { name, descending, kind: Kind::of(&column), expression: column.into_simple_expr(), read: Box::new(read) }
    }

    /// A key that is computed: a number.
    pub fn expression(
        name: &'static str,
        expression: SimpleExpr,
        descending: bool,
        read: impl Fn(&M) -> KeyValue + Send + Sync + 'static,
    ) -> Self {
        Self { name, descending, expression, kind: Kind::Int, read: Box::new(read) }
    }
}

/// The keys with the id behind them, which makes the order total. It runs the way of the first key, so that an index on the
/// two serves both directions.
pub fn ending_in_id<M>(
    mut keys: Vec<SortKey<M>>,
    id: impl ColumnTrait,
    read: impl Fn(&M) -> KeyValue + Send + Sync + 'static,
) -> Vec<SortKey<M>> {
    let descending = keys.first().is_none_or(|key| key.descending);
    keys.push(SortKey::column("id", id, descending, read));
    keys
}

/// All rows of a list, in its order.
pub fn in_order<E: EntityTrait>(mut select: Select<E>, keys: &[SortKey<E::Model>]) -> Select<E> {
    for key in keys {
        let order = if key.descending { Order::Desc } else { Order::Asc };
        QueryTrait::query(&mut select).order_by_expr(key.expression.clone(), order);
    }
    select
}

/// Names and directions of the keys, to tell cursors of one order from those of another.
fn signature<M>(keys: &[SortKey<M>]) -> String {
    keys.iter().map(|key| format!("{}{}", if key.descending { "-" } else { "+" }, key.name)).collect()
}

fn encode<M>(keys: &[SortKey<M>], signature: &str, row: &M) -> String {
    let values: Vec<KeyValue> = keys.iter().map(|key| (key.read)(row)).collect();
    let json = serde_json::to_vec(&(signature, values)).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(json)
}

fn decode<M>(keys: &[SortKey<M>], argument: &'static str, cursor: &str) -> Result<Vec<KeyValue>, PageError> {
    let foreign = || PageError::Argument(argument, "is not a cursor of this list in this order".into());
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| foreign())?;
    let (known, values): (String, Vec<KeyValue>) = serde_json::from_slice(&bytes).map_err(|_| foreign())?;
    let fits = values.len() == keys.len() && keys.iter().zip(&values).all(|(key, value)| key.kind == value.kind());
    match known == signature(keys) && fits {
        true => Ok(values),
        false => Err(foreign()),
    }
}

/// Rows beyond a cursor: greater by the first key, or equal and greater by the next, and so on. The first key's bound is
/// said once more on its own, because an index range can be read from that and not from the alternatives.
fn beyond<M>(keys: &[SortKey<M>], values: &[KeyValue], forward: bool) -> Condition {
    let mut any = Condition::any();
    for (depth, key) in keys.iter().enumerate() {
        let mut all = Condition::all();
        for (equal, value) in keys.iter().zip(values).take(depth) {
            all = all.add(equal.expression.clone().eq(Value::from(value.clone())));
        }
        if let Some(value) = values.get(depth) {
            let value = Value::from(value.clone());
            let expression = key.expression.clone();
            all = all.add(if key.descending == forward { expression.lt(value) } else { expression.gt(value) });
        }
        any = any.add(all);
    }
    match (keys.first(), values.first()) {
        (Some(key), Some(value)) => {
            let value = Value::from(value.clone());
            let expression = key.expression.clone();
            let bound = if key.descending == forward { expression.lte(value) } else { expression.gte(value) };
            Condition::all().add(bound).add(any)
        }
        _ => any,
    }
}

/// How many rows, and from which end.
struct Span {
    size: u64,
    forward: bool,
}

fn span(request: &PageRequest) -> Result<Span, PageError> {
    let size = |name: &'static str, size: i64| match u64::try_from(size) {
        Ok(size) if size <= u64::from(request.max_size) => Ok(size),
        _ => Err(PageError::Argument(name, format!("must be between 0 and {}", request.max_size))),
    };
    let refuse = |name, message: &str| Err(PageError::Argument(name, message.to_owned()));
    match (request.first, request.last) {
        (Some(_), Some(_)) => return refuse("last", "give either first or last"),
        (None, Some(_)) if request.after.is_some() => return refuse("after", "goes with first"),
        (_, None) if request.before.is_some() => return refuse("before", "goes with last"),
        _ => {}
    }
    if let Some(offset) = request.offset {
        if request.after.is_some() || request.before.is_some() || request.last.is_some() {
            return refuse("offset", "goes with first alone, not with a cursor or last");
        }
        if !(0..=10_000_000).contains(&offset) {
            return refuse("offset", "must be between 0 and 10000000");
        }
    }
    match (request.first, request.last) {
        (_, Some(last)) => Ok(Span { size: size("last", last)?, forward: false }),
        (Some(first), None) => Ok(Span { size: size("first", first)?, forward: true }),
        (None, None) => Ok(Span { size: u64::from(Ord::min(request.default_size, request.max_size)), forward: true }),
    }
}

/// Fetches a page. One statement, and one more when rows are counted.
///
/// # Errors
/// [`PageError::Argument`] names what is wrong with the request.
pub async fn fetch<E>(
    conn: &impl ConnectionTrait,
    select: Select<E>,
    keys: &[SortKey<E::Model>],
    request: &PageRequest,
) -> Result<Page<E::Model>, PageError>
where
    E: EntityTrait,
    E::Model: Send + Sync,
{
    let plan = Plan::of(conn, select, keys, request).await?;
    let rows = plan.select.clone().all(conn).await?;
    Ok(plan.page(keys, rows))
}

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
}

/// Checks the arguments of a request that need no list.
///
/// # Errors
/// [`PageError::Argument`] names what is wrong with the request.
pub fn check(request: &PageRequest) -> Result<(), PageError> {
    span(request).map(drop)
}

/// Sorts a query. By hand means that the first key is no longer that of an index.
fn order<E: EntityTrait>(query: &mut Select<E>, keys: &[SortKey<E::Model>], forward: bool, by_hand: bool) {
    for (place, key) in keys.iter().enumerate() {
        let order = if key.descending == forward { Order::Desc } else { Order::Asc };
        let expression = match (by_hand && place == 0, key.kind) {
            (true, Kind::Int) => key.expression.clone().add(0_i64),
            (true, Kind::Text) => key.expression.clone().binary(BinOper::Custom("||"), ""),
            _ => key.expression.clone(),
        };
        QueryTrait::query(query).order_by_expr(expression, order);
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
    if backend != DbBackend::Sqlite || condition.is_empty() {
        return condition;
    }
    let condition: SimpleExpr = condition.into();
    let case: SimpleExpr = CaseStatement::new().case(condition, 1).finally(0).into();
    Condition::all().add(case.eq(1))
}

/// How a page is fetched, for those who fetch its rows in their own way.
pub struct Plan<E: EntityTrait> {
    /// Selects the rows of the page and one more; backwards when the page is asked for from the end.
    pub select: Select<E>,
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
    pub async fn of(
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
        let cursor = match (&request.after, &request.before) {
            (Some(after), _) => Some(decode(keys, "after", after)?),
            (None, Some(before)) => Some(decode(keys, "before", before)?),
            (None, None) => None,
        };
        let offset = request.offset.and_then(|offset| u64::try_from(offset).ok()).unwrap_or(0);
        let size_and_one = size.saturating_add(1);
        let bounds = cursor.as_ref().map(|values| beyond(keys, values, forward));
        let merged = !hints.branches.is_empty();
        let mut query = match (merged, hints.by_hand) {
            (true, _) => {
                let last = size_and_one.saturating_add(offset);
                E::find().filter(merge(&select, keys, forward, hints.branches, bounds, last))
            }
            (false, true) => select.filter(judged_by_row(backend, bounds.unwrap_or_else(Condition::all))),
            (false, false) => select.filter(bounds.unwrap_or_else(Condition::all)),
        };
        order(&mut query, keys, forward, merged || hints.by_hand);
        if offset > 0 {
            query = query.offset(offset);
        }
        Ok(Self {
            select: query.limit(size_and_one),
            size: usize::try_from(size).unwrap_or(usize::MAX),
            forward,
            came_from: cursor.is_some() || offset > 0,
            no_cursors: request.no_cursors,
            has_offset: offset > 0,
            total: hints.total,
        })
    }

    /// One column of the rows of the page and one more. The limit stands in the statement's text, for PostgreSQL plans a
    /// statement anew each time when a good plan depends on a parameter.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn column<T: TryGetable>(&self, conn: &impl ConnectionTrait, column: E::Column) -> Result<Vec<T>, DbErr> {
        let mut select = self.select.clone().select_only().column(column);
        let mut literal = String::new();
        if !self.has_offset {
            QueryTrait::query(&mut select).reset_limit();
            literal = format!(" LIMIT {}", self.size.saturating_add(1));
        }
        let mut statement = select.build(conn.get_database_backend());
        statement.sql.push_str(&literal);
        conn.query_all_raw(statement).await?.iter().map(|row| row.try_get_by_index(0)).collect()
    }

    /// The rows of the page and one more, with the limit in the statement's text as in [`Plan::column`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rows(&self, conn: &impl ConnectionTrait) -> Result<Vec<E::Model>, DbErr> {
        let mut statement = self.select.clone();
        let mut literal = String::new();
        if !self.has_offset {
            QueryTrait::query(&mut statement).reset_limit();
            literal = format!(" LIMIT {}", self.size.saturating_add(1));
        }
        let mut statement = statement.build(conn.get_database_backend());
        statement.sql.push_str(&literal);
        E::find().from_raw_sql(statement).all(conn).await
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

/// The cursor of a row.
pub fn cursor<M>(keys: &[SortKey<M>], row: &M) -> String {
    encode(keys, &signature(keys), row)
}

/// A page of rows that are in memory already, in their order, by a position that never changes.
///
/// # Errors
/// [`PageError::Argument`] names what is wrong with the request.
pub fn slice<M>(
    list: &'static str,
    rows: Vec<M>,
    position: impl Fn(&M) -> i32,
    request: &PageRequest,
) -> Result<Page<M>, PageError> {
    let Span { size, forward } = span(request)?;
    let read = |argument: &'static str, cursor: &String| {
        let decoded = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| serde_json::from_slice::<(String, i32)>(&bytes).ok());
        match decoded {
            Some((known, position)) if known == list => Ok(position),
            _ => Err(PageError::Argument(argument, "is not a cursor of this list".into())),
        }
    };
    let after = request.after.as_ref().map(|cursor| read("after", cursor)).transpose()?;
    let before = request.before.as_ref().map(|cursor| read("before", cursor)).transpose()?;
    let total = request.count.then(|| i64::try_from(rows.len()).unwrap_or(i64::MAX));
    let all = rows.len();
    let mut rows: Vec<M> = rows
        .into_iter()
        .filter(|row| after.is_none_or(|after| position(row) > after) && before.is_none_or(|before| position(row) < before))
        .skip(request.offset.and_then(|offset| usize::try_from(offset).ok()).unwrap_or(0))
        .collect();
    let left = rows.len();
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if forward {
        rows.truncate(size);
    } else {
        rows.drain(..left.saturating_sub(size));
    }
    let (more, came_from) = (left > size, left < all);
    let (has_next, has_previous) = if forward { (more, came_from) } else { (came_from, more) };
    let rows = rows
        .into_iter()
        .map(|row| {
            let cursor = match request.no_cursors {
                true => String::new(),
                false => URL_SAFE_NO_PAD.encode(serde_json::to_vec(&(list, position(&row))).unwrap_or_default()),
            };
            (row, cursor)
        })
        .collect();
    Ok(Page { rows, has_next, has_previous, total })
}
