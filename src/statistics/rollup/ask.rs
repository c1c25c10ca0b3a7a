//! Asking a table of sums for some stretches of time at once.

use std::{borrow::Cow, collections::BTreeMap};

use entity::time::Timestamp;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Value};
use serde_json::Value as Json;

use super::{
    held::{self, Held},
    journal::{Entry, News},
    level::Level,
    pieces::{Piece, Span},
    table::{Table, grow},
};
use crate::{
    db::{Row, Text, as_plain_text, statement},
    fault::Fault,
};

/// What is asked, beside the stretches.
pub struct Ask {
    /// The sums.
    pub table: &'static Table,
    /// What the answer is grouped by, of a row `r`, texts all of them.
    pub groups: &'static [&'static str],
    /// A condition on the key with `$2`, and its value.
    pub only: Option<(String, Value)>,
    /// The sums with what tells how often each counts, as `times`, in place of the table; each once when nothing is told.
    pub weighed: Option<String>,
    /// A select of the rows that the sums are of: `at`, what the groups need and the sums. It may use `$2` too.
    pub rows: Cow<'static, str>,
}

/// Sums of one stretch and group.
pub struct Answer<const G: usize, const N: usize> {
    /// Which stretch.
    pub place: usize,
    /// Values of the groups.
    pub groups: [String; G],
    /// The sums.
    pub sums: [i64; N],
}

/// A question and what of its stretches is summed up already.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Asked {
    question: String,
    pieces: Vec<Piece>,
}

impl held::Key for Asked {
    fn weight(&self) -> usize {
        self.question.len() + size_of_val(self.pieces.as_slice())
    }
}

/// Sums by stretch and group.
#[derive(Clone)]
pub struct Summed<const G: usize, const N: usize>(BTreeMap<(usize, [String; G]), [i64; N]>);

impl<const G: usize, const N: usize> held::Value for Summed<G, N> {
    fn weight(&self) -> usize {
        // A code takes a few bytes beside its text; nodes of a tree are two thirds full.
        self.0.len() * (size_of::<((usize, [String; G]), [i64; N])>() + 16 * G) * 3 / 2
    }
}

/// Answers that a process holds.
pub type Answers<const G: usize, const N: usize> = Held<Asked, Summed<G, N>>;

/// Answers about orders, by currency and status, and about payments, by currency, state, way and provider.
pub struct Memory {
    /// Of orders.
    pub orders: Answers<2, 4>,
    /// Of payments.
    pub payments: Answers<4, 4>,
}

impl Memory {
    /// One that takes at most so much memory.
    pub fn new(megabytes: u32) -> Self {
        let half = (u64::from(megabytes) << 20) / 2;
        Self { orders: Held::new(half), payments: Held::new(half) }
    }
}

/// The same as [`ask`], of which what is summed up already is held: `question` names what is asked for beside the stretches,
/// `added` says of a row of the journal when it is of, its groups and what it adds, nothing for one of another question.
///
/// # Errors
/// When the database fails or a sum is out of range.
pub(crate) async fn ask_once<const G: usize, const N: usize, T: Entry>(
    answers: &Answers<G, N>,
    conn: &DatabaseTransaction,
    (ask_for, question): (&Ask, String),
    pieces: &[Piece],
    news: &mut News<'_, T>,
    added: impl Fn(&T) -> Option<(Timestamp, [String; G], [i64; N])>,
) -> Result<Vec<Answer<G, N>>, Fault> {
    let (kept, rows): (Vec<Piece>, Vec<Piece>) = pieces.iter().partition(|piece| piece.level.is_some());
    if kept.is_empty() {
        return ask(conn, ask_for, pieces).await;
    }
    let asked = Asked { question, pieces: kept };
    let add = |sums: &mut Summed<G, N>, change: &T| {
        let Some((at, groups, amounts)) = added(change) else { return Ok(()) };
        let mut held = asked.pieces.iter().filter(|piece| piece.span.holds(at));
        held.try_for_each(|piece| grow(sums.0.entry((piece.place, groups.clone())).or_insert([0; N]), piece.sign, amounts))
    };
    let sums = answers.get(&asked, news, async || summed(conn, ask_for, &asked.pieces).await, add).await?;
    let answer = |((place, groups), sums): (&(usize, [String; G]), &[i64; N])| Answer {
        place: *place,
        groups: groups.clone(),
        sums: *sums,
    };
    let mut all: Vec<Answer<G, N>> = sums.0.iter().map(answer).collect();
    if !rows.is_empty() {
        all.extend(ask(conn, ask_for, &rows).await?);
    }
    Ok(all)
}

