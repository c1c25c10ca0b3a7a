//! Some of the texts of an index, by which it is judged what is rare and what many have.
//!
//! What many of the oldest have and of the newest, most between them have as well, and so it is with what a good part of the
//! texts from all over has: a condition that so many pass is judged row by row in the list's order until a page is full; asked for
//! it, an index would name a good part of the table. What is rare is judged by texts from all over too: those of one end were
//! written on the same days.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use moka::sync::Cache;
use sea_orm::{ConnectionTrait, DbBackend, DbErr};

use super::{
    folded,
    index::SearchIndex,
    needle::{Known, Needle},
};
use crate::{
    db::{Row, Text, all_over, as_text, statement},
    fault::Fault,
};

/// Texts from each end.
const END: usize = 512;

/// Characters of a text that are looked at.
const LONG: usize = 2_000;

/// What so many of each end have is common: one in 170, so that a page of 20 is full after some 3,400 rows.
const COMMON: usize = 3;

/// For how long they are kept. New texts are much like those before them.
const KEPT: Duration = Duration::from_secs(300);

/// Up to how many parts an index is asked for: each leaves few of what the others find, and its texts are read as well.
const PARTS: usize = 3;

/// What more than one in so many texts has is not asked for beside what is rarer.
const USUAL: usize = 5;

/// A three that overlaps one that is asked for is as good as one that so many times as many have.
const BESIDE: u32 = 4;

/// Three ASCII characters that can be seen, no quotes.
type Three = [u8; 3];

/// What one in so many texts from all over an index has is common too.
const SHARE: usize = 5;

/// Texts of the indexes, each read when it is first searched.
#[derive(Debug)]
pub struct Samples(Cache<&'static str, Arc<Sample>>);

impl Default for Samples {
    fn default() -> Self {
        Self(Cache::builder().time_to_live(KEPT).build())
    }
}

impl Samples {
    /// Texts of an index.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn of(&self, conn: &impl ConnectionTrait, index: SearchIndex) -> Result<Arc<Sample>, DbErr> {
        if let Some(sample) = self.0.get(index.name()) {
            return Ok(sample);
        }
        let sample = Arc::new(Sample::read(conn, index).await?);
        self.0.insert(index.name(), sample.clone());
        Ok(sample)
    }
}

/// Texts of the ends of an index and from all over it, and how many of these have each three.
#[derive(Debug)]
pub(super) struct Sample {
    ends: [Vec<String>; 2],
    between: Vec<String>,
    threes: HashMap<Three, u32>,
}

impl Sample {
    async fn read(conn: &impl ConnectionTrait, index: SearchIndex) -> Result<Self, DbErr> {
        let backend = conn.get_database_backend();
        let [table, text, number] = index.texts_on(backend);
        let end = |order: &str| {
            format!("(SELECT substr({text}, 1, {LONG}) AS text FROM {table} ORDER BY {number} {order} LIMIT {END}) AS texts")
        };
        let (oldest, newest) = (texts(conn, &end("ASC")).await?, texts(conn, &end("DESC")).await?);
        let between = all_over(backend, table, number, &format!("substr({text}, 1, {LONG}) AS text"));
        let between = texts(conn, &format!("({between}) AS texts")).await?;
        Ok(Self::of([oldest, newest], between))
    }

    fn of(ends: [Vec<String>; 2], between: Vec<String>) -> Self {
        let mut threes = HashMap::new();
        for text in &between {
            for three in self::threes(text).map(|(_, three)| three).collect::<HashSet<_>>() {
                *threes.entry(three).or_default() += 1;
            }
        }
        Self { ends, between, threes }
    }

    /// How what is searched for is best found.
    pub(super) fn judged(&self, needle: &Needle, backend: DbBackend) -> Known {
        let is_in_end =
            |end: &Vec<String>| end.iter().filter(|text| needle.is_found_in_folded(text)).take(COMMON).count() == COMMON;
        let common = self.ends.iter().all(is_in_end) || self.is_in_a_share(needle);
        // SQLite takes other letters for alike in the index than in a text. What many have is counted by the index alone.
        let may_be_parted = !common && (backend != DbBackend::Sqlite || needle.is_plain());
        let parts = if may_be_parted { self.rarest(&needle.text, backend) } else { Vec::new() };
        Known { parts: parts.into(), common, ..Known::default() }
    }

    fn is_in_a_share(&self, needle: &Needle) -> bool {
        let found = || self.between.iter().filter(|text| needle.is_found_in_folded(text)).count();
        self.between.len() >= END && found() > self.between.len() / SHARE
    }

