//! Counts that are followed.
//!
//! Kept is which orders pass, by their status, as what differs from the usual: of what few pass those that do, of what many pass
//! those that do not. What an order counted for is known, and is taken away before what it is now is added; so it makes no
//! difference whether the same order is told of twice. The sum of all orders must come out.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use entity::{order, stored::OrderStatus};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    QueryTrait as _, Statement,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait as _, Func, JoinType, Query, SelectStatement},
};
use uuid::Uuid;

use super::{
    super::count::{self, ByStatus},
    NEWS, each,
    kept::Place,
    since,
};
use crate::{
    db::{ids, ids_cell},
    fault::Fault,
    list::{all_of, not, way},
    order::{
        filter::{Filter, Part},
        query::Scope,
    },
};

/// Most orders that are kept for one count.
pub(super) const MOST: i64 = 400_000;

/// After so many changes the rows are counted again.
const CHANGED: usize = 20_000;

/// What an order that changed takes in memory, more or less.
const OF_CHANGED: usize = 24;

/// What is known of one filter.
#[derive(Default)]
pub(super) enum State {
    /// It was not counted, or that was soon done.
    #[default]
    Cheap,
    /// Counting took long; so many orders there were.
    Costly(i64),
    /// It takes too much to be followed.
    Left,
    /// It is followed.
    Known(Known),
}

/// The counts of one filter.
pub(in super::super) struct Following<'a> {
    pub(super) place: Place<'a, State>,
    pub(super) worth: Duration,
    pub(super) most: i64,
    pub(super) filter: Filter,
}

impl Following<'_> {
    /// How many orders pass in each status, if that is known: it is when it was counted before, and that took long.
    ///
    /// # Errors
    /// When the database fails.
    pub(in super::super) async fn by_status(&self, conn: &impl ConnectionTrait) -> Result<Option<ByStatus>, Fault> {
        let mut state = self.place.lock().await;
        let parts = || self.filter.parts(&Scope::All, conn.get_database_backend());
        let known = match std::mem::take(&mut *state) {
            State::Cheap => return Ok(None),
            State::Left => {
                *state = State::Left;
                return Ok(None);
            }
            State::Costly(orders) => {
                let known = Known::read(conn, &parts(), orders, self.most).await?;
                if known.is_none() {
                    *state = State::Left;
                }
                known
            }
            State::Known(known) => known.followed(conn, each(&parts())).await?,
        };
        let Some(known) = known else { return Ok(None) };
        let (counts, weight) = (known.by_status(), known.others.weight());
        *state = State::Known(known);
        drop(state);
        self.place.weighs(weight);
        Ok(Some(counts))
    }

    /// Takes note of what counting all of them took that pass, whatever their status.
    pub(in super::super) async fn took(&self, orders: i64, cost: Duration) {
        if cost < self.worth {
            return;
        }
        let mut state = self.place.lock().await;
        if matches!(*state, State::Cheap) {
            *state = State::Costly(orders);
        }
    }
}

/// What an order counts for: nothing, or one in a status.
type Group = u8;

/// It does not pass.
const NOT: Group = 0;

/// It is not there.
const GONE: Group = u8::MAX;

fn group(text: Option<&str>) -> Result<Group, Fault> {
    match text {
        None => Ok(GONE),
        Some("") => Ok(NOT),
        Some(text) => match (1..).zip(OrderStatus::all()).find(|(_, status)| status.as_str() == text) {
            Some((group, _)) => Ok(group),
            None => Err(Fault::Corrupt(format!("{text} is no status"))),
        },
    }
}

/// Which orders count for what.
pub(super) struct Known {
    /// All events up to here are part of it.
    position: i64,
    /// Orders that are part of it though their first event had no place yet.
    open: HashSet<Uuid>,
    /// What orders count for that are not among the others.
    usual: Group,
    others: Others,
    counts: Vec<i64>,
}

/// Orders that do not count for the usual.
#[derive(Default)]
struct Others {
    /// Those that were read with the count, sorted.
    read: Vec<(Uuid, Group)>,
    /// Those that changed since, whatever they count for.
    changed: HashMap<Uuid, Group>,
}

impl Others {
    fn of(&self, id: &Uuid) -> Option<Group> {
        let read = || self.read.binary_search_by_key(id, |(id, _)| *id).ok().and_then(|at| self.read.get(at));
        self.changed.get(id).copied().or_else(|| read().map(|(_, group)| *group))
    }

    fn weight(&self) -> usize {
        self.read.capacity() * size_of::<(Uuid, Group)>() + self.changed.capacity() * OF_CHANGED
    }
}