async fn summed<const G: usize, const N: usize>(
    conn: &DatabaseTransaction,
    ask_for: &Ask,
    pieces: &[Piece],
) -> Result<Summed<G, N>, Fault> {
    let mut sums = Summed(BTreeMap::new());
    for Answer { place, groups, sums: more } in ask(conn, ask_for, pieces).await? {
        grow(sums.0.entry((place, groups)).or_insert([0; N]), 1, more)?;
    }
    Ok(sums)
}

/// From how many pieces of a level on their buckets are read in one go.
const MANY: usize = 16;

/// The sums of pieces by place and group, some of them in parts: a statement for what is summed up already, one for what rows
/// are asked for, and one for each level with many pieces side by side; each only when there is something to ask.
///
/// # Errors
/// When the database fails.
pub(crate) async fn ask<const G: usize, const N: usize>(
    conn: &impl ConnectionTrait,
    ask: &Ask,
    pieces: &[Piece],
) -> Result<Vec<Answer<G, N>>, Fault> {
    let (pieces, owners) = shared(pieces);
    let (mut kept, rows): (Vec<Piece>, Vec<Piece>) = pieces.into_iter().partition(|piece| piece.level.is_some());
    let mut answers = Vec::new();
    for level in Level::ALL {
        let mut of_level: Vec<Piece> = kept.iter().copied().filter(|piece| piece.level == Some(level)).collect();
        of_level.sort_unstable_by_key(|piece| piece.span.from);
        if let Some(all) = side_by_side(&of_level) {
            kept.retain(|piece| piece.level != Some(level));
            for (bucket, groups, sums) in each(conn, ask, all).await? {
                let piece = of_level.partition_point(|piece| piece.span.to.0 <= bucket);
                if let Some(piece) = of_level.get(piece).filter(|piece| piece.span.holds(Timestamp(bucket))) {
                    answers.push(Answer { place: piece.place, groups, sums: sums.map(|sum| sum * piece.sign) });
                }
            }
        }
    }
    for (pieces, is_kept) in [(kept, true), (rows, false)] {
        if !pieces.is_empty() {
            for (place, groups, sums) in select(conn, ask, &pieces, is_kept).await? {
                answers.push(Answer { place: usize::try_from(place).unwrap_or(usize::MAX), groups, sums });
            }
        }
    }
    let own = |answer: Answer<G, N>| {
        let of = owners.get(answer.place).map_or(&[][..], Vec::as_slice);
        of.iter().map(move |(place, sign)| Answer {
            place: *place,
            groups: answer.groups.clone(),
            sums: answer.sums.map(|sum| sum * sign),
        })
    };
    Ok(answers.into_iter().flat_map(own).collect())
}

/// Stretches that a piece belongs to, each with 1 or −1.
type Owners = Vec<(usize, i64)>;

/// The pieces without those that are there twice: what lies around the moment between two neighbouring weeks is added to one and
/// taken away from the other. Their places are those of their owners in the second list.
fn shared(pieces: &[Piece]) -> (Vec<Piece>, Vec<Owners>) {
    let mut owners: BTreeMap<(Option<Level>, Timestamp, Timestamp), Owners> = BTreeMap::new();
    for piece in pieces {
        owners.entry((piece.level, piece.span.from, piece.span.to)).or_default().push((piece.place, piece.sign));
    }
    let mut places: BTreeMap<Owners, usize> = BTreeMap::new();
    let mut all = Vec::with_capacity(owners.len());
    for ((level, from, to), mut of) in owners {
        let sign = of.first().map_or(1, |(_, sign)| *sign);
        of.iter_mut().for_each(|(_, each)| *each *= sign);
        let next = places.len();
        all.push(Piece { place: *places.entry(of).or_insert(next), level, span: Span { from, to }, sign });
    }
    let mut owners = vec![Owners::new(); places.len()];
    for (of, place) in places {
        owners[place] = of;
    }
    (all, owners)
}

