//! Pages that are followed.
//!
//! Kept are the ids of a page's rows and of some that come after them, and what the last of these is sorted by. A row that nothing
//! happened to is in the same place still. So whatever comes before that end is among what is kept and what changed; if it no
//! longer fills the page, the page is read again.

use std::time::{Duration, Instant};

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter as _, QueryResult, QuerySelect as _,
    QueryTrait as _,
    sea_query::{Alias, Expr, ExprTrait as _, Func, JoinType, Query, SelectStatement, UnionType},
};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use super::{Subject, kept::Place, news, trail::NEWS};
use crate::{
    db::is_one_of,
    list::{Read, not, number},
    page::{Bounds, KeyValue, PageError, PageRequest, Plan, SortKey, unindexed},
};

/// How many rows after the page are kept with it.
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

/// The first rows of a page and after it.
pub(super) struct Known {
    /// All that was told up to here is part of it.
    position: i64,
    /// In the list's order.
    ids: Vec<Uuid>,
    /// What the last one is sorted by; none when no more come.
    end: Option<Vec<KeyValue>>,
}

/// One page.
pub struct Following<'a, S> {
    pub(super) place: Place<'a, State>,
    pub(super) worth: Duration,
    pub(super) subject: S,
    pub(super) request: &'a PageRequest,
}

/// What is to be done to have the page.
pub enum Turn {
    /// It is read as ever.
    Read,
    /// It is read so that it can be followed.
    Learn(Learning),
    /// These are the ids of the page and one more, as a plan would give them.
    Known(Vec<Uuid>),
}

/// A page that is being read. Whoever asks for it waits meanwhile.
pub struct Learning {
    state: OwnedMutexGuard<State>,
    cost: Duration,
    /// All that was told up to here is part of what is read.
    position: i64,
}

/// What a list's rows are.
type Model<S> = <<S as Subject>::Rows as EntityTrait>::Model;

impl<S> Following<'_, S>
where
    S: Subject,
    Model<S>: Send + Sync,
{
    /// What is to be done.
    ///
    /// # Errors
    /// [`PageError`] for bad page arguments.
    pub(crate) async fn turn(&self, conn: &impl ConnectionTrait, keys: &[SortKey<Model<S>>]) -> Result<Turn, PageError> {
        let bounds = Bounds::of(keys, self.request)?;
        let mut state = self.place.lock().await;
        let begun = Instant::now();
        let (known, cost) = match std::mem::take(&mut *state) {
            State::Cheap => return Ok(Turn::Read),
            State::Costly(cost) => (None, cost),
            State::Known(known, cost) => (known.followed(conn, &self.subject, &bounds).await?, cost),
        };
        let Some(known) = known else {
            let head = Query::select().expr(self.subject.trail().head(conn.get_database_backend())).to_owned();
            let position = number(conn, &head).await?;
            return Ok(Turn::Learn(Learning { state, cost, position }));
        };
        let ids = known.ids.iter().take(bounds.size() + 1).copied().collect();
        // So much happens that it is sooner read.
        let pays = begun.elapsed() < cost || self.worth.is_zero();
        if pays {
            self.keep(state, known, cost);
        }
        Ok(Turn::Known(ids))
    }

    /// The request by which the page is read so that it can be followed.
    pub fn request(&self) -> PageRequest {
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
    pub fn learn(&self, Learning { state, cost, position }: Learning, plan: &Plan<S::Rows>, rows: Vec<Told>) -> Vec<Uuid> {
        let end = rows.last().filter(|_| plan.is_full(rows.len())).map(|last| last.keys.clone());
        let ids = rows.iter().map(|row| row.id).collect();
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
    pub async fn took(&self, cost: Duration) {
        if cost < self.worth {
            return;
        }
        let mut state = self.place.lock().await;
        if matches!(*state, State::Cheap) {
            *state = State::Costly(cost);
        }
    }
}

/// The id of a row with what it is sorted by.
pub struct Told {
    id: Uuid,
    keys: Vec<KeyValue>,
}

/// Reads these: the column of ids, and what the list is sorted by.
pub struct Telling<'a, E: EntityTrait>(pub E::Column, pub &'a [SortKey<E::Model>]);

impl<E> Read<E> for Telling<'_, E>
where
    E: EntityTrait,
    E::Model: Send + Sync,
{
    type Row = Told;

    async fn read(&self, conn: &impl ConnectionTrait, plan: &Plan<E>) -> Result<Vec<Told>, DbErr> {
        let Self(id, keys) = self;
        let cells = [Expr::col(id.as_column_ref())].into_iter().chain(keys.iter().map(|key| key.in_sql().clone()));
        let told = |row: &QueryResult| {
            let keys = keys.iter().enumerate().map(|(index, key)| key.value(row, index + 1));
            Ok(Told { id: row.try_get_by_index(0)?, keys: keys.collect::<Result<_, DbErr>>()? })
        };
        plan.cells(conn, cells).await?.iter().map(told).collect()
    }
}

impl Known {
    /// The same with what happened since; none where that is too much, or leaves too little.
    async fn followed<S: Subject>(
        mut self,
        conn: &impl ConnectionTrait,
        subject: &S,
        bounds: &Bounds<'_, Model<S>>,
    ) -> Result<Option<Self>, DbErr> {
        let backend = conn.get_database_backend();
        let rows = conn.query_all_raw(backend.build(&self.now(backend, subject, bounds))).await?;
        let (before, most) = (self.position, bounds.size() + MANY);
        self.ids.clear();
        for row in &rows {
            let (head, news): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            if head < before || news.unsigned_abs() > NEWS {
                return Ok(None);
            }
            self.position = head;
            self.ids.extend(row.try_get_by_index::<Option<Uuid>>(2)?);
        }
        let is_enough = self.end.is_none() || self.ids.len() > bounds.size();
        Ok((is_enough && self.ids.len() <= most).then_some(self))
    }

    /// The last position, how much is told, and one by one in the list's order the rows that are in it now, of those that were
    /// before or that something happened to; one row without one where there is none.
    fn now<S: Subject>(&self, backend: DbBackend, subject: &S, bounds: &Bounds<'_, Model<S>>) -> SelectStatement {
        let (trail, id) = (subject.trail(), subject.id());
        let ids = || S::Rows::find().select_only().expr_as(Expr::col(id.as_column_ref()), "id");
        let known = ids().filter(is_one_of(backend, Expr::col(id.as_column_ref()), self.ids.iter().copied())).into_query();
        let changed = Query::select()
            .column("thing")
            .from_subquery(trail.since(backend, self.position), news())
            .and_where(Expr::col("thing").is_not_null())
            .to_owned();
        let looked_at = subject.rows_of(changed).union(UnionType::Distinct, known).to_owned();
        let within = subject
            .each(backend)
            .add_option(bounds.after_the_cursor())
            .add_option(self.end.as_ref().map(|end| not(bounds.beyond(end))));
        let mut found = ids()
            .filter(id.in_subquery(looked_at))
            // By their ids, whatever the rest says.
            .filter(if within.is_empty() { within } else { unindexed(within) })
            .into_query();
        for (index, (key, _)) in bounds.orders().enumerate() {
            found.expr_as(key.clone(), Alias::new(format!("key_{index}")));
        }
        let number = Query::select()
            .expr_as(Func::count(Expr::cust("*")), "news")
            .from_subquery(trail.since(backend, self.position), "counted")
            .to_owned();
        let mut now = Query::select()
            .expr(trail.head(backend))
            .column(("number", "news"))
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
