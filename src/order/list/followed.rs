//! Counts that cost much, followed along the event log.
//!
//! How many orders have a text somewhere in theirs, or a total in a range, their rows alone tell, and of a million that takes its
//! time. Lists ask for the same count again and again: with each page, each tab, each saved view. From the second time on it is
//! kept which orders pass, by their status, and only orders that something happened to since are looked at.
//!
//! Kept is what differs from the usual: of what few pass those that do, of what many pass those that do not. The log names every
//! order that changed, for each change of an order's row comes with an event of it. Whether an event has its place already, and
//! whether the same order is told of twice, makes no difference: what an order counted for is known, and is taken away before
//! what it is now is added. All is read in one statement, so of one moment; the sum of all orders must come out.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use entity::{event, order, stored::OrderStatus};
use moka::sync::Cache;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    QueryTrait as _, Statement,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait as _, Func, JoinType, Order, Query, SelectStatement, UnionType},
};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::count::{self, ByStatus};
use crate::{
    db::{ids, ids_cell},
    fault::Fault,
    list::{all_of, not, way},
    order::{
        filter::{Filter, Part},
        query::Scope,
    },
    search::Searches as _,
};

/// What takes longer to count is followed when it is asked again.
const WORTH: Duration = Duration::from_millis(8);

/// Most orders that are kept for one count.
const MOST: i64 = 400_000;

/// After so many changes the rows are counted again.
const CHANGED: usize = 20_000;

/// Of more events than so many since the last time the rows are counted again.
const NEWS: u64 = 2_000;

/// How long a count is followed that nobody asks for.
const IDLE: Duration = Duration::from_secs(900);

/// What an order that changed takes in memory, more or less.
const OF_CHANGED: usize = 24;

/// Counts that are followed.
pub struct Followed {
    counts: Option<Cache<String, Arc<Entry>>>,
    worth: Duration,
    most: i64,
}

/// What is known of one filter.
#[derive(Default)]
pub(super) struct Entry {
    state: Mutex<State>,
    weight: AtomicU32,
}

#[derive(Default)]
enum State {
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

impl Followed {
    /// Counts that together take no more than so many megabytes; none are followed with 0.
    pub fn new(megabytes: u32) -> Self {
        let counts = (megabytes > 0).then(|| {
            Cache::builder()
                .weigher(|key: &String, entry: &Arc<Entry>| {
                    entry.weight.load(Ordering::Relaxed).saturating_add(u32::try_from(key.len()).unwrap_or(u32::MAX))
                })
                .max_capacity(u64::from(megabytes) << 20)
                .time_to_idle(IDLE)
                .build()
        });
        // One that leaves no room for others would be dropped at once, and read again at each second question.
        let room = (i64::from(megabytes) << 20) / 2 / size_of::<(Uuid, Group)>() as i64;
        Self { counts, worth: WORTH, most: Ord::min(MOST, room) }
    }

    /// The same, whatever counting takes.
    #[must_use]
    pub fn always(self) -> Self {
        Self { worth: Duration::ZERO, ..self }
    }

    /// What is known of a filter, but for what it says of the status; none for filters that cannot be followed.
    pub(super) fn of<'a>(&'a self, scope: &Scope, filter: &Filter) -> Option<Following<'a>> {
        let counts = self.counts.as_ref().filter(|_| *scope == Scope::All && filter.is_told_of())?;
        let mut filter = Filter { status: None, ..filter.clone() };
        for search in filter.searches() {
            search.forget();
        }
        let key = serde_json::to_string(&filter).ok()?;
        let entry = counts.get_with_by_ref(&key, Arc::default);
        Some(Following { counts, worth: self.worth, most: self.most, key, entry, filter })
    }
}

/// The count of one filter.
pub(super) struct Following<'a> {
    counts: &'a Cache<String, Arc<Entry>>,
    worth: Duration,
    most: i64,
    key: String,
    entry: Arc<Entry>,
    filter: Filter,
}

