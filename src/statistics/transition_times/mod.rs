//! How long orders stayed in each status before the next one (MET-01): exact counts, averages and percentiles.
//!
//! Histograms of lengths say in which narrow range of lengths a percentile lies, finer ones in which part of it; only the
//! few lengths in that part are read one by one. What was read of the spans of a window is held in memory, brought up to date
//! by a journal.

use std::{collections::BTreeMap, sync::Arc};

use chrono_tz::Tz;
use entity::{stored::OrderStatus, time::Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};

pub use self::held::Store;
use self::{
    held::{Beside, Lengths, Spans},
    percentile::{Learned, Sought, Step, narrow, rank},
};
use super::{
    rollup::{
        family::Change,
        histogram::{self, Histogram},
        numbers::place,
        reading::Reading,
        tally,
        transitions::{Counted, Grain, Pair, Transition, news, transitions},
    },
    spans::{self, EVER, Plan, Quarters, Stretch, Unit, quarter},
};
use crate::{
    db::{numbers, numbers_cell, statement},
    fault::Fault,
    money::average_minor,
};

mod held;
mod percentile;

/// How long orders stayed in one status before another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// From which status to which.
    pub pair: Pair,
    /// How many changes.
    pub count: i64,
    /// Those left out, because their times contradict each other.
    pub left_out: i64,
    /// Sum ÷ count, halves away from zero.
    pub average: i64,
    /// The shortest length that at least half of them do not exceed.
    pub median: i64,
    /// The shortest length that at least 95 of a hundred do not exceed.
    pub percentile_95: i64,
}

/// Only changes from and to these statuses.
#[derive(Clone, Copy, Debug, Default)]
pub struct Which {
    /// From this one.
    pub from: Option<OrderStatus>,
    /// To this one.
    pub to: Option<OrderStatus>,
}

impl Which {
    fn holds(self, (from, to): Pair) -> bool {
        self.from.is_none_or(|wanted| wanted == from) && self.to.is_none_or(|wanted| wanted == to)
    }
}

/// What is known of the changes between two statuses.
#[derive(Default)]
struct Known {
    /// Count and seconds by coarse bin; those below zero apart.
    bins: Histogram<2>,
    /// Lengths that are not among the rows, and with a minus those that are and should not be.
    beside: Lengths,
}

impl Known {
    fn add(&mut self, seconds: i64, times: i64) -> Result<(), Fault> {
        *self.beside.entry(seconds).or_default() += times;
        self.bins.add(Grain::Coarse.bin(seconds), times, [1, seconds])
    }
}

/// What there is to look in for percentiles.
#[derive(Default)]
struct Kept {
    plan: Plan,
    /// The spans of the plan.
    spans: Arc<Spans>,
    /// What is beside them, to be added or taken away.
    beside: Vec<(i64, Arc<Beside>)>,
}

/// How long orders stayed in each status before the next one, of the changes in a window; of all time when none is given.
/// By the order of an order's life.
///
/// # Errors
/// When the database fails.
pub async fn times(store: &Store, reading: &Reading, window: Option<Stretch>, which: Which) -> Result<Vec<Times>, Fault> {
    let conn = reading.conn();
    let mut known: BTreeMap<Pair, Known> = BTreeMap::new();
    let mut kept = Kept::default();
    match reading.behind() {
        Some(behind) => {
            let plan =
                window.map_or_else(spans::all_time, |window| spans::plan(window, reading.as_of(), Tz::UTC).nearest(Tz::UTC));
            waiting(behind, &plan, which, &mut known)?;
            kept = read(store, reading, plan, which, &mut known).await?;
        }
        None => every(conn, window.unwrap_or(EVER), which, &mut known).await?,
    }
    let (mut rows, mut sought) = (Vec::with_capacity(known.len()), Vec::new());
    for (pair, known) in &known {
        if let Some(times) = times_of(*pair, known)? {
            sought.extend([50, 95].map(|percent| Sought::begin(*pair, known, rank(percent, times.count))));
            rows.push(times);
        }
    }
    let mut learned = Vec::new();
    for step in Step::EACH {
        learned.extend(narrow(conn, &kept, &known, &mut sought, step).await?);
    }
    if !learned.is_empty() {
        let mut spans = Spans::clone(&kept.spans);
        for Learned { pair, step, range, parts } in learned {
            spans.0.entry(pair).or_default().learn(step, range, parts);
        }
        store.spans.put(&kept.plan.runs, &kept.spans, spans).await;
    }
    for (row, found) in rows.iter_mut().zip(sought.chunks(2)) {
        let [median, percentile_95] = found else { continue };
        (row.median, row.percentile_95) = (median.lengths.0, percentile_95.lengths.0);
    }
    let life: Vec<OrderStatus> = OrderStatus::all().collect();
    let place = |status: OrderStatus| life.iter().position(|known| *known == status);
    rows.sort_by_key(|row| (place(row.pair.0), place(row.pair.1)));
    Ok(rows)
}

