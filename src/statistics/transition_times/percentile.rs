//! Percentiles: the length at a place among all, looked for in ranges that are made narrower.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend};
use serde_json::Value as Json;

use super::{Kept, Known, held::Range};
use crate::{
    db::statement,
    fault::Fault,
    statistics::{
        rollup::{
            histogram::{self, Histogram},
            transitions::{Grain, Pair},
        },
        spans::Plan,
    },
};

/// The nearest rank: the place of a percentile among so many, from 1.
pub(super) fn rank(percent: i64, count: i64) -> i64 {
    (percent * count + 99) / 100
}

/// A length that is looked for: it is the one at a place among those from a shortest to a longest.
pub(super) struct Sought {
    pair: Pair,
    place: i64,
    pub(super) lengths: (i64, i64),
}

impl Sought {
    /// The length at a rank of all; 0 when there is none.
    pub(super) fn begin(pair: Pair, known: &Known, rank: i64) -> Self {
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
pub(super) enum Step {
    /// From a coarse bin to a fine one.
    Bins = 0,
    /// To a second.
    Seconds = 1,
}

impl Step {
    /// One after the other.
    pub(super) const EACH: [Self; 2] = [Self::Bins, Self::Seconds];

    /// The part that a length lies in.
    pub(super) fn part(self, seconds: i64) -> i64 {
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
pub(super) struct Learned {
    pub(super) pair: Pair,
    pub(super) step: Step,
    pub(super) range: Range,
    pub(super) parts: BTreeMap<i64, i64>,
}

/// Narrows the ranges down by a step, all that nothing is held of with one statement; gives what that said.
pub(super) async fn narrow(
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
