//! How long orders stayed in a status before the next one: each change of status as a row, and how many there were by spans
//! of the calendar and length.
//!
//! For each span and pair of statuses there is a histogram of coarse bins, and for each of its bins a page, a histogram of
//! the fine bins within.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use entity::{id::OrderId, stored::OrderStatus, time::Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, QueryResult};
use serde_json::Value as Json;

use super::{
    family::{Change, Family},
    histogram::{self, Histogram, Table},
    journal::{Entry, Journal, News},
    numbers::place,
    reading::Reading,
    table::{Key, Kind, column, listed},
    tally::Tally,
};
use crate::{
    db::{one_of, statement},
    fault::Fault,
    statistics::spans::Unit,
};

/// From which status to which.
pub type Pair = (OrderStatus, OrderStatus);

/// A change of status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// From which status to which.
    pub pair: Pair,
    /// When.
    pub at: Timestamp,
    /// Whole seconds since the status before was reached, rounded down. Below zero when an imported history tells of times
    /// that contradict each other.
    pub seconds: i64,
}

/// The changes of status of an order, in their order.
pub fn transitions(tally: &Tally) -> impl Iterator<Item = Transition> {
    tally.steps.windows(2).filter_map(|pair| match pair {
        [before, after] => Some(Transition {
            pair: (before.status, after.status),
            at: after.at,
            seconds: after.at.0.saturating_sub(before.at.0).div_euclid(1_000_000),
        }),
        _ => None,
    })
}

/// Counts and seconds by coarse bin.
pub const COARSE: Table = Table {
    name: "transition_histograms",
    keys: &[("level", Kind::Int), ("bucket", Kind::Int), ("from_status", Kind::Text), ("to_status", Kind::Text)],
};

/// Counts by fine bin, a page a coarse bin.
pub const PAGES: Table = Table {
    name: "transition_pages",
    keys: &[
        ("level", Kind::Int),
        ("from_status", Kind::Text),
        ("to_status", Kind::Text),
        ("page", Kind::Int),
        ("bucket", Kind::Int),
    ],
};

/// How finely lengths are told apart. The bins of the finer grain lie each within one of the coarser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// A bin is a sixteenth of its length wide, so that there are few.
    Coarse,
    /// A bin is a 4,096th of its length wide: of a month ten minutes.
    Fine,
}

impl Grain {
    /// Bins for each doubling of a length.
    const fn per_doubling(self) -> u32 {
        match self {
            Self::Coarse => 1 << 4,
            Self::Fine => 1 << 12,
        }
    }

    /// The bin of a length. Lengths below zero have the bin -1; the first seconds have one each. Longer lengths never have a
    /// lower bin.
    pub fn bin(self, seconds: i64) -> i32 {
        let Ok(seconds) = u64::try_from(seconds) else { return -1 };
        let per = self.per_doubling();
        if seconds < u64::from(per) * 2 {
            return seconds as i32;
        }
        let doublings = seconds.ilog2() - per.ilog2();
        let within = (seconds >> doublings) as u32 - per;
        (doublings * per + per + within) as i32
    }

    /// Whether lengths of a coarse bin differ, so that it has a page of finer ones.
    pub fn has_page(bin: i32) -> bool {
        let (first, last) = Self::Coarse.lengths(bin);
        bin >= 0 && first < last
    }

    /// The shortest and the longest length of a bin.
    pub fn lengths(self, bin: i32) -> (i64, i64) {
        let per = self.per_doubling();
        let Ok(bin) = u32::try_from(bin) else { return (i64::MIN, -1) };
        if bin < per * 2 {
            return (i64::from(bin), i64::from(bin));
        }
        let (doublings, within) = (bin / per - 1, bin % per + per);
        let first = i64::from(within) << doublings;
        (first, first + (1_i64 << doublings) - 1)
    }
}

/// A histogram of coarse bins.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    unit: Unit,
    bucket: i32,
    pair: Pair,
}

impl Key for Span {
    fn columns(&self) -> Vec<Json> {
        let (from, to) = self.pair;
        vec![(self.unit as i32).into(), self.bucket.into(), from.as_str().into(), to.as_str().into()]
    }
}

