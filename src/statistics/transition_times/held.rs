//! What a process holds of the lengths in windows that were asked for, brought up to date by a journal.

use std::collections::BTreeMap;

use super::percentile::Step;
use crate::{
    fault::Fault,
    statistics::{
        rollup::{
            held::{self, Held},
            histogram::Histogram,
            transitions::{Grain, Pair},
        },
        spans::{Quarters, Run},
    },
};

/// Lengths and how often each occurs.
pub(super) type Lengths = BTreeMap<i64, i64>;

/// A range of lengths, from the shortest to the longest.
pub(super) type Range = (i64, i64);

/// Most ranges that are held of the changes between two statuses, of each step.
const RANGES: usize = 16;

/// The changes between two statuses in the spans of a window, as far as they are counted.
#[derive(Clone, Default)]
pub(super) struct OfPair {
    /// Count and seconds by coarse bin; those below zero apart.
    pub(super) bins: Histogram<2>,
    /// Counts by the parts of ranges that percentiles were looked for in, by [`Step`].
    pub(super) parts: [BTreeMap<Range, BTreeMap<i64, i64>>; 2],
}

impl OfPair {
    pub(super) fn add(&mut self, seconds: i64, times: i64) -> Result<(), Fault> {
        for step in Step::EACH {
            let within = self.parts[step as usize].iter_mut().filter(|((first, last), _)| (*first..=*last).contains(&seconds));
            for (_, parts) in within {
                *parts.entry(step.part(seconds)).or_default() += times;
            }
        }
        self.bins.add(Grain::Coarse.bin(seconds), times, [1, seconds])
    }

    pub(super) fn learn(&mut self, step: Step, range: Range, parts: BTreeMap<i64, i64>) {
        let known = &mut self.parts[step as usize];
        if known.len() >= RANGES {
            known.clear();
        }
        known.insert(range, parts);
    }
}

/// The changes in the spans of a window, as far as they are counted.
#[derive(Clone, Default)]
pub(super) struct Spans(pub(super) BTreeMap<Pair, OfPair>);

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
pub(super) struct Beside(pub(super) BTreeMap<Pair, (Histogram<2>, Lengths)>);

impl Beside {
    pub(super) fn add(&mut self, pair: Pair, seconds: i64, times: i64) -> Result<(), Fault> {
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
    pub(super) spans: Held<Vec<Run>, Spans>,
    pub(super) beside: Held<Quarters, Beside>,
}

impl Store {
    /// One that takes at most so much memory.
    pub fn new(megabytes: u32) -> Self {
        let half = (u64::from(megabytes) << 20) / 2;
        Self { spans: Held::new(half), beside: Held::new(half) }
    }
}