impl Following<'_> {
    /// How many orders pass in each status, if that is known: it is when it was counted before, and that took long.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn by_status(&self, conn: &impl ConnectionTrait) -> Result<Option<ByStatus>, Fault> {
        // Whoever comes meanwhile waits for what is read, instead of reading the same.
        let mut state = self.entry.state.lock().await;
        // What was looked up for a search is of an earlier moment than what is read here: it stays out of this.
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
        let counts = known.by_status();
        let weight = known.others.weight() + size_of::<Entry>();
        self.entry.weight.store(u32::try_from(weight).unwrap_or(u32::MAX), Ordering::Relaxed);
        *state = State::Known(known);
        drop(state);
        self.counts.insert(self.key.clone(), self.entry.clone());
        Ok(Some(counts))
    }

    /// Takes note of what counting all of them took that pass, whatever their status.
    pub(super) async fn took(&self, orders: i64, begun: Instant) {
        if begun.elapsed() < self.worth {
            return;
        }
        let mut state = self.entry.state.lock().await;
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
struct Known {
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

/// Conditions that all hold, judged order by order.
fn each(parts: &[Part]) -> Condition {
    parts.iter().fold(Condition::all(), |all, part| all.add(part.each.clone()))
}

/// What an order counts for, as text.
fn counts_for(each: Condition) -> Expr {
    let status = Expr::col((order::Entity, order::Column::Status));
    CaseStatement::new().case(all_of(each), status).finally("").into()
}

/// The orders that something happened to since a position, each with what it counts for now; one row without an order where
/// nothing happened. In all rows: how many orders there are, the last position, and how many events were read.
fn news(position: i64, each: Condition) -> SelectStatement {
    use event::Column as C;
    let some = || {
        let columns = [C::OrderId, C::Seq, C::Position];
        event::Entity::find().select_only().columns(columns).limit(NEWS + 1).into_query()
    };
    let unplaced = some().and_where(C::Position.is_null()).to_owned();
    let unread = some().and_where(C::Position.gt(position)).order_by(C::Position, Order::Asc).to_owned();
    let all = |from: SelectStatement, name: &'static str| {
        Query::select().columns(["order_id", "seq", "position"]).from_subquery(from, name).to_owned()
    };
    let events = || all(unplaced.clone(), "unplaced").union(UnionType::All, all(unread.clone(), "unread")).to_owned();
    let changed = Query::select()
        .column("order_id")
        .expr_as(Expr::cust("MIN(seq)"), "first")
        .expr_as(Expr::cust("MIN(CASE WHEN position IS NULL THEN 0 ELSE 1 END)"), "placed")
        .from_subquery(events(), "events_since")
        .and_where(Expr::col("order_id").is_not_null())
        .group_by_col("order_id")
        .to_owned();
    let number = Query::select().expr_as(Func::count(Expr::cust("*")), "events").from_subquery(events(), "counted").to_owned();
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

impl Filter {
    /// Whether an event of an order tells of every change by which it could begin or cease to pass.
    fn is_told_of(&self) -> bool {
        // Every field is named, so that a new one is thought of here.
        let Self {
            status: _,
            payment_status: _,
            fulfillment_status: _,
            kind: _,
            ids: _,
            store: _,
            number: _,
            external_id: _,
            search: _,
            placed_at: _,
            updated_at: _,
            ship_by: _,
            now: _,
            on_hold: _,
            total: _,
            currency: _,
            paid_by: _,
            // Payments may change without an event.
            payment_type: None,
            // These may be deleted, which leaves orders without them.
            customer: None,
            product: None,
            shipping_method: None,
            // Time makes it so.
            overdue: None,
            and,
            or,
            not,
        } = self
        else {
            return false;
        };
        let or = or.as_deref().unwrap_or_default();
        and.iter().chain(or).chain(not.as_deref()).all(Self::is_told_of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_events_tell_of_is_followed_and_nothing_without_memory() {
        let filter = |text: &str| -> Filter { serde_json::from_str(text).unwrap() };
        let followed = Followed::new(1);
        let is_followed = |text: &str| followed.of(&Scope::All, &filter(text)).is_some();
        assert!(is_followed(r#"{"search": "a", "and": [{"not": {"search": "b"}}]}"#));
        assert!(!is_followed(r#"{"search": "a", "and": [{"not": {"overdue": true}}]}"#));
        let of_product = Filter { product: Some(entity::id::ProductId(Uuid::nil())), ..Filter::default() };
        assert!(followed.of(&Scope::All, &of_product).is_none());
        assert!(!is_followed(r#"{"search": "a", "or": [{"payment_type": {"any": ["CASH"], "none": null}}]}"#));
        let own = Scope::Own { customer: None, stores: Vec::new() };
        assert!(followed.of(&own, &filter(r#"{"search": "a"}"#)).is_none());
        assert!(Followed::new(0).of(&Scope::All, &filter(r#"{"search": "a"}"#)).is_none());
    }
}
