//! How long orders stayed in each status before the next one (MET-01): exact counts, averages and percentiles.
//!
//! Histograms of lengths say in which narrow range of lengths a percentile lies, finer ones in which part of it; only the
//! few lengths in that part are read one by one. What was read of the spans of a window is held in memory, brought up to date
//! by a journal.

use std::{collections::BTreeMap, sync::Arc};

use chrono_tz::Tz;
use entity::{stored::OrderStatus, time::Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult};
use serde_json::Value as Json;

use super::{
    rollup::{
        family::Change,
        held::{self, Held},
        histogram::{self, Histogram},
        numbers::place,
        reading::Reading,
        tally,
        transitions::{Counted, Grain, Pair, Transition, news, transitions},
    },
    spans::{self, EVER, Plan, Quarters, Run, Stretch, Unit, quarter, quarters},
};
use crate::{
    db::{numbers, numbers_cell, statement},
    fault::Fault,
    money::average_minor,
};

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

/// A range of lengths, from the shortest to the longest.
type Range = (i64, i64);

/// Most ranges that are held of the changes between two statuses, of each step.
const RANGES: usize = 16;

/// The changes between two statuses in the spans of a window, as far as they are counted.
#[derive(Clone, Default)]
struct OfPair {
    /// Count and seconds by coarse bin; those below zero apart.
    bins: Histogram<2>,
    /// Counts by the parts of ranges that percentiles were looked for in, by [`Step`].
    parts: [BTreeMap<Range, BTreeMap<i64, i64>>; 2],
}

impl OfPair {
    fn add(&mut self, seconds: i64, times: i64) -> Result<(), Fault> {
        for step in Step::EACH {
            let within = self.parts[step as usize].iter_mut().filter(|((first, last), _)| (*first..=*last).contains(&seconds));
            for (_, parts) in within {
                *parts.entry(step.part(seconds)).or_default() += times;
            }
        }
        self.bins.add(Grain::Coarse.bin(seconds), times, [1, seconds])
    }

    fn learn(&mut self, step: Step, range: Range, parts: BTreeMap<i64, i64>) {
        let known = &mut self.parts[step as usize];
        if known.len() >= RANGES {
            known.clear();
        }
        known.insert(range, parts);
    }
}

/// The changes in the spans of a window, as far as they are counted.
#[derive(Clone, Default)]
struct Spans(BTreeMap<Pair, OfPair>);

impl held::Value for Spans {
    fn weight(&self) -> usize {
        // Nodes of a tree are two thirds full.
        let of_pair = |pair: &OfPair| {
            let parts: usize = pair.parts.iter().flat_map(BTreeMap::values).map(BTreeMap::len).sum();
            size_of::<(Pair, OfPair)>() + (pair.bins.0.len() * 20 + parts * 16) * 3 / 2
        };
        self.0.values().map(of_pair).sum()
    }
}

/// The changes in some quarters of an hour, as far as they are counted.
#[derive(Clone, Default)]
struct Beside(BTreeMap<Pair, (Histogram<2>, Lengths)>);

impl Beside {
    fn add(&mut self, pair: Pair, seconds: i64, times: i64) -> Result<(), Fault> {
        let (bins, lengths) = self.0.entry(pair).or_default();
        *lengths.entry(seconds).or_default() += times;
        bins.add(Grain::Coarse.bin(seconds), times, [1, seconds])
    }
}

impl held::Value for Beside {
    fn weight(&self) -> usize {
        let of_pair = |(bins, lengths): &(Histogram<2>, Lengths)| (bins.0.len() * 20 + lengths.len() * 16) * 3 / 2;
        self.0.values().map(|pair| size_of::<Pair>() + of_pair(pair)).sum()
    }
}

/// What this process holds.
pub struct Store {
    spans: Held<Vec<Run>, Spans>,
    beside: Held<Quarters, Beside>,
}