    /// The threes of a text that the fewest texts have; none where the text is hardly more than them.
    fn rarest(&self, text: &str, backend: DbBackend) -> Vec<String> {
        // The index of PostgreSQL has letters and digits alone.
        let is_in_index = |(_, three): &(usize, Three)| backend == DbBackend::Sqlite || is_of_letters(three);
        let mut all: Vec<(u32, usize, Three)> = threes(text)
            .filter(is_in_index)
            .map(|(at, three)| (self.threes.get(&three).copied().unwrap_or(0), at, three))
            .collect();
        if text.len() <= 5 && all.len() + 2 == text.len() {
            return Vec::new();
        }
        let is_usual = |count: u32| usize::try_from(count).is_ok_and(|count| count > self.between.len() / USUAL);
        let mut chosen: Vec<(usize, Three)> = Vec::new();
        while chosen.len() < PARTS {
            // What has a three often has the next one, which then says little. Of equals the last is taken: what texts have in
            // common stands at their beginning.
            let is_beside = |at: usize| chosen.iter().any(|(other, _)| at.abs_diff(*other) < 3);
            let weight =
                |(count, at, _): &(u32, usize, Three)| ((count + 1) * if is_beside(*at) { BESIDE } else { 1 }, usize::MAX - at);
            let Some((count, at, three)) = all.iter().copied().min_by_key(weight) else { break };
            if !chosen.is_empty() && is_usual(count) {
                break;
            }
            all.retain(|(.., other)| *other != three);
            chosen.push((at, three));
        }
        // There a sign before letters says that a word begins with them, which fewer texts have.
        let begin = |at: usize| match text.as_bytes().get(at.wrapping_sub(1)) {
            Some(before) if backend != DbBackend::Sqlite && before.is_ascii_punctuation() => at - 1,
            _ => at,
        };
        chosen.iter().filter_map(|(at, _)| text.get(begin(*at)..at + 3)).map(str::to_owned).collect()
    }
}

/// The texts of a source, folded.
async fn texts(conn: &impl ConnectionTrait, source: &str) -> Result<Vec<String>, DbErr> {
    // As one text: handing over rows takes longer than reading them.
    let read = Text::read(conn, statement(conn, as_text(conn.get_database_backend(), "text", source), [])).await?;
    let row = |row: &Row<'_>| Ok(folded(row.text(0)?.unwrap_or_default()));
    let rows = read.rows().and_then(|rows| rows.iter().map(row).collect::<Result<_, Fault>>());
    rows.map_err(|fault| DbErr::Custom(fault.to_string()))
}

/// All threes of a text and where they stand.
fn threes(text: &str) -> impl Iterator<Item = (usize, Three)> {
    let is_plain = |letter: &u8| letter.is_ascii_graphic() && *letter != b'"';
    text.as_bytes().windows(3).enumerate().filter_map(move |(at, three)| {
        let three: Three = three.try_into().ok()?;
        three.iter().all(is_plain).then_some((at, three))
    })
}

fn is_of_letters(three: &Three) -> bool {
    three.iter().all(u8::is_ascii_alphanumeric)
}

/// Whether a text has three ASCII letters or digits in a row.
pub(super) fn has_letters(text: &str) -> bool {
    threes(text).any(|(_, three)| is_of_letters(&three))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Sample {
        let text = |number: usize| format!("ord-20180302-{number:04}\nann@shop.example");
        let all: Vec<String> = (0..99).map(text).collect();
        Sample::of([all[..9].to_vec(), all[90..].to_vec()], all)
    }

    fn judged(text: &str, backend: DbBackend) -> Known {
        sample().judged(&Needle::of(text).unwrap(), backend)
    }

    #[test]
    fn an_index_is_asked_for_the_rarest_threes() {
        let parts = |text: &str, backend| judged(text, backend).parts.to_vec();
        assert_eq!(parts("ORD-20180302-7421", DbBackend::Sqlite), ["421", "2-7", "742"]);
        assert_eq!(parts("zacharias@shop.example", DbBackend::Postgres), ["ias", "har", "zac"]);
        assert_eq!(parts("12345", DbBackend::Sqlite), Vec::<String>::new());
        assert_eq!(parts("12-45", DbBackend::Sqlite), Vec::<String>::new());
        assert_eq!(parts("123-45", DbBackend::Sqlite), ["-45", "123", "3-4"]);
        assert_eq!(parts("ab_123-45", DbBackend::Postgres), ["_123"]);
        assert_eq!(parts("aaaaaaa", DbBackend::Sqlite), ["aaa"]);
        // Letters that are alike in the index and not in the text.
        assert_eq!(parts("müller und müller", DbBackend::Sqlite), Vec::<String>::new());
        assert_eq!(parts("müller und müller", DbBackend::Postgres), ["ler", "und", "lle"]);
    }

    #[test]
    fn what_is_common_both_ends_have() {
        let common = |text: &str| judged(text, DbBackend::Postgres).common;
        assert!(common("ann@shop"));
        assert!(common("o"));
        assert!(!common("0001"));
        assert!(!common("-000"));
        assert!(!common("nn"));
        assert!(!common("zacharias"));
    }
}
