//! Pages that are followed.
//!
//! Kept are the ids of a page's orders and of some that come after them, and what the last of these is sorted by. An order that
//! nothing happened to is in the same place still. So whatever comes before that end is among what is kept and what changed; if
//! it no longer fills the page, the page is read again.

use std::time::{Duration, Instant};

use entity::{id::OrderId, order};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait as _, QueryFilter as _, QueryResult, QuerySelect as _,
    QueryTrait as _,
    sea_query::{Alias, Expr, ExprTrait as _, Func, JoinType, Query, SelectStatement, SimpleExpr, UnionType},
};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use super::{NEWS, each, kept::Place, since};
use crate::{
    db::is_one_of,
    list::{self, not},
    order::{filter::Filter, query::Scope},
    page::{Bounds, KeyValue, PageError, PageRequest, Plan, SortKey, unindexed},
};

/// How many orders after the page are kept with it.
const SPARE: i64 = 30;

/// When so many more are kept, the page is read again.
const MANY: usize = 500;

/// What is known of one page.
#[derive(Default)]
pub(super) enum State {
    /// It was not read, or that was soon done.
    #[default]
    Cheap,
    /// Reading took so long.
    Costly(Duration),
    /// It is followed, for reading took so long.
    Known(Known, Duration),
}

/// The first orders of a page and after it.
pub(super) struct Known {
    /// All events up to here are part of it.
    position: i64,
    /// In the list's order.
    ids: Vec<Uuid>,
    /// What the last one is sorted by; none when no more come.
    end: Option<Vec<KeyValue>>,
}

/// One page.
pub(in super::super) struct Following<'a> {
    pub(super) place: Place<'a, State>,
    pub(super) worth: Duration,
    pub(super) filter: Filter,
    pub(super) request: &'a PageRequest,
}

/// What is to be done to have the page.
pub(in super::super) enum Turn {
    /// It is read as ever.
    Read,
    /// It is read so that it can be followed.
    Learn(Learning),
    /// These are the ids of the page and one more, as a plan would give them.
    Known(Vec<OrderId>),
}

/// A page that is being read. Whoever asks for it waits meanwhile.
pub(in super::super) struct Learning {
    state: OwnedMutexGuard<State>,
    cost: Duration,
    /// All events up to here are part of what is read.
    position: i64,
}

impl Following<'_> {
    /// What is to be done.
    ///
    /// # Errors
    /// [`PageError`] for bad page arguments.
    pub(in super::super) async fn turn(
        &self,
        conn: &impl ConnectionTrait,
        keys: &[SortKey<order::Model>],
    ) -> Result<Turn, PageError> {
        let bounds = Bounds::of(keys, self.request)?;
        let mut state = self.place.lock().await;
        let begun = Instant::now();
        let (known, cost) = match std::mem::take(&mut *state) {
            State::Cheap => return Ok(Turn::Read),
            State::Costly(cost) => (None, cost),
            State::Known(known, cost) => (known.followed(conn, &self.filter, &bounds).await?, cost),
        };
        let Some(known) = known else {
            let head = Query::select().expr(head()).to_owned();
            let position = list::number(conn, &head).await?;
            return Ok(Turn::Learn(Learning { state, cost, position }));
        };
        let ids = known.ids.iter().take(bounds.size() + 1).map(|id| OrderId(*id)).collect();
        // So much happens that it is sooner read.
        let pays = begun.elapsed() < cost || self.worth.is_zero();
        if pays {
            self.keep(state, known, cost);
        }
        Ok(Turn::Known(ids))
    }

    /// The request by which the page is read so that it can be followed.
    pub(in super::super) fn request(&self) -> PageRequest {
        let PageRequest { first, last, default_size, max_size, .. } = *self.request;
        let more = |size: i64| size.saturating_add(SPARE);
        let spare = SPARE as u32;
        PageRequest {
            first: first.map(more),
            last: last.map(more),
            default_size: Ord::min(default_size, max_size).saturating_add(spare),
            max_size: max_size.saturating_add(spare),
            count: false,
            ..self.request.clone()
        }
    }

    /// Keeps what was read; the ids of the page and one more.
    pub(in super::super) fn learn(
        &self,
        Learning { state, cost, position }: Learning,
        plan: &Plan<order::Entity>,
        rows: Vec<Told>,
    ) -> Vec<OrderId> {
        let end = rows.last().filter(|_| plan.is_full(rows.len())).map(|last| last.keys.clone());
        let ids = rows.iter().map(|row| row.id.0).collect();
        self.keep(state, Known { position, ids, end }, cost);
        rows.iter().map(|row| row.id).take(plan.size().saturating_sub(SPARE as usize) + 1).collect()
    }

    fn keep(&self, mut state: OwnedMutexGuard<State>, known: Known, cost: Duration) {
        let end: usize = known.end.iter().flatten().map(|key| size_of_val(key) + key.length()).sum();
        let weight = known.ids.capacity() * size_of::<Uuid>() + end;
        *state = State::Known(known, cost);
        drop(state);
        self.place.weighs(weight);
    }

    /// Takes note of what reading took.
    pub(in super::super) async fn took(&self, cost: Duration) {
        if cost < self.worth {
            return;
        }
        let mut state = self.place.lock().await;
        if matches!(*state, State::Cheap) {
            *state = State::Costly(cost);
        }
    }
}