impl Store {
    /// One that takes at most so much memory.
    pub fn new(megabytes: u32) -> Self {
        let half = (u64::from(megabytes) << 20) / 2;
        Self { spans: Held::new(half), beside: Held::new(half) }
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

/// The nearest rank: the place of a percentile among so many, from 1.
fn rank(percent: i64, count: i64) -> i64 {
    (percent * count + 99) / 100
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
        let mut rows = [stretch, (stretch.1, stretch.1)];
        if let Some((held, rest)) = quarters(stretch) {
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
            rows = rest;
        }
        for stretch in rows.into_iter().filter(|(from, to)| from < to) {
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

/// A length that is looked for: it is the one at a place among those from a shortest to a longest.
struct Sought {
    pair: Pair,
    place: i64,
    lengths: (i64, i64),
}

impl Sought {
    /// The length at a rank of all; 0 when there is none.
    fn begin(pair: Pair, known: &Known, rank: i64) -> Self {
        let mut sought = Self { pair, place: rank, lengths: (0, 0) };
        sought.go_on(known.bins.0.range(0..).map(|(bin, [count, _])| (Grain::Coarse.lengths(*bin), *count)));
        sought
    }

    /// Goes on in the one of some narrower ranges, the shortest first, that holds the place; each comes with how many lie in it.
    fn go_on(&mut self, parts: impl Iterator<Item = ((i64, i64), i64)>) {
        for (lengths, count) in parts {
            if self.place <= count {
                self.lengths = lengths;
                return;
            }
            self.place -= count;
        }
    }

    fn is_found(&self) -> bool {
        self.lengths.0 == self.lengths.1
    }
}

/// How ranges are made narrower.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// From a coarse bin to a fine one.
    Bins = 0,
    /// To a second.
    Seconds = 1,
}

impl Step {
    /// One after the other.
    const EACH: [Self; 2] = [Self::Bins, Self::Seconds];

    /// The part that a length lies in.
    fn part(self, seconds: i64) -> i64 {
        match self {
            Self::Bins => Grain::Fine.bin(seconds).into(),
            Self::Seconds => seconds,
        }
    }

    /// The shortest and the longest length of a part.
    fn lengths(self, part: i64) -> (i64, i64) {
        match (self, i32::try_from(part)) {
            (Self::Bins, Ok(bin)) => Grain::Fine.lengths(bin),
            _ => (part, part),
        }
    }
}

/// How many changes in the spans have lengths in each part of a range.
struct Learned {
    pair: Pair,
    step: Step,
    range: Range,
    parts: BTreeMap<i64, i64>,
}

/// Narrows the ranges down by a step, all that nothing is held of with one statement; gives what that said.
async fn narrow(
    conn: &DatabaseTransaction,
    kept: &Kept,
    known: &BTreeMap<Pair, Known>,
    sought: &mut [Sought],
    step: Step,
) -> Result<Vec<Learned>, Fault> {
    let held = |it: &Sought| kept.spans.0.get(&it.pair).and_then(|pair| pair.parts[step as usize].get(&it.lengths));
    let mut read = vec![BTreeMap::<i64, i64>::new(); sought.len()];
    let unknown: Vec<usize> =
        (0..sought.len()).filter(|place| !sought[*place].is_found() && held(&sought[*place]).is_none()).collect();
    let asked = match step {
        Step::Bins => pages(&kept.plan, sought, &unknown),
        Step::Seconds => seconds(&kept.plan, sought, &unknown),
    };
    if !asked.is_empty() {
        let sql = parts(conn.get_database_backend(), step);
        for row in conn.query_all_raw(statement(conn, sql, [Json::from(asked).to_string().into()])).await? {
            let place = usize::try_from(row.try_get_by_index::<i64>(0)?).unwrap_or(usize::MAX);
            let Some(counts) = read.get_mut(place) else { continue };
            match step {
                Step::Bins => {
                    let mut pages = Histogram::<1>::default();
                    pages.add_list(&row, 1)?;
                    for (bin, [count]) in pages.0 {
                        *counts.entry(bin.into()).or_default() += count;
                    }
                }
                Step::Seconds => *counts.entry(row.try_get_by_index(1)?).or_default() += row.try_get_by_index::<i64>(2)?,
            }
        }
    }
    let mut learned = Vec::new();
    for (place, counts) in read.into_iter().enumerate().filter(|(place, _)| !sought[*place].is_found()).collect::<Vec<_>>() {
        let it = &sought[place];
        let (first, last) = it.lengths;
        let mut all = held(it).unwrap_or(&counts).clone();
        let lengths = known.get(&it.pair).map(|known| (1, &known.beside)).into_iter();
        let beside = kept.beside.iter().filter_map(|(sign, beside)| Some((*sign, &beside.0.get(&it.pair)?.1)));
        for (sign, lengths) in lengths.chain(beside) {
            for (seconds, times) in lengths.range(first..=last) {
                *all.entry(step.part(*seconds)).or_default() += sign * times;
            }
        }
        if unknown.contains(&place) {
            learned.push(Learned { pair: it.pair, step, range: it.lengths, parts: counts });
        }
        sought[place].go_on(all.into_iter().map(|(part, count)| {
            let lengths = step.lengths(part);
            ((lengths.0.max(first), lengths.1.min(last)), count)
        }));
    }
    Ok(learned)
}

/// What [`parts`] is to look at: the page of each range in the spans.
fn pages(plan: &Plan, sought: &[Sought], which: &[usize]) -> Vec<Json> {
    let open = || which.iter().map(|place| (*place, &sought[*place]));
    let mut asked = Vec::new();
    for run in &plan.runs {
        let (begin, end) = run.places();
        asked.extend(open().map(|(place, it)| {
            let (from, to) = it.pair;
            let page = Grain::Coarse.bin(it.lengths.0);
            serde_json::json!([place, from.as_str(), to.as_str(), run.unit as i32, page, begin, end])
        }));
    }
    asked
}

/// What [`parts`] is to look at: the seconds of each range from when to when the spans reach.
fn seconds(plan: &Plan, sought: &[Sought], which: &[usize]) -> Vec<Json> {
    let Some((begin, end)) = plan.reach(Tz::UTC) else { return Vec::new() };
    let open = which.iter().map(|place| (*place, &sought[*place]));
    let one = |(place, it): (usize, &Sought)| {
        let (from, to) = it.pair;
        serde_json::json!([place, from.as_str(), to.as_str(), it.lengths.0, it.lengths.1, begin.0, end.0])
    };
    open.map(one).collect()
}

/// The pages of ranges, or how many changes there are of each second of them. What is looked at comes as one JSON array of
/// arrays.
fn parts(backend: DbBackend, step: Step) -> String {
    let (number, list) = match backend {
        // The offset has it read the JSON once, not for each row that is found.
        DbBackend::Postgres => ("::bigint", "json_array_elements($1::json) AS r (value) OFFSET 0"),
        _ => ("", "json_each($1) AS r"),
    };
    let (select, table, within, group) = match step {
        Step::Bins => (
            histogram::list_cell(backend, "t.counts"),
            "transition_pages",
            "t.level = a.a AND t.page = a.b AND t.bucket >= a.c AND t.bucket < a.d",
            " GROUP BY a.place",
        ),
        Step::Seconds => (
            "t.seconds, COUNT(*)".to_owned(),
            "order_transitions",
            "t.seconds >= a.a AND t.seconds <= a.b AND t.at >= a.c AND t.at < a.d",
            " GROUP BY a.place, t.seconds",
        ),
    };
    // Few are looked for among many: SQLite keeps the order of a CROSS JOIN, PostgreSQL that of LATERAL.
    let found = format!("FROM {table} t WHERE t.from_status = a.from_status AND t.to_status = a.to_status AND {within}");
    let joined = match backend {
        DbBackend::Postgres => format!("CROSS JOIN LATERAL (SELECT * {found} OFFSET 0) AS t"),
        _ => found.replacen("FROM", "CROSS JOIN", 1),
    };
    format!(
        "SELECT a.place, {select} FROM (SELECT (r.value ->> 0){number} AS place, r.value ->> 1 AS from_status, \
         r.value ->> 2 AS to_status, (r.value ->> 3){number} AS a, (r.value ->> 4){number} AS b, (r.value ->> 5){number} AS c, \
         (r.value ->> 6){number} AS d FROM {list}) AS a {joined}{group}"
    )
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
