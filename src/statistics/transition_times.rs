//! How long orders stayed in each status before the next one (MET-01): exact counts, averages and percentiles.
//!
//! Counts by length say in which narrow range of lengths a percentile lies; only the lengths in that range are read one by
//! one.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use entity::{stored::OrderStatus, time::Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};

use super::{
    rollup::{
        family::Change,
        numbers::UNITS,
        reading::Reading,
        tally,
        transitions::{Pair, Transition, bin, lengths, transitions},
    },
    spans::{self, EVER, Plan, Stretch},
};
use crate::{db::statement, fault::Fault, money::average_minor};

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

/// Lengths and how often each occurs.
type Lengths = BTreeMap<i64, i64>;

/// What is known of the changes between two statuses.
#[derive(Default)]
struct Known {
    /// Count and seconds by bin; those below zero apart.
    bins: BTreeMap<i32, (i64, i64)>,
    /// Lengths that are not among the rows, and with a minus those that are and should not be.
    beside: Lengths,
}

impl Known {
    fn add(&mut self, seconds: i64, times: i64) {
        let sums = self.bins.entry(bin(seconds)).or_default();
        *sums = (sums.0 + times, sums.1 + times * seconds);
        *self.beside.entry(seconds).or_default() += times;
    }
}

/// The nearest rank: the place of a percentile among so many, from 1.
fn rank(percent: i64, count: i64) -> i64 {
    (percent * count + 99) / 100
}

/// How long orders stayed in each status before the next one, of the changes in a window; of all time when none is given.
/// By the order of an order's life.
///
/// # Errors
/// When the database fails.
pub async fn times(reading: &Reading, window: Option<Stretch>, which: Which) -> Result<Vec<Times>, Fault> {
    let conn = reading.conn();
    let mut known: BTreeMap<Pair, Known> = BTreeMap::new();
    let mut plan = Plan::default();
    match reading.behind() {
        Some(behind) => {
            plan = window.map_or_else(spans::all_time, |window| spans::plan(window, reading.as_of(), Tz::UTC, &UNITS));
            kept(conn, &plan, which, &mut known).await?;
            waiting(behind, &plan, which, &mut known);
        }
        None => every(conn, window.unwrap_or(EVER), which, &mut known).await?,
    }
    let mut rows = Vec::with_capacity(known.len());
    for (pair, known) in &known {
        rows.extend(figures(conn, &plan, *pair, known).await?);
    }
    let life: Vec<OrderStatus> = OrderStatus::all().collect();
    let place = |status: OrderStatus| life.iter().position(|known| *known == status);
    rows.sort_by_key(|row| (place(row.pair.0), place(row.pair.1)));
    Ok(rows)
}

/// What is kept for a plan: counts by length for its spans, and the rows beside them.
async fn kept(conn: &DatabaseTransaction, plan: &Plan, which: Which, known: &mut BTreeMap<Pair, Known>) -> Result<(), Fault> {
    if let Some(spans) = plan.condition("level", "bucket") {
        let sql = format!(
            "SELECT from_status, to_status, bin, CAST(SUM(transitions) AS bigint), CAST(SUM(seconds) AS bigint) \
             FROM transition_rollups WHERE {spans} GROUP BY from_status, to_status, bin"
        );
        for row in conn.query_all_raw(statement(conn, sql, [])).await? {
            let pair = pair(&row)?;
            if which.holds(pair) {
                let bin = row.try_get_by_index(2)?;
                known.entry(pair).or_default().bins.insert(bin, (row.try_get_by_index(3)?, row.try_get_by_index(4)?));
            }
        }
    }
    for (sign, (from, to)) in plan.plus.iter().map(|it| (1, *it)).chain(plan.minus.iter().map(|it| (-1, *it))) {
        let sql = "SELECT from_status, to_status, seconds, COUNT(*) FROM order_transitions WHERE at >= $1 AND at < $2 \
                   GROUP BY from_status, to_status, seconds";
        for row in conn.query_all_raw(statement(conn, sql, [from.into(), to.into()])).await? {
            let pair = pair(&row)?;
            if which.holds(pair) {
                known.entry(pair).or_default().add(row.try_get_by_index(2)?, sign * row.try_get_by_index::<i64>(3)?);
            }
        }
    }
    Ok(())
}

