//! Counts that are followed.
//!
//! Kept is what things count for, as what differs from the usual: of what few pass those that do, of what many pass those that
//! do not. What a thing counted for is known, and is taken away before what it counts for now is added; so it makes no difference
//! whether the same thing is told of twice. The sum of all things must come out.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use sea_orm::{
    ConnectionTrait, DbBackend, Statement,
    sea_query::{Alias, Expr, ExprTrait as _, Func, JoinType, Query, SelectStatement},
};
use uuid::Uuid;

use super::{Group, Groups, Subject, kept::Place, news, trail::NEWS};
use crate::{
    db::{ids, ids_cell},
    fault::Fault,
};

/// Most things that are kept for one count.
const MOST: i64 = 400_000;

/// After so many changes the rows are counted again.
const CHANGED: usize = 20_000;

/// What a thing that changed takes in memory, more or less.
const OF_CHANGED: usize = 24;

/// It is not there.
const GONE: Group = Group::MAX;

/// Most things that are kept for one count where all counts together take no more than so many bytes: one that leaves no room
/// for others would be dropped at once, and read again at each second question.
pub(super) fn most(bytes: u64) -> i64 {
    let room = bytes / 2 / size_of::<(Uuid, Group)>() as u64;
    Ord::min(MOST, i64::try_from(room).unwrap_or(MOST))
}

/// What is known of one filter.
#[derive(Default)]
pub(super) enum State {
    /// It was not counted, or that was soon done.
    #[default]
    Cheap,
    /// Counting took long; so many rows there were.
    Costly(i64),
    /// It takes too much to be followed.
    Left,
    /// It is followed.
    Known(Known),
}

/// The counts of one filter.
pub struct Following<'a, S> {
    pub(super) place: Place<'a, State>,
    pub(super) worth: Duration,
    pub(super) most: i64,
    pub(super) subject: S,
}

impl<S: Subject> Following<'_, S> {
    /// How many things count for what, if that is known: it is when it was counted before, and that took long.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn groups(&self, conn: &impl ConnectionTrait) -> Result<Option<Groups>, Fault> {
        let mut state = self.place.lock().await;
        let known = match std::mem::take(&mut *state) {
            State::Cheap => return Ok(None),
            State::Left => {
                *state = State::Left;
                return Ok(None);
            }
            State::Costly(rows) => {
                *state = Known::read(conn, &self.subject, rows, self.most).await?;
                match std::mem::take(&mut *state) {
                    State::Known(known) => Some(known),
                    other => {
                        *state = other;
                        None
                    }
                }
            }
            State::Known(known) => known.followed(conn, &self.subject).await?,
        };
        let Some(known) = known else { return Ok(None) };
        let (groups, weight) = (known.groups.clone(), known.others.weight());
        *state = State::Known(known);
        drop(state);
        self.place.weighs(weight);
        Ok(Some(groups))
    }

    /// Takes note of what counting so many rows took.
    pub async fn took(&self, rows: i64, cost: Duration) {
        if cost < self.worth {
            return;
        }
        let mut state = self.place.lock().await;
        if matches!(*state, State::Cheap) {
            *state = State::Costly(rows);
        }
    }
}

/// Which things count for what.
pub(super) struct Known {
    /// All that was told up to here is part of it.
    position: i64,
    /// Things that are part of it though it will be told again that they are new.
    open: HashSet<Uuid>,
    /// What things count for that are not among the others.
    usual: Group,
    others: Others,
    groups: Groups,
}