/// What is counted for a plan: its spans, and what is beside them.
async fn read(
    store: &Store,
    reading: &Reading,
    plan: Plan,
    which: Which,
    known: &mut BTreeMap<Pair, Known>,
) -> Result<Kept, Fault> {
    let conn = reading.conn();
    let mut kept = Kept::default();
    let mut news = news(reading);
    if !plan.runs.is_empty() {
        let add = |spans: &mut Spans, change: &Counted| {
            let Transition { pair, at, seconds } = change.transition;
            match plan.runs.iter().any(|run| run.holds(place(Unit::Day, at))) {
                true => spans.0.entry(pair).or_default().add(seconds, change.times),
                false => Ok(()),
            }
        };
        kept.spans = store.spans.get(&plan.runs, &mut news, async || of_spans(conn, &plan).await, add).await?;
        for (pair, spans) in kept.spans.0.iter().filter(|(pair, _)| which.holds(**pair)) {
            known.entry(*pair).or_default().bins.add_all(&spans.bins)?;
        }
    }
    for (sign, stretch) in plan.beside() {
        let (held, rest) = Quarters::of(stretch);
        if let Some(held) = held {
            let add = |beside: &mut Beside, change: &Counted| {
                let Transition { pair, at, seconds } = change.transition;
                if held.holds(quarter(at)) { beside.add(pair, seconds, change.times) } else { Ok(()) }
            };
            let read = async || {
                let mut beside = Beside::default();
                of_rows(conn, held.stretch(), |pair, seconds| beside.add(pair, seconds, 1)).await?;
                Ok(beside)
            };
            let beside = store.beside.get(&held, &mut news, read, add).await?;
            for (pair, (bins, _)) in beside.0.iter().filter(|(pair, _)| which.holds(**pair)) {
                let known = known.entry(*pair).or_default();
                bins.0.iter().try_for_each(|(bin, sums)| known.bins.add(*bin, sign, *sums))?;
            }
            kept.beside.push((sign, beside));
        }
        for stretch in rest.into_iter().filter(|(from, to)| from < to) {
            let add = |pair, seconds| match which.holds(pair) {
                true => known.entry(pair).or_default().add(seconds, sign),
                false => Ok(()),
            };
            of_rows(conn, stretch, add).await?;
        }
    }
    kept.plan = plan;
    Ok(kept)
}

/// What the histograms of a plan's spans say.
async fn of_spans(conn: &DatabaseTransaction, plan: &Plan) -> Result<Spans, Fault> {
    let mut found = Spans::default();
    if let Some(spans) = plan.condition("level", "bucket") {
        let list = histogram::list_cell(conn.get_database_backend(), "counts");
        let sql = format!(
            "SELECT from_status, to_status, {list} FROM transition_histograms WHERE {spans} GROUP BY from_status, to_status"
        );
        for row in conn.query_all_raw(statement(conn, sql, [])).await? {
            found.0.entry(pair(&row)?).or_default().bins.add_list(&row, 2)?;
        }
    }
    Ok(found)
}

/// Gives each change of a stretch that is counted.
async fn of_rows(
    conn: &DatabaseTransaction,
    (from, to): Stretch,
    mut give: impl FnMut(Pair, i64) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let list = numbers_cell(conn.get_database_backend(), "seconds");
    let sql = format!(
        "SELECT from_status, to_status, {list} FROM order_transitions WHERE at >= $1 AND at < $2 GROUP BY from_status, to_status"
    );
    for row in conn.query_all_raw(statement(conn, sql, [from.into(), to.into()])).await? {
        let pair = pair(&row)?;
        numbers(&row, 2)?.into_iter().try_for_each(|seconds| give(pair, seconds))?;
    }
    Ok(())
}

fn pair(row: &QueryResult) -> Result<Pair, Fault> {
    Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))
}

/// What the orders say that wait to be counted.
fn waiting(behind: &[Change], plan: &Plan, which: Which, known: &mut BTreeMap<Pair, Known>) -> Result<(), Fault> {
    let within = |at: Timestamp, (from, to): Stretch| from <= at && at < to;
    for (sign, tally) in behind.iter().flat_map(Change::sides) {
        for Transition { pair, at, seconds } in transitions(tally).filter(|it| which.holds(it.pair)) {
            let spans = plan.reach(Tz::UTC).is_some_and(|reach| within(at, reach));
            let minus = plan.minus.iter().any(|stretch| within(at, *stretch));
            let plus = plan.plus.iter().any(|stretch| within(at, *stretch));
            if (spans && !minus) || plus {
                known.entry(pair).or_default().add(seconds, sign)?;
            }
        }
    }
    Ok(())
}

/// What the histories of all orders say.
async fn every(
    conn: &DatabaseTransaction,
    (from, to): Stretch,
    which: Which,
    known: &mut BTreeMap<Pair, Known>,
) -> Result<(), Fault> {
    let mut after = entity::id::OrderId(uuid::Uuid::nil());
    loop {
        let sql = format!("SELECT id FROM orders WHERE id > $1 ORDER BY id LIMIT {}", tally::MOST);
        let rows = conn.query_all_raw(statement(conn, sql, [after.into()])).await?;
        let orders: Vec<entity::id::OrderId> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
        let Some(last) = orders.last() else { return Ok(()) };
        after = *last;
        for tally in tally::tallies(conn, &orders).await?.values() {
            for Transition { pair, at, seconds } in transitions(tally) {
                if which.holds(pair) && from <= at && at < to {
                    known.entry(pair).or_default().add(seconds, 1)?;
                }
            }
        }
    }
}

/// What the counts say, percentiles aside; nothing when there is no change.
fn times_of(pair: Pair, known: &Known) -> Result<Option<Times>, Fault> {
    let all: i64 = known.bins.0.values().map(|[count, _]| count).sum();
    if all <= 0 {
        return Ok(None);
    }
    let left_out = known.bins.0.get(&-1).map_or(0, |[count, _]| *count);
    let (mut count, mut sum) = (0_i64, 0_i64);
    for (_, [more, seconds]) in known.bins.0.range(0..) {
        count += more;
        super::currency::add(&mut sum, *seconds)?;
    }
    Ok(Some(Times { pair, count, left_out, average: average_minor(sum, count), median: 0, percentile_95: 0 }))
}