/// One piece from the first to the last of many of a level, in the order of time, if there is little between them.
fn side_by_side(pieces: &[Piece]) -> Option<Piece> {
    let (first, last) = (pieces.first()?, pieces.last()?);
    if pieces.len() < MANY || pieces.windows(2).any(|pair| pair[0].span.to > pair[1].span.from) {
        return None;
    }
    let length = |from: Timestamp, to: Timestamp| i128::from(to.0) - i128::from(from.0);
    let held: i128 = pieces.iter().map(|piece| length(piece.span.from, piece.span.to)).sum();
    let span = Span { from: first.span.from, to: last.span.to };
    (length(span.from, span.to) <= 2 * held).then_some(Piece { span, sign: 1, ..*first })
}

/// Runs a statement for pieces: what tells the rows apart, the groups and the sums.
///
/// The pieces lead and the sums are looked up for each by their key: on SQLite CROSS JOIN keeps that order, on PostgreSQL
/// LATERAL does. What the pieces are is read out of their JSON once: PostgreSQL would do so for each row that is added up, but
/// for an offset.
async fn select<const G: usize, const N: usize>(
    conn: &impl ConnectionTrait,
    ask: &Ask,
    pieces: &[Piece],
    is_kept: bool,
) -> Result<Vec<(i64, [String; G], [i64; N])>, Fault> {
    let times = if is_kept { times(ask) } else { "" };
    let sum = |sum: &&str| format!("CAST(SUM(p.sign * r.{sum}{times}) AS bigint) AS {sum}");
    let sums = ask.table.sums.iter().map(sum).collect::<Vec<_>>().join(", ");
    let of = ask.groups.join(", ");
    let source = match is_kept {
        true => kept(ask),
        false => ask.rows.clone().into_owned(),
    };
    let held = match is_kept {
        true => "r.level = p.level AND r.at >= p.lo AND r.at < p.hi",
        false => "r.at >= p.lo AND r.at < p.hi",
    };
    let sql = match conn.get_database_backend() {
        DbBackend::Postgres => format!(
            "SELECT p.place, {of}, {sums} FROM (SELECT (value ->> 0)::bigint AS place, (value ->> 1)::bigint AS level, \
             (value ->> 2)::bigint AS lo, (value ->> 3)::bigint AS hi, (value ->> 4)::bigint AS sign \
             FROM json_array_elements($1::json) AS given (value) OFFSET 0) AS p \
             CROSS JOIN LATERAL (SELECT * FROM ({source}) AS r WHERE {held} OFFSET 0) AS r GROUP BY p.place, {of}"
        ),
        _ => format!(
            "WITH p AS MATERIALIZED (SELECT value ->> 0 AS place, value ->> 1 AS level, value ->> 2 AS lo, value ->> 3 AS hi, \
             value ->> 4 AS sign FROM json_each($1)) \
             SELECT p.place, {of}, {sums} FROM p CROSS JOIN ({source}) AS r WHERE {held} GROUP BY p.place, {of}"
        ),
    };
    let list = Json::from_iter(pieces.iter().map(Piece::columns)).to_string();
    let values = [list.into()].into_iter().chain(ask.only.iter().map(|(_, value)| value.clone()));
    let rows = conn.query_all_raw(statement(conn, sql, values)).await?;
    rows.iter()
        .map(|row| {
            let mut groups = [const { String::new() }; G];
            let mut sums = [0; N];
            for (index, group) in groups.iter_mut().enumerate() {
                *group = row.try_get_by_index(1 + index)?;
            }
            for (index, sum) in sums.iter_mut().enumerate() {
                *sum = row.try_get_by_index(1 + G + index)?;
            }
            Ok((row.try_get_by_index(0)?, groups, sums))
        })
        .collect()
}

