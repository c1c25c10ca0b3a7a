//! Spans of the calendar that rankings are kept for, and how a window is put together from them. Pure.

use chrono::{Datelike as _, Days, NaiveDate};
use chrono_tz::Tz;
use entity::time::Timestamp;

use super::period::{local_date, start_of};

/// A kind of span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// A day.
    Day = 0,
    /// From Monday to Sunday.
    Week = 1,
    /// A calendar month.
    Month = 2,
    /// A calendar year.
    Year = 3,
    /// All time.
    All = 4,
}

impl Unit {
    /// Every kind, the shortest first.
    pub const EACH: [Self; 5] = [Self::Day, Self::Week, Self::Month, Self::Year, Self::All];

    /// The first day of the span that holds a day. All time begins with the first day there is.
    pub fn start(self, day: NaiveDate) -> NaiveDate {
        let start = match self {
            Self::Day => Some(day),
            Self::Week => day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday()))),
            Self::Month => day.with_day(1),
            Self::Year => day.with_ordinal(1),
            Self::All => Some(NaiveDate::MIN),
        };
        start.unwrap_or(day)
    }

    /// The first day after the span that begins with a day.
    pub fn next(self, start: NaiveDate) -> NaiveDate {
        let next = match self {
            Self::Day => start.succ_opt(),
            Self::Week => start.checked_add_days(Days::new(7)),
            Self::Month => start.checked_add_months(chrono::Months::new(1)),
            Self::Year => start.checked_add_months(chrono::Months::new(12)),
            Self::All => None,
        };
        next.unwrap_or(NaiveDate::MAX)
    }

    /// The number by which the span that holds a day is stored: that of its first day, 0 for all time.
    pub fn place(self, day: NaiveDate) -> i32 {
        match self {
            Self::All => 0,
            unit => number(unit.start(day)),
        }
    }
}

/// Days since 1970-01-01.
pub fn number(day: NaiveDate) -> i32 {
    const EPOCH_FROM_CE: i32 = 719_163;
    day.num_days_from_ce() - EPOCH_FROM_CE
}

/// A quarter of an hour in microseconds.
pub const QUARTER: i64 = 900_000_000;

/// An hour in microseconds.
pub const HOUR: i64 = 4 * QUARTER;

/// Quarters of an hour since 1970 at a moment.
pub const fn quarter(at: Timestamp) -> i64 {
    at.0.div_euclid(QUARTER)
}

/// Hours since 1970 at a moment.
pub const fn hour(at: Timestamp) -> i64 {
    at.0.div_euclid(HOUR)
}

/// Parts of time in a row, of one length in microseconds each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Steps<const LENGTH: i64> {
    /// The first one since 1970.
    pub first: i64,
    /// The one after the last.
    pub last: i64,
}

/// Quarters of an hour in a row.
pub type Quarters = Steps<QUARTER>;

/// Hours in a row.
pub type Hours = Steps<HOUR>;

impl<const LENGTH: i64> Steps<LENGTH> {
    /// The whole ones of a stretch, if there are any, and what is left of it before and after them.
    pub fn of((from, to): Stretch) -> (Option<Self>, [Stretch; 2]) {
        let begin = from.0.checked_add(LENGTH - 1).map(|from| from.div_euclid(LENGTH));
        let held = begin.map(|first| Self { first, last: to.0.div_euclid(LENGTH) }).filter(|held| held.first < held.last);
        let (first, last) = held.map_or((to, to), Self::stretch);
        (held, [(from, first), (last, to)])
    }

    /// The parts of a stretch, each with the one that it lies in.
    pub fn each((from, to): Stretch) -> impl Iterator<Item = (Self, Stretch)> {
        let steps = from.0.div_euclid(LENGTH)..=to.0.saturating_sub(1).div_euclid(LENGTH);
        let one = move |first: i64| {
            let step = Self { first, last: first + 1 };
            let (begin, end) = step.stretch();
            (step, (Ord::max(from, begin), Ord::min(to, end)))
        };
        steps.take_while(move |_| from < to).map(one)
    }

    /// Whether one is among them.
    pub const fn holds(self, step: i64) -> bool {
        self.first <= step && step < self.last
    }