/// Things that do not count for the usual.
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
    /// Reads it from the rows; left where more than `most` things would have to be kept. About so many rows pass.
    async fn read<S: Subject>(conn: &impl ConnectionTrait, subject: &S, rows: i64, most: i64) -> Result<State, Fault> {
        let (usual, others) = subject.usual(conn, rows).await?;
        if others > most {
            return Ok(State::Left);
        }
        let (backend, trail) = (conn.get_database_backend(), subject.trail());
        let statement = |select: SelectStatement| backend.build(&select);
        let limit = most.unsigned_abs() + 1;
        let Statement { sql, values, .. } = statement(subject.differing(backend, usual).limit(limit).to_owned());
        let things = statement(subject.things()).sql;
        let head = statement(Query::select().expr(trail.head(backend)).to_owned()).sql;
        let open = trail.open(backend);
        let sql = format!(
            "SELECT others.counts_for, others.ids, ({head}), ({things}), (SELECT {} FROM ({open}) AS open) \
             FROM (SELECT 1 AS one) AS one LEFT JOIN \
             (SELECT counts_for, {} AS ids FROM ({sql}) AS differing GROUP BY counts_for) AS others ON one.one = 1",
            ids_cell(backend, "thing"),
            ids_cell(backend, "id"),
        );
        let rows = conn.query_all_raw(Statement { sql, values, db_backend: backend }).await?;
        let mut known = Self { position: 0, open: HashSet::new(), usual, others: Others::default(), groups: BTreeMap::new() };
        for (index, row) in rows.iter().enumerate() {
            if index == 0 {
                known.position = row.try_get_by_index(2)?;
                known.add(usual, row.try_get_by_index(3)?);
                known.open.extend(ids(row, 4)?);
            }
            let of = ids(row, 1)?;
            let Some(counts_for) = row.try_get_by_index::<Option<String>>(0)? else { continue };
            let Some(group) = group(subject, &counts_for) else { return Ok(State::Left) };
            let things = i64::try_from(of.len()).unwrap_or(i64::MAX);
            known.add(usual, -things);
            known.add(group, things);
            known.others.read.extend(of.into_iter().map(|id| (id, group)));
        }
        if known.others.read.len() as u64 > most.unsigned_abs() {
            return Ok(State::Left);
        }
        if known.open.len() as u64 > NEWS {
            // Much was written since somebody began who is still at it.
            return Ok(State::Cheap);
        }
        known.others.read.sort_unstable();
        known.others.read.shrink_to_fit();
        Ok(State::Known(known))
    }

    /// The same with what happened since; none where that is too much, or cannot be told.
    async fn followed<S: Subject>(mut self, conn: &impl ConnectionTrait, subject: &S) -> Result<Option<Self>, Fault> {
        let backend = conn.get_database_backend();
        let rows = conn.query_all_raw(backend.build(&changes(backend, subject, self.position))).await?;
        let (mut all, mut open) = (0, HashSet::new());
        for row in &rows {
            let (things, head, news): (i64, i64, i64) =
                (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            if head < self.position || news.unsigned_abs() > NEWS {
                return Ok(None);
            }
            all = things;
            let Some(id) = row.try_get_by_index::<Option<Uuid>>(3)? else { continue };
            let (is_new, again): (i32, i32) = (row.try_get_by_index(4)?, row.try_get_by_index(5)?);
            if is_new == 0 || self.open.contains(&id) {
                self.add(self.others.of(&id).unwrap_or(self.usual), -1);
            }
            if is_new != 0 && again != 0 {
                open.insert(id);
            }
            let now = row.try_get_by_index::<Option<String>>(6)?;
            let Some(now) = now.map_or(Some(GONE), |now| group(subject, &now)) else { return Ok(None) };
            self.add(now, 1);
            self.others.changed.insert(id, now);
        }
        if let Some(row) = rows.first() {
            self.position = row.try_get_by_index(1)?;
        }
        self.open = open;
        let is_sound = self.groups.values().sum::<i64>() == all;
        Ok((is_sound && self.others.changed.len() <= CHANGED).then_some(self))
    }

    fn add(&mut self, group: Group, things: i64) {
        if group != GONE {
            *self.groups.entry(group).or_default() += things;
        }
    }
}

/// What a text says that a thing counts for, if that can be kept.
fn group(subject: &impl Subject, counts_for: &str) -> Option<Group> {
    subject.group(counts_for).filter(|group| *group != GONE)
}

/// The things that something happened to since a position, each with what it counts for now; one row without a thing where
/// nothing happened. In all rows: how many things there are, the last position, and how much is told.
fn changes(backend: DbBackend, subject: &impl Subject, position: i64) -> SelectStatement {
    let trail = subject.trail();
    let changed = Query::select()
        .column("thing")
        .expr_as(Expr::cust("MAX(is_new)"), "is_new")
        .expr_as(Expr::cust("MAX(again)"), "again")
        .from_subquery(trail.since(backend, position), news())
        .and_where(Expr::col("thing").is_not_null())
        .group_by_col("thing")
        .to_owned();
    let number = Query::select()
        .expr_as(Func::count(Expr::cust("*")), "news")
        .from_subquery(trail.since(backend, position), "counted")
        .to_owned();
    let scalar = |select: SelectStatement| Expr::SubQuery(None, Box::new(select.into()));
    Query::select()
        .expr(scalar(subject.things()))
        .expr(trail.head(backend))
        .column(("number", "news"))
        .column(("changed", "thing"))
        .column(("changed", "is_new"))
        .column(("changed", "again"))
        .expr(scalar(subject.now(backend, Expr::col(("changed", "thing")))))
        .from_subquery(number, "number")
        .join_subquery(JoinType::LeftJoin, changed, Alias::new("changed"), Expr::cust("1 = 1"))
        .to_owned()
}