/// What is summed up already: each row of a piece with its bucket. To add up some thousands is dearer for a database than to
/// hand them over.
async fn each<const G: usize, const N: usize>(
    conn: &impl ConnectionTrait,
    ask: &Ask,
    piece: Piece,
) -> Result<Vec<(i64, [String; G], [i64; N])>, Fault> {
    let times = times(ask);
    let sums: Vec<String> = ask.table.sums.iter().map(|sum| format!("r.{sum}{times}")).collect();
    let numbers: Vec<&str> = std::iter::once("r.at").chain(sums.iter().map(String::as_str)).collect();
    let source = kept(ask);
    let backend = conn.get_database_backend();
    let part = |at: usize| match backend {
        DbBackend::Postgres => format!("($1::json ->> {at})::bigint"),
        _ => format!("$1 ->> {at}"),
    };
    let held = format!("r.level = {} AND r.at >= {} AND r.at < {}", part(1), part(2), part(3));
    let sql = as_plain_text(backend, ask.groups, &numbers, &format!("({source}) AS r WHERE {held}"));
    let values = [piece.columns().to_string().into()].into_iter().chain(ask.only.iter().map(|(_, value)| value.clone()));
    let text = Text::read(conn, statement(conn, sql, values)).await?;
    let rows = text.rows()?;
    let number = |row: &Row<'_>, at: usize| row.number(at)?.ok_or_else(|| Fault::Corrupt("a sum is missing".into()));
    rows.iter()
        .map(|row| {
            let mut groups = [const { String::new() }; G];
            let mut sums = [0; N];
            for (index, group) in groups.iter_mut().enumerate() {
                row.text(index)?.unwrap_or_default().clone_into(group);
            }
            for (index, sum) in sums.iter_mut().enumerate() {
                *sum = number(row, G + 1 + index)?;
            }
            Ok((number(row, G)?, groups, sums))
        })
        .collect()
}

/// A select of what is summed up already.
fn kept(ask: &Ask) -> String {
    let only = ask.only.as_ref().map_or_else(String::new, |(condition, _)| format!(" WHERE {condition}"));
    match &ask.weighed {
        None => format!("SELECT k.*, k.bucket AS at FROM {} AS k{only}", ask.table.name),
        Some(sums) => format!("SELECT k.*, k.bucket AS at, w.times FROM {sums} AS k{only}"),
    }
}

/// How often a sum of [`kept`] counts.
fn times(ask: &Ask) -> &'static str {
    if ask.weighed.is_some() { " * r.times" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(from: i64, to: i64) -> Piece {
        let at = |hour: i64| Timestamp(hour * 3_600_000_000);
        Piece { place: 0, level: Some(Level::Hour), span: Span { from: at(from), to: at(to) }, sign: -1 }
    }

    #[test]
    fn what_neighbours_have_in_common_is_asked_once() {
        let piece = |place, from, to, sign| Piece { place, sign, ..hour(from, to) };
        // Two weeks that end five hours before midnight, and something else.
        let pieces =
            [piece(0, 0, 168, 1), piece(0, 163, 168, -1), piece(1, 168, 336, 1), piece(1, 163, 168, 1), piece(1, 162, 163, 1)];
        let (asked, owners) = shared(&pieces);
        let told: Vec<_> = asked.iter().map(|piece| (piece.span, piece.sign, owners[piece.place].clone())).collect();
        let span = |from, to| hour(from, to).span;
        assert_eq!(
            told,
            [
                (span(0, 168), 1, vec![(0, 1)]),
                (span(162, 163), 1, vec![(1, 1)]),
                (span(163, 168), -1, vec![(0, 1), (1, -1)]),
                (span(168, 336), 1, vec![(1, 1)]),
            ]
        );
        assert_eq!(owners.len(), 3, "what is of one stretch alone is added up together");
    }

    #[test]
    fn many_pieces_side_by_side_are_one() {
        let many = i64::try_from(MANY).unwrap();
        let days: Vec<Piece> = (0..many).map(|day| hour(24 * day, 24 * day + 24)).collect();
        assert_eq!(side_by_side(&days), Some(Piece { sign: 1, ..hour(0, 24 * many) }));
        assert_eq!(side_by_side(&days[1..]), None);
        let halves: Vec<Piece> = (0..many).map(|day| hour(24 * day, 24 * day + 12)).collect();
        assert_eq!(side_by_side(&halves), Some(Piece { sign: 1, ..hour(0, 24 * many - 12) }));
        let ends: Vec<Piece> = (0..many).map(|day| hour(24 * day, 24 * day + 3)).collect();
        assert_eq!(side_by_side(&ends), None);
        let over: Vec<Piece> = (0..many).map(|day| hour(24 * day, 24 * day + 25)).collect();
        assert_eq!(side_by_side(&over), None);
        assert_eq!(side_by_side(&[Piece { span: Span::EVER, ..hour(0, 1) }; 20]), None);
    }
}