    /// From when to when they are.
    pub const fn stretch(self) -> Stretch {
        (Timestamp(self.first.saturating_mul(LENGTH)), Timestamp(self.last.saturating_mul(LENGTH)))
    }
}

/// Spans of one kind in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Run {
    /// Their kind.
    pub unit: Unit,
    /// The first day of the first one.
    pub from: NaiveDate,
    /// The first day after the last one.
    pub to: NaiveDate,
}

impl Run {
    /// Whether it is a single span.
    pub fn is_one(self) -> bool {
        self.unit == Unit::All || self.unit.next(self.from) == self.to
    }

    /// Whether one of them holds a day, by its number.
    pub fn holds(self, day: i32) -> bool {
        let (from, to) = self.places();
        self.unit == Unit::All || (from <= day && day < to)
    }

    /// The stored number of each span.
    pub fn each(self) -> impl Iterator<Item = i32> {
        let next = move |day: &NaiveDate| Some(self.unit.next(*day)).filter(|next| *next < self.to && next > day);
        std::iter::successors(Some(self.from), next).map(move |day| self.unit.place(day))
    }

    /// The stored numbers of the first span and of the one after the last.
    pub fn places(self) -> (i32, i32) {
        match self.unit {
            Unit::All => (0, 1),
            _ => (number(self.from), number(self.to)),
        }
    }
}

/// From one moment to before another.
pub type Stretch = (Timestamp, Timestamp);

/// A window as spans, what is to be added to them and what is to be taken off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The spans, in order and without a gap.
    pub runs: Vec<Run>,
    /// Stretches beside the spans.
    pub plus: Vec<Stretch>,
    /// Stretches of the spans that are not of the window.
    pub minus: Vec<Stretch>,
}

/// All time as a stretch.
pub const EVER: Stretch = (Timestamp(i64::MIN), Timestamp(i64::MAX));

/// All time.
pub fn all_time() -> Plan {
    Plan { runs: vec![Run { unit: Unit::All, from: NaiveDate::MIN, to: NaiveDate::MAX }], ..Default::default() }
}

/// How long before now a window may end that reaches up to now: its end was now when the question came.
const A_MOMENT: i64 = 60_000_000;

/// The window from `from` to before `to` in a time zone. One that reaches up to now is taken to the end of its last span: what
/// lies after now is little or nothing, and is taken off again.
pub fn plan((from, to): Stretch, now: Timestamp, zone: Tz) -> Plan {
    let mut plan = Plan::default();
    if from >= to {
        return plan;
    }
    let (first_day, last_day) = (local_date(from, zone), local_date(to, zone));
    let open = to.0 > now.0.saturating_sub(A_MOMENT);
    let begins = |day| start_of(day, zone);
    if open {
        for unit in [Unit::Year, Unit::Month, Unit::Week, Unit::Day] {
            let start = unit.start(last_day);
            if begins(start) == from {
                let next = unit.next(start);
                plan.runs.push(Run { unit, from: start, to: next });
                plan.minus.push((to, begins(next)));
                return plan;
            }
        }
    }
    let first = match begins(first_day) == from {
        true => first_day,
        false => Unit::Day.next(first_day),
    };
    let last = match (begins(last_day) == to, open) {
        (true, _) | (false, false) => last_day,
        (false, true) => Unit::Day.next(last_day),
    };
    if first >= last {
        plan.plus.push((from, to));
        return plan;
    }
    if begins(first) != from {
        plan.plus.push((from, begins(first)));
    }
    if begins(last) > to {
        plan.minus.push((to, begins(last)));
    } else if begins(last) < to {
        plan.plus.push((begins(last), to));
    }
    plan.runs = cover(first, last);
    plan
}

/// Runs of few spans from a day to before another.
fn cover(first: NaiveDate, last: NaiveDate) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut day = first;
    while day < last {
        // A week that reaches into a month leaves days of it, where all of it would be one span.
        let month = Unit::Month.next(Unit::Month.start(day));
        let keeps_months = |unit: Unit| unit != Unit::Week || unit.next(day) <= month || Unit::Month.next(month) > last;
        let fits = |unit: &Unit| unit.start(day) == day && unit.next(day) <= last && keeps_months(*unit);
        let unit = [Unit::Year, Unit::Month, Unit::Week].into_iter().find(fits).unwrap_or(Unit::Day);
        let next = unit.next(day);
        match runs.last_mut().filter(|run| run.unit == unit) {
            Some(run) => run.to = next,
            None => runs.push(Run { unit, from: day, to: next }),
        }
        day = next;
    }
    runs
}