/// A histogram of the fine bins of a coarse one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Page {
    unit: Unit,
    pair: Pair,
    page: i32,
    bucket: i32,
}

impl Key for Page {
    fn columns(&self) -> Vec<Json> {
        let (from, to) = self.pair;
        let unit = self.unit as i32;
        vec![unit.into(), from.as_str().into(), to.as_str().into(), self.page.into(), self.bucket.into()]
    }
}

/// What is added to histograms.
#[derive(Default)]
struct More {
    spans: BTreeMap<Span, Histogram<2>>,
    pages: BTreeMap<Page, Histogram<1>>,
}

impl More {
    fn count(&mut self, sign: i64, transition: &Transition) -> Result<(), Fault> {
        let Transition { pair, at, seconds } = *transition;
        let (page, fine) = (Grain::Coarse.bin(seconds), Grain::Fine.bin(seconds));
        for unit in Unit::EACH {
            let bucket = place(unit, at);
            self.spans.entry(Span { unit, bucket, pair }).or_default().add(page, sign, [1, seconds])?;
            if Grain::has_page(page) {
                self.pages.entry(Page { unit, pair, page, bucket }).or_default().add(fine, sign, [1])?;
            }
        }
        Ok(())
    }
}

/// Keeps [`COARSE`], [`PAGES`] and `order_transitions`.
pub struct Transitions;

#[async_trait]
impl Family for Transitions {
    async fn apply(&self, tx: &DatabaseTransaction, changes: &[Change]) -> Result<(), Fault> {
        let mut more = More::default();
        let (mut gone, mut come, mut told) = (BTreeSet::new(), Vec::new(), Vec::new());
        for change in changes {
            let of = |tally: &Option<Tally>| tally.iter().flat_map(transitions).collect::<Vec<_>>();
            let (old, new) = (of(&change.old), of(&change.new));
            let same = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
            // Histories grow at their end; one that did not is written anew.
            let kept = if same < old.len() { 0 } else { same };
            if kept < old.len() {
                gone.insert(change.order);
            }
            for (sign, transition) in old[kept..].iter().map(|it| (-1, it)).chain(new[kept..].iter().map(|it| (1, it))) {
                more.count(sign, transition)?;
                let (from, to) = transition.pair;
                told.push(serde_json::json!([from.as_str(), to.as_str(), transition.at.0, transition.seconds, sign]));
            }
            come.extend((kept..).zip(&new[kept..]).map(|(seq, transition)| row(change.order, seq, transition)));
        }
        forget(tx, gone).await?;
        insert(tx, come).await?;
        JOURNAL.write(tx, told).await?;
        histogram::add(tx, &COARSE, more.spans).await?;
        histogram::add(tx, &PAGES, more.pages).await
    }

    async fn clear(&self, tx: &DatabaseTransaction) -> Result<(), Fault> {
        JOURNAL.forget(tx).await?;
        for table in ["order_transitions", COARSE.name, PAGES.name] {
            tx.execute_unprepared(&format!("DELETE FROM {table}")).await?;
        }
        Ok(())
    }
}

fn row(order: OrderId, seq: usize, transition: &Transition) -> Json {
    let (from, to) = transition.pair;
    Json::from(vec![
        Json::from(order.0.simple().to_string()),
        Json::from(seq),
        from.as_str().into(),
        to.as_str().into(),
        transition.at.0.into(),
        transition.seconds.into(),
    ])
}

async fn forget(tx: &DatabaseTransaction, orders: BTreeSet<OrderId>) -> Result<(), Fault> {
    if orders.is_empty() {
        return Ok(());
    }
    let (one_of, list) = one_of(tx.get_database_backend(), 1, orders.into_iter().map(|order| order.0));
    tx.execute_raw(statement(tx, format!("DELETE FROM order_transitions WHERE order_id {one_of}"), [list])).await?;
    Ok(())
}