fn pair(row: &QueryResult) -> Result<Pair, Fault> {
    Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))
}

/// What the orders say that wait to be counted.
fn waiting(behind: &[Change], plan: &Plan, which: Which, known: &mut BTreeMap<Pair, Known>) {
    let within = |at: Timestamp, (from, to): Stretch| from <= at && at < to;
    for (sign, tally) in behind.iter().flat_map(Change::sides) {
        for Transition { pair, at, seconds } in transitions(tally).filter(|it| which.holds(it.pair)) {
            let spans = plan.reach(Tz::UTC).is_some_and(|reach| within(at, reach));
            let minus = plan.minus.iter().any(|stretch| within(at, *stretch));
            let plus = plan.plus.iter().any(|stretch| within(at, *stretch));
            if (spans && !minus) || plus {
                known.entry(pair).or_default().add(seconds, sign);
            }
        }
    }
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
                    known.entry(pair).or_default().add(seconds, 1);
                }
            }
        }
    }
}

async fn figures(conn: &DatabaseTransaction, plan: &Plan, pair: Pair, known: &Known) -> Result<Option<Times>, Fault> {
    let all: i64 = known.bins.values().map(|(count, _)| count).sum();
    let left_out = known.bins.get(&-1).map_or(0, |(count, _)| *count);
    let (mut count, mut sum) = (0_i64, 0_i64);
    for (_, (more, seconds)) in known.bins.range(0..) {
        count += more;
        super::currency::add(&mut sum, *seconds)?;
    }
    if all <= 0 {
        return Ok(None);
    }
    let median = at_rank(conn, plan, pair, known, rank(50, count)).await?;
    let percentile_95 = at_rank(conn, plan, pair, known, rank(95, count)).await?;
    Ok(Some(Times { pair, count, left_out, average: average_minor(sum, count), median, percentile_95 }))
}

/// The length at a rank; 0 when there is none.
async fn at_rank(conn: &DatabaseTransaction, plan: &Plan, pair: Pair, known: &Known, rank: i64) -> Result<i64, Fault> {
    let mut left = rank;
    let found = known.bins.range(0..).find(|(_, (count, _))| {
        let here = left <= *count;
        left -= if here { 0 } else { *count };
        here
    });
    let Some((bin, _)) = found else { return Ok(0) };
    let (first, last) = lengths(*bin);
    if first == last {
        return Ok(first);
    }
    let mut lengths: Lengths = known.beside.range(first..=last).map(|(seconds, times)| (*seconds, *times)).collect();
    if let Some((from, to)) = plan.reach(Tz::UTC) {
        let sql = "SELECT seconds, COUNT(*) FROM order_transitions WHERE from_status = $1 AND to_status = $2 \
                   AND seconds >= $3 AND seconds <= $4 AND at >= $5 AND at < $6 GROUP BY seconds";
        let values: [Value; 6] =
            [pair.0.as_str().into(), pair.1.as_str().into(), first.into(), last.into(), from.into(), to.into()];
        for row in conn.query_all_raw(statement(conn, sql, values)).await? {
            *lengths.entry(row.try_get_by_index(0)?).or_default() += row.try_get_by_index::<i64>(1)?;
        }
    }
    for (seconds, times) in lengths {
        left -= times;
        if left <= 0 {
            return Ok(seconds);
        }
    }
    Ok(last)
}

#[cfg(test)]
mod tests {
    use super::rank;

    #[test]
    fn ranks_are_the_nearest() {
        assert_eq!([1, 2, 3, 4, 5].map(|count| rank(50, count)), [1, 1, 2, 2, 3]);
        assert_eq!([1, 19, 20, 21, 100].map(|count| rank(95, count)), [1, 19, 19, 20, 95]);
    }
}