impl Known {
    /// Reads it from the rows; none where more than `most` orders would have to be kept. About so many orders pass.
    async fn read(conn: &impl ConnectionTrait, parts: &[Part], passing: i64, most: i64) -> Result<Option<Self>, Fault> {
        let by_status = count::kept_by_status(conn, &Scope::All, &Filter::default()).await?.unwrap_or_default();
        let all: i64 = by_status.iter().map(|(_, orders)| orders).sum();
        let commonest = by_status.iter().max_by_key(|(_, orders)| *orders);
        let (usual, others) = match commonest {
            Some((status, orders)) if passing.saturating_mul(2) > all => (Some(*status), all - Ord::min(passing, *orders)),
            _ => (None, passing),
        };
        if others > most {
            return Ok(None);
        }
        let backend = conn.get_database_backend();
        let Statement { sql, values, .. } = differing(backend, parts, usual, most);
        let sql = format!(
            "SELECT others.status, others.ids, (SELECT COALESCE(MAX(position), 0) FROM events), \
             (SELECT CAST(COALESCE(SUM(n), 0) AS bigint) FROM order_counts), \
             (SELECT {} FROM events WHERE position IS NULL AND seq = 1 AND order_id IS NOT NULL) \
             FROM (SELECT 1 AS one) AS one LEFT JOIN \
             (SELECT status, {} AS ids FROM ({sql}) AS differing GROUP BY status) AS others ON one.one = 1",
            ids_cell(backend, "order_id"),
            ids_cell(backend, "id"),
        );
        let rows = conn.query_all_raw(Statement { sql, values, db_backend: backend }).await?;
        let usual = group(Some(usual.map_or("", OrderStatus::as_str)))?;
        let mut known = Self {
            position: 0,
            open: HashSet::new(),
            usual,
            others: Others::default(),
            counts: vec![0; OrderStatus::all().count() + 1],
        };
        for (index, row) in rows.iter().enumerate() {
            if index == 0 {
                known.position = row.try_get_by_index(2)?;
                known.add(usual, row.try_get_by_index(3)?);
                known.open.extend(ids(row, 4)?);
            }
            let of = ids(row, 1)?;
            let group = group(row.try_get_by_index::<Option<String>>(0)?.as_deref())?;
            let orders = i64::try_from(of.len()).unwrap_or(i64::MAX);
            known.add(usual, -orders);
            known.add(group, orders);
            known.others.read.extend(of.into_iter().map(|id| (id, group)));
        }
        if known.others.read.len() as u64 > most.unsigned_abs() {
            return Ok(None);
        }
        known.others.read.sort_unstable();
        known.others.read.shrink_to_fit();
        Ok(Some(known))
    }

    /// The same with what happened since; none where that is too much, or cannot be told.
    async fn followed(mut self, conn: &impl ConnectionTrait, each: Condition) -> Result<Option<Self>, Fault> {
        let rows = conn.query_all_raw(conn.get_database_backend().build(&news(self.position, each))).await?;
        let (mut all, mut open) = (0, HashSet::new());
        for row in &rows {
            let (orders, head, events): (i64, i64, i64) =
                (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            if head < self.position || events.unsigned_abs() > NEWS {
                return Ok(None);
            }
            all = orders;
            let Some(id) = row.try_get_by_index::<Option<Uuid>>(3)? else { continue };
            let (first, placed): (i32, i32) = (row.try_get_by_index(4)?, row.try_get_by_index(5)?);
            let is_new = first == 1 && !self.open.contains(&id);
            if first == 1 && placed == 0 {
                open.insert(id);
            }
            if !is_new {
                self.add(self.others.of(&id).unwrap_or(self.usual), -1);
            }
            let now = group(row.try_get_by_index::<Option<String>>(6)?.as_deref())?;
            self.add(now, 1);
            self.others.changed.insert(id, now);
        }
        if let Some(row) = rows.first() {
            self.position = row.try_get_by_index(1)?;
        }
        self.open = open;
        let is_sound = self.counts.iter().sum::<i64>() == all;
        Ok((is_sound && self.others.changed.len() <= CHANGED).then_some(self))
    }

    fn add(&mut self, group: Group, orders: i64) {
        if let Some(count) = self.counts.get_mut(usize::from(group)) {
            *count += orders;
        }
    }

    fn by_status(&self) -> ByStatus {
        OrderStatus::all().zip(self.counts.iter().skip(1).copied()).collect()
    }
}

/// The orders that count for something else than the usual, and for what: `most` of them and one more.
fn differing(backend: DbBackend, parts: &[Part], usual: Option<OrderStatus>, most: i64) -> Statement {
    let found = order::Entity::find().select_only().column(order::Column::Id);
    let found = match usual {
        None => found.column(order::Column::Status).filter(way::counting(backend, parts, None)),
        Some(usual) => {
            let other = Condition::any().add(order::Column::Status.ne(usual.as_str())).add(not(each(parts)));
            found.expr_as(counts_for(each(parts)), "status").filter(other)
        }
    };
    found.limit(most.unsigned_abs() + 1).build(backend)
}

/// What an order counts for, as text.
fn counts_for(each: Condition) -> Expr {
    let status = Expr::col((order::Entity, order::Column::Status));
    CaseStatement::new().case(all_of(each), status).finally("").into()
}

/// The orders that something happened to since a position, each with what it counts for now; one row without an order where
/// nothing happened. In all rows: how many orders there are, the last position, and how many events were read.
fn news(position: i64, each: Condition) -> SelectStatement {
    let changed = Query::select()
        .column("order_id")
        .expr_as(Expr::cust("MIN(seq)"), "first")
        .expr_as(Expr::cust("MIN(CASE WHEN position IS NULL THEN 0 ELSE 1 END)"), "placed")
        .from_subquery(since(position), "events_since")
        .and_where(Expr::col("order_id").is_not_null())
        .group_by_col("order_id")
        .to_owned();
    let number =
        Query::select().expr_as(Func::count(Expr::cust("*")), "events").from_subquery(since(position), "counted").to_owned();
    let now = order::Entity::find()
        .select_only()
        .expr(counts_for(each))
        .filter(Expr::col((order::Entity, order::Column::Id)).equals(("changed", "order_id")))
        // By its id, whatever the rest says.
        .limit(1)
        .offset(0)
        .into_query();
    let scalar = |select: SelectStatement| Expr::SubQuery(None, Box::new(select.into()));
    Query::select()
        .expr(scalar(count::of_all()))
        .expr(Expr::cust("(SELECT COALESCE(MAX(position), 0) FROM events)"))
        .column(("number", "events"))
        .column(("changed", "order_id"))
        .column(("changed", "first"))
        .column(("changed", "placed"))
        .expr(scalar(now))
        .from_subquery(number, "number")
        .join_subquery(JoinType::LeftJoin, changed, Alias::new("changed"), Expr::cust("1 = 1"))
        .to_owned()
}