async fn insert(tx: &DatabaseTransaction, rows: Vec<Json>) -> Result<(), Fault> {
    if rows.is_empty() {
        return Ok(());
    }
    const COLUMNS: [(&str, Kind); 6] = [
        ("order_id", Kind::Uuid),
        ("seq", Kind::Int),
        ("from_status", Kind::Text),
        ("to_status", Kind::Text),
        ("at", Kind::Int),
        ("seconds", Kind::Int),
    ];
    let backend = tx.get_database_backend();
    let read: Vec<String> = COLUMNS.iter().enumerate().map(|(at, (_, kind))| column(backend, at, *kind)).collect();
    let (names, read, list) = (COLUMNS.map(|(name, _)| name).join(", "), read.join(", "), listed(backend));
    let sql = format!("INSERT INTO order_transitions ({names}) SELECT {read} FROM {list}");
    tx.execute_raw(statement(tx, sql, [Json::from(rows).to_string().into()])).await?;
    Ok(())
}

/// Changes of what is counted.
pub const JOURNAL: Journal = Journal {
    name: "transition_changes",
    columns: &[
        ("from_status", Kind::Text),
        ("to_status", Kind::Text),
        ("at", Kind::Int),
        ("seconds", Kind::Int),
        ("times", Kind::Int),
    ],
    anything: ("from_status, to_status, at, seconds, times", "'', '', 0, 0, 0"),
};

/// A change of status that is counted from now on, or no longer.
pub struct Counted {
    /// The change of status.
    pub transition: Transition,
    /// 1 or −1.
    pub times: i64,
}

impl Entry for Counted {
    const COLUMNS: &str = "from_status, to_status, at, seconds, times";

    fn read(row: &QueryResult) -> Result<Option<Self>, DbErr> {
        if row.try_get_by_index::<String>(1)?.is_empty() {
            return Ok(None);
        }
        let pair = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        let transition = Transition { pair, at: row.try_get_by_index(3)?, seconds: row.try_get_by_index(4)? };
        Ok(Some(Self { transition, times: row.try_get_by_index::<i32>(5)?.into() }))
    }
}

/// What the journal says.
pub fn news(reading: &Reading) -> News<'_, Counted> {
    News::new(reading, &JOURNAL, ("1 = 1".to_owned(), Vec::new()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COARSE: Grain = Grain::Coarse;

    #[test]
    fn bins_of_one_length_have_no_page() {
        assert_eq!([-1, 0, 31, 32, 900].map(Grain::has_page), [false, false, false, true, true]);
    }

    #[test]
    fn short_lengths_have_a_bin_each() {
        assert_eq!([-1, 0, 31, 32, 33, 34].map(|seconds| COARSE.bin(seconds)), [-1, 0, 31, 32, 32, 33]);
        assert_eq!([-1, 31, 32].map(|bin| COARSE.lengths(bin)), [(i64::MIN, -1), (31, 31), (32, 33)]);
        assert_eq!([8_191, 8_192, 8_193, 8_194].map(|seconds| Grain::Fine.bin(seconds)), [8_191, 8_192, 8_192, 8_193]);
    }

    proptest! {
        #[test]
        fn a_length_lies_within_its_bin(seconds in 0_i64..(1 << 50)) {
            for (grain, parts) in [(COARSE, 16), (Grain::Fine, 4_096)] {
                let (first, last) = grain.lengths(grain.bin(seconds));
                prop_assert!(first <= seconds && seconds <= last);
                prop_assert_eq!((grain.bin(first), grain.bin(last)), (grain.bin(seconds), grain.bin(seconds)));
                prop_assert_eq!(grain.bin(last + 1), grain.bin(seconds) + 1);
                prop_assert!(last - first <= first / parts);
            }
        }

        #[test]
        fn a_fine_bin_lies_within_a_coarse_one(seconds in 0_i64..(1 << 50)) {
            let (first, last) = Grain::Fine.lengths(Grain::Fine.bin(seconds));
            prop_assert_eq!((COARSE.bin(first), COARSE.bin(last)), (COARSE.bin(seconds), COARSE.bin(seconds)));
        }
    }
}