/// The id of an order with what it is sorted by.
pub(in super::super) struct Told {
    id: OrderId,
    keys: Vec<KeyValue>,
}

/// Reads these.
pub(in super::super) struct Telling<'a>(pub(in super::super) &'a [SortKey<order::Model>]);

impl list::Read<order::Entity> for Telling<'_> {
    type Row = Told;

    async fn read(&self, conn: &impl ConnectionTrait, plan: &Plan<order::Entity>) -> Result<Vec<Told>, DbErr> {
        let id = Expr::col((order::Entity, order::Column::Id));
        let cells = [id].into_iter().chain(self.0.iter().map(|key| key.in_sql().clone()));
        let told = |row: &QueryResult| {
            let keys = self.0.iter().enumerate().map(|(index, key)| key.value(row, index + 1));
            Ok(Told { id: row.try_get_by_index(0)?, keys: keys.collect::<Result<_, DbErr>>()? })
        };
        plan.cells(conn, cells).await?.iter().map(told).collect()
    }
}

/// The last position.
fn head() -> SimpleExpr {
    Expr::cust("(SELECT COALESCE(MAX(position), 0) FROM events)")
}

impl Known {
    /// The same with what happened since; none where that is too much, or leaves too little.
    async fn followed(
        mut self,
        conn: &impl ConnectionTrait,
        filter: &Filter,
        bounds: &Bounds<'_, order::Model>,
    ) -> Result<Option<Self>, DbErr> {
        let backend = conn.get_database_backend();
        let rows = conn.query_all_raw(backend.build(&self.now(backend, filter, bounds))).await?;
        let (before, most) = (self.position, bounds.size() + MANY);
        self.ids.clear();
        for row in &rows {
            let (head, events): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            if head < before || events.unsigned_abs() > NEWS {
                return Ok(None);
            }
            self.position = head;
            self.ids.extend(row.try_get_by_index::<Option<Uuid>>(2)?);
        }
        let is_enough = self.end.is_none() || self.ids.len() > bounds.size();
        Ok((is_enough && self.ids.len() <= most).then_some(self))
    }

    /// The last position, how many events were read, and one by one in the list's order the orders that are in it now, of those
    /// that were before or that something happened to; one row without an order where there is none.
    fn now(&self, backend: DbBackend, filter: &Filter, bounds: &Bounds<'_, order::Model>) -> SelectStatement {
        let known = is_one_of(backend, Expr::col((order::Entity, order::Column::Id)), self.ids.iter().copied());
        let known = order::Entity::find().select_only().column(order::Column::Id).filter(known).into_query();
        let mut changed = Query::select()
            .column("order_id")
            .from_subquery(since(self.position), "events_since")
            .and_where(Expr::col("order_id").is_not_null())
            .to_owned();
        let looked_at = changed.union(UnionType::Distinct, known).to_owned();
        let within = each(&filter.parts(&Scope::All, backend))
            .add_option(bounds.after_the_cursor())
            .add_option(self.end.as_ref().map(|end| not(bounds.beyond(end))));
        let mut found = order::Entity::find()
            .select_only()
            .column(order::Column::Id)
            .filter(order::Column::Id.in_subquery(looked_at))
            // By their ids, whatever the rest says.
            .filter(if within.is_empty() { within } else { unindexed(within) })
            .into_query();
        for (index, (key, _)) in bounds.orders().enumerate() {
            found.expr_as(key.clone(), Alias::new(format!("key_{index}")));
        }
        let number = Query::select()
            .expr_as(Func::count(Expr::cust("*")), "events")
            .from_subquery(since(self.position), "counted")
            .to_owned();
        let mut now = Query::select()
            .expr(head())
            .column(("number", "events"))
            .column(("found", "id"))
            .from_subquery(number, "number")
            .join_subquery(JoinType::LeftJoin, found, Alias::new("found"), Expr::cust("1 = 1"))
            .to_owned();
        for (index, (_, order)) in bounds.orders().enumerate() {
            now.order_by((Alias::new("found"), Alias::new(format!("key_{index}"))), order);
        }
        now
    }
}