impl Plan {
    /// The same window with as little beside the spans as may be: of a day of which more than half is in it, the day is a span
    /// and what is not in it is taken off.
    pub fn nearest(mut self, zone: Tz) -> Self {
        let (Some(first), Some(last)) = (self.runs.first().map(|run| run.from), self.runs.last().map(|run| run.to)) else {
            return self;
        };
        if self.runs.iter().any(|run| run.unit == Unit::All) {
            return self;
        }
        let (before, after) = (first.pred_opt().unwrap_or(first), Unit::Day.next(last));
        let (begin, first_begin) = (start_of(before, zone), start_of(first, zone));
        let (last_end, end) = (start_of(last, zone), start_of(after, zone));
        let mut plus = Vec::new();
        for (from, to) in std::mem::take(&mut self.plus) {
            if to == first_begin && from > begin && to.0 - from.0 > from.0 - begin.0 {
                self.minus.push((begin, from));
                self.runs.insert(0, Run { unit: Unit::Day, from: before, to: first });
            } else if from == last_end && to < end && to.0 - from.0 > end.0 - to.0 {
                self.minus.push((to, end));
                self.runs.push(Run { unit: Unit::Day, from: last, to: after });
            } else {
                plus.push((from, to));
            }
        }
        self.plus = plus;
        // A day beside days is one more of them.
        self.runs.dedup_by(|next, run| {
            let is_more = next.unit == run.unit && next.from == run.to;
            if is_more {
                run.to = next.to;
            }
            is_more
        });
        self
    }

    /// The spans as a condition on two columns, the kind of span and its number. Nothing when there is no span.
    pub fn condition(&self, unit: &str, place: &str) -> Option<String> {
        let one = |run: &Run| {
            let (from, to) = run.places();
            format!("({unit} = {} AND {place} >= {from} AND {place} < {to})", run.unit as i32)
        };
        let any: Vec<String> = self.runs.iter().map(one).collect();
        (!any.is_empty()).then(|| format!("({})", any.join(" OR ")))
    }

    /// Columns of the rows of a table that are of the spans and meet a condition, a select for each run: of a table without row
    /// ids SQLite reads everything when it is asked for several runs at once. Nothing when there is no span.
    pub fn rows(&self, columns: &str, table: &str, which: &str) -> Option<String> {
        let one = |run: &Run| {
            let (from, to) = run.places();
            let unit = run.unit as i32;
            format!("SELECT {columns} FROM {table} WHERE {which} AND unit = {unit} AND start >= {from} AND start < {to}")
        };
        let all: Vec<String> = self.runs.iter().map(one).collect();
        (!all.is_empty()).then(|| all.join(" UNION ALL "))
    }

    /// The stretches beside the spans, with 1 to add them or −1 to take them off.
    pub fn beside(&self) -> impl Iterator<Item = (i64, Stretch)> {
        self.plus.iter().map(|stretch| (1, *stretch)).chain(self.minus.iter().map(|stretch| (-1, *stretch)))
    }

    /// From when to before when the spans reach in a time zone.
    pub fn reach(&self, zone: Tz) -> Option<Stretch> {
        let (first, last) = (self.runs.first()?, self.runs.last()?);
        Some(match first.unit {
            Unit::All => EVER,
            _ => (start_of(first.from, zone), start_of(last.to, zone)),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc().into()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_calendar_period_that_ends_now_is_one_span() {
        let now = at("2024-07-31T20:00:00Z");
        let after = Timestamp(now.0 + 1);
        for (from, zone, unit, first, next) in [
            ("2024-07-31T00:00:00Z", Tz::UTC, Unit::Day, "2024-07-31", "2024-08-01"),
            ("2024-07-29T00:00:00Z", Tz::UTC, Unit::Week, "2024-07-29", "2024-08-05"),
            ("2024-07-31T18:15:00Z", Tz::Asia__Kathmandu, Unit::Month, "2024-08-01", "2024-09-01"),
            ("2023-12-31T23:00:00Z", Tz::Europe__Berlin, Unit::Year, "2024-01-01", "2025-01-01"),
        ] {
            let plan = plan((at(from), after), now, zone);
            assert_eq!(plan.runs, [Run { unit, from: day(first), to: day(next) }]);
            assert_eq!((plan.plus.len(), plan.minus), (0, vec![(after, start_of(day(next), zone))]));
            assert!(plan.runs[0].is_one());
        }
    }

    #[test]
    fn a_window_of_the_past_is_whole_spans_and_what_is_beside_them() {
        let now = at("2024-07-31T20:00:00Z");
        let plan = plan((at("2022-11-29T12:00:00Z"), at("2024-02-02T06:00:00Z")), now, Tz::UTC);
        let run = |unit, from, to| Run { unit, from: day(from), to: day(to) };
        assert_eq!(
            plan.runs,
            [
                run(Unit::Day, "2022-11-30", "2022-12-01"),
                run(Unit::Month, "2022-12-01", "2023-01-01"),
                run(Unit::Year, "2023-01-01", "2024-01-01"),
                run(Unit::Month, "2024-01-01", "2024-02-01"),
                run(Unit::Day, "2024-02-01", "2024-02-02"),
            ]
        );
        let plus =
            [(at("2022-11-29T12:00:00Z"), at("2022-11-30T00:00:00Z")), (at("2024-02-02T00:00:00Z"), at("2024-02-02T06:00:00Z"))];
        assert_eq!((plan.plus, plan.minus), (plus.to_vec(), Vec::new()));
    }

    #[test]
    fn what_is_beside_months_is_weeks() {
        let now = at("2024-07-31T20:00:00Z");
        let runs = |from, to| plan((at(from), at(to)), now, Tz::UTC).runs;
        let run = |unit, from, to| Run { unit, from: day(from), to: day(to) };
        assert_eq!(
            runs("2024-01-20T00:00:00Z", "2024-03-14T00:00:00Z"),
            [
                run(Unit::Day, "2024-01-20", "2024-01-22"),
                run(Unit::Week, "2024-01-22", "2024-01-29"),
                run(Unit::Day, "2024-01-29", "2024-02-01"),
                run(Unit::Month, "2024-02-01", "2024-03-01"),
                run(Unit::Day, "2024-03-01", "2024-03-04"),
                run(Unit::Week, "2024-03-04", "2024-03-11"),
                run(Unit::Day, "2024-03-11", "2024-03-14"),
            ]
        );
        assert_eq!(
            runs("2024-01-22T00:00:00Z", "2024-02-13T00:00:00Z"),
            [run(Unit::Week, "2024-01-22", "2024-02-12"), run(Unit::Day, "2024-02-12", "2024-02-13")]
        );
    }

    #[test]
    fn within_a_day_there_is_no_span() {
        let now = at("2024-07-31T20:00:00Z");
        let within = (at("2024-07-30T01:00:00Z"), at("2024-07-30T23:00:00Z"));
        assert_eq!(plan(within, now, Tz::UTC), Plan { plus: vec![within], ..Default::default() });
        assert_eq!(plan((within.1, within.0), now, Tz::UTC), Plan::default());
    }

    #[test]
    fn whole_parts_of_time_and_what_is_beside_them() {
        let stretch = |from, to| (at(from), at(to));
        let (held, beside) = Quarters::of(stretch("2024-03-01T10:07:30Z", "2024-03-02T00:00:00Z"));
        let held = held.unwrap();
        assert_eq!(held.stretch(), stretch("2024-03-01T10:15:00Z", "2024-03-02T00:00:00Z"));
        assert_eq!(beside[0], stretch("2024-03-01T10:07:30Z", "2024-03-01T10:15:00Z"));
        assert_eq!(beside[1].0, beside[1].1);
        assert!(held.holds(quarter(at("2024-03-01T10:15:00Z"))) && !held.holds(quarter(at("2024-03-02T00:00:00Z"))));
        let (within, none) = stretch("2024-03-01T10:07:30Z", "2024-03-01T10:29:59Z");
        assert_eq!(Quarters::of((within, none)), (None, [(within, none), (none, none)]));
        // The ends of all there is lie within a quarter of an hour.
        let (held, [before, after]) = Quarters::of(EVER);
        let held = held.unwrap();
        assert_eq!((before.0, before.1, after.0, after.1), (EVER.0, held.stretch().0, held.stretch().1, EVER.1));
        let (hours, [before, after]) = Hours::of(stretch("2024-03-01T10:07:30Z", "2024-03-01T13:59:59Z"));
        assert_eq!(hours.unwrap().stretch(), stretch("2024-03-01T11:00:00Z", "2024-03-01T13:00:00Z"));
        assert_eq!((before.0, after.1), stretch("2024-03-01T10:07:30Z", "2024-03-01T13:59:59Z"));
        let each: Vec<_> = Quarters::each(stretch("2024-03-01T10:07:30Z", "2024-03-01T10:29:59Z")).collect();
        let [(first, before), (second, after)] = each[..] else { panic!("{each:?}") };
        assert_eq!(
            (first.stretch(), before.0),
            (stretch("2024-03-01T10:00:00Z", "2024-03-01T10:15:00Z"), at("2024-03-01T10:07:30Z"))
        );
        assert_eq!((before.1, after), (first.stretch().1, stretch("2024-03-01T10:15:00Z", "2024-03-01T10:29:59Z")));
        assert_eq!(second.stretch().0, after.0);
        assert_eq!(Quarters::each(stretch("2024-03-01T00:00:00Z", "2024-03-02T00:00:00Z")).count(), 96);
        assert_eq!(Quarters::each((after.1, after.1)).count(), 0);
        assert!(
            Quarters::each((EVER.1, EVER.1)).next().is_none() && Quarters::each((EVER.0, Timestamp(EVER.0.0 + 1))).count() == 1
        );
    }

    proptest! {
        /// Spans and what is added, less what is taken off, are the window: as lengths, and end to end.
        #[test]
        fn the_parts_are_the_window(
            from in 0_i64..2_000_000_000,
            length in 1_i64..200_000_000,
            now in 0_i64..2_200_000_000,
            zone in prop::sample::select(vec![
                Tz::UTC, Tz::Europe__Berlin, Tz::Asia__Kathmandu, Tz::Australia__Lord_Howe, Tz::America__Asuncion,
                Tz::Pacific__Apia, Tz::America__Sao_Paulo,
            ]),
        ) {
            let window = (Timestamp(from * 1_000_000), Timestamp((from + length) * 1_000_000));
            let plan = plan(window, Timestamp(now * 1_000_000), zone);
            let mut edges: Vec<(Timestamp, Timestamp)> = plan.plus.clone();
            for run in &plan.runs {
                edges.push((start_of(run.from, zone), start_of(run.to, zone)));
                let mut start = run.from;
                while start < run.to {
                    prop_assert_eq!(run.unit.start(start), start);
                    start = run.unit.next(start);
                }
                prop_assert_eq!(start, run.to);
            }
            edges.sort();
            prop_assert_eq!(edges.first().map(|edge| edge.0), Some(window.0));
            prop_assert!(edges.windows(2).all(|pair| pair[0].1 == pair[1].0));
            let end = edges.last().map_or(window.1, |edge| edge.1);
            match plan.minus.as_slice() {
                [] => prop_assert_eq!(end, window.1),
                [only] => prop_assert_eq!(*only, (window.1, end)),
                more => prop_assert!(false, "{more:?}"),
            }
            let length = |stretches: &[Stretch]| stretches.iter().map(|(from, to)| to.0 - from.0).sum::<i64>();
            let near = plan.clone().nearest(zone);
            let spans: Vec<Stretch> = near.runs.iter().map(|run| (start_of(run.from, zone), start_of(run.to, zone))).collect();
            prop_assert!(spans.windows(2).all(|pair| pair[0].1 == pair[1].0));
            prop_assert_eq!(length(&spans) + length(&near.plus) - length(&near.minus), window.1.0 - window.0.0);
            prop_assert!(length(&near.plus) + length(&near.minus) <= length(&plan.plus) + length(&plan.minus));
            let reach = (spans.first().map(|span| span.0), spans.last().map(|span| span.1));
            prop_assert!(near.minus.iter().all(|(from, to)| Some(*from) >= reach.0 && Some(*to) <= reach.1));
            prop_assert!(near.plus.iter().all(|(from, to)| *from >= window.0 && *to <= window.1));
        }
    }
}
