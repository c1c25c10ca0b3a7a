//! How the rows of a page are found.
//!
//! Four ways. **Elsewhere**: another table has the rows of the condition in the list's order. **Walk**: the sort order's index is
//! read until the page is full, each row judged by the filter; good where many rows pass. **Collect**: all rows of the rarest
//! condition are read and sorted; good where they are few. **Merge**: for each value of a condition an index has its rows in the
//! list's order; the first of each are merged. Which one it is, is decided by counting the rows of each condition in its index, no
//! further than `FEW`; further where it is known that few rows meet all conditions, and the walk would be long. A walk that may
//! be long all the same has an end; if the page is not full by then, its rows are collected.

use sea_orm::{
    Condition, ConnectionTrait, DbErr,
    sea_query::{Alias, Expr, Func, Query, SelectStatement},
};

use super::Part;
use crate::page::{Keyed, judged_by_row};

/// What never counts as few. A page of 20 of the million orders of which so many pass is full after as many were looked at.
const FEW: i64 = 4_000;

/// The rows of a usual page.
const PAGE: i64 = 20;

/// Looking a row up to collect it costs as much as so many that are walked over.
const LOOK_UP: i64 = 4;

/// A walk goes over one of so many rows before it is left for collecting.
pub(super) const REACH: usize = 25;

/// What is left to walk costs less than to collect more than one of so many rows.
const PART: i64 = 5;

/// Up to so many rows a walk needs no end.
const SHORT: i64 = 20_000;

/// How far rows are counted where the walk would be longer still.
const LONG: i64 = 50_000;

/// How a page is found.
pub struct Way {
    /// What its rows must meet.
    pub condition: Condition,
    /// The rows are few: sort them, do not walk an index.
    pub by_hand: bool,
    /// Conditions of which one must be met beside, each with an index in the list's order.
    pub branches: Vec<Condition>,
    /// Another table that has the rows in the list's order.
    pub listed: Option<Keyed>,
    /// How many rows there are in all, where a walk may be as long as these though they could be collected.
    pub long: Option<i64>,
}

impl Way {
    /// By walking the list's order.
    pub fn walk(condition: Condition) -> Self {
        Self { condition, by_hand: false, branches: Vec::new(), listed: None, long: None }
    }
}

/// How the rows are wanted, and what is known of them.
pub struct Wanted<'a, S> {
    /// What they are sorted by before anything else.
    pub first: S,
    /// Whether only the id follows.
    pub alone: bool,
    /// Selects how many rows there are without conditions.
    pub size: &'a SelectStatement,
    /// How many meet all conditions, if that is known.
    pub matching: Option<i64>,
}

/// Chooses the way for conditions that all hold. One statement where the answer is not plain, two where the walk would be long.
///
/// # Errors
/// When the database fails.
pub(crate) async fn choose<S: Copy + PartialEq>(
    conn: &impl ConnectionTrait,
    parts: &[Part<S>],
    wanted: &Wanted<'_, S>,
) -> Result<Way, DbErr> {
    let Wanted { first, alone, size, matching } = *wanted;
    let backend = conn.get_database_backend();
    let sorted = |part: &&Part<S>| part.branches.is_empty() && part.sorted_by.contains(&first);
    let collect = |driver: usize| Way { by_hand: true, ..Way::walk(assembled(backend, parts, |index, _| index == driver)) };
    if let [Part { listed: Some(listed), .. }] = parts
        && alone
        && listed.sorted_by == first
    {
        return Ok(Way { listed: Some(listed.by.clone()), ..Way::walk(Condition::all()) });
    }
    if let Some(driver) = parts.iter().position(|part| part.by_key) {
        return Ok(collect(driver));
    }
    // Of several sorted ones the index of one is walked: where few pass the other that may be all of it.
    let is_plain = matches!(parts, [] | [_]) && parts.iter().all(|part| sorted(&part));
    // Where one of several lets few through, it is not known how few pass all: a walk may be as long as the table.
    let most = |size: i64| match parts.len() {
        1 => (size.saturating_mul(PAGE) / LOOK_UP).max(0).isqrt().min(FEW),
        _ => size.saturating_mul(PAGE).max(0).isqrt().min(FEW),
    };
    let mut rows = None;
    if !is_plain {
        match rarest(conn, parts, beforehand, size, FEW, most).await? {
            Some(Rarest { driver: Some(driver), .. }) => return Ok(collect(driver)),
            Some(Rarest { size, .. }) => rows = Some(size),
            None if parts.iter().any(|part| part.many.is_some()) => rows = Some(super::number(conn, size).await?),
            None => {}
        }
    }
    let merged = parts.iter().position(|part| !part.branches.is_empty() && part.sorted_by.contains(&first));
    let sorts_anyway = parts.iter().any(|part| sorted(&part));
    if let Some(merged) = merged.filter(|_| !sorts_anyway) {
        let others: Vec<Part<S>> =
            parts.iter().enumerate().filter(|(index, _)| *index != merged).map(|(_, part)| part.clone()).collect();
        let others = assembled(backend, &others, |_, _| false);
        return Ok(Way { branches: parts[merged].branches.clone(), ..Way::walk(others) });
    }
    // How many rows a walk would look at until a page is full.
    let reach = |size: i64, matching: i64| size.saturating_mul(PAGE) / matching.max(1) / LOOK_UP;
    if !sorts_anyway
        && parts.len() > 1
        && let Some(matching) = matching
        && let Some(Rarest { driver: Some(driver), .. }) =
            rarest(conn, parts, beforehand, size, LONG, |size| reach(size, matching).min(LONG)).await?
    {
        return Ok(collect(driver));
    }
    let long = rows.filter(|size| !sorts_anyway && *size > SHORT);
    Ok(Way { long, ..Way::walk(assembled(backend, parts, |_, part| sorted(&part))) })
}

/// The way by collecting where a walk of `size` rows in all has come to its end without a page; none where all conditions are of
/// a good part of them.
///
/// # Errors
/// When the database fails.
pub(super) async fn collecting<S>(
    conn: &impl ConnectionTrait,
    parts: &[Part<S>],
    rows: &SelectStatement,
    size: i64,
) -> Result<Option<Way>, DbErr> {
    let most = size / PART;
    let Some(Rarest { driver: Some(driver), .. }) = rarest(conn, parts, afterwards, rows, most, |_| most).await? else {
        return Ok(None);
    };
    let condition = assembled(conn.get_database_backend(), parts, |index, _| index == driver);
    Ok(Some(Way { by_hand: true, ..Way::walk(condition) }))
}

/// All conditions: the chosen ones as an index finds them, the others row by row.
fn assembled<S>(backend: sea_orm::DbBackend, parts: &[Part<S>], chosen: impl Fn(usize, &Part<S>) -> bool) -> Condition {
    let (mut all, mut rest) = (Condition::all(), Condition::all());
    for (index, part) in parts.iter().enumerate() {
        match chosen(index, part) {
            true => all = all.add(part.all.clone()),
            false => rest = rest.add(part.each.clone()),
        }
    }
    all.add_option((!rest.is_empty()).then(|| judged_by_row(backend, rest)))
}

/// Which condition has the fewest rows, if they are few to count.
///
/// # Errors
/// When the database fails.
pub(crate) async fn fewest<S>(
    conn: &impl ConnectionTrait,
    parts: &[Part<S>],
    size: &SelectStatement,
) -> Result<Option<usize>, DbErr> {
    let rarest = rarest(conn, parts, beforehand, size, FEW, |size| size.saturating_mul(PAGE).max(0).isqrt().min(FEW)).await?;
    Ok(rarest.and_then(|rarest| rarest.driver))
}

/// All conditions, to count the rows that meet them: those of the `fewest`, if there are few by one, are looked at one by one.
pub fn counting<S>(backend: sea_orm::DbBackend, parts: &[Part<S>], fewest: Option<usize>) -> Condition {
    match fewest {
        Some(driver) => assembled(backend, parts, |index, _| index == driver),
        // Many by each: the planner knows best which index is the shortest.
        None => parts.iter().fold(Condition::all(), |all, part| all.add(part.all.clone())),
    }
}

/// By what the rows of a condition are counted before a way is chosen.
fn beforehand<S>(part: &Part<S>) -> Option<&SelectStatement> {
    part.bound.as_ref().or(part.rows.as_ref())
}

/// The same where a walk was too long.
fn afterwards<S>(part: &Part<S>) -> Option<&SelectStatement> {
    beforehand(part).or(part.many.as_ref())
}

/// What counting the rows of conditions has found.
struct Rarest {
    /// How many rows there are without conditions.
    size: i64,
    /// The condition with the fewest rows, if these are few.
    driver: Option<usize>,
}

/// The condition with the fewest rows, if these are few: to look at all of them costs less than to look at all rows until a
/// page is full. They are counted up to a limit; what is few is said by how many rows there are without conditions.
async fn rarest<S>(
    conn: &impl ConnectionTrait,
    parts: &[Part<S>],
    rows: impl Fn(&Part<S>) -> Option<&SelectStatement>,
    size: &SelectStatement,
    limit: i64,
    few: impl Fn(i64) -> i64,
) -> Result<Option<Rarest>, DbErr> {
    let known: Vec<(usize, &SelectStatement)> =
        parts.iter().enumerate().filter_map(|(index, part)| Some((index, rows(part)?))).collect();
    if known.is_empty() {
        return Ok(None);
    }
    let scalar = |select: SelectStatement| Expr::SubQuery(None, Box::new(select.into()));
    let mut counts = Query::select().expr(scalar(size.clone())).to_owned();
    for (_, rows) in &known {
        let limited = (*rows).clone().limit(limit.unsigned_abs() + 1).to_owned();
        let count = Query::select().expr(Func::count(Expr::cust("*"))).from_subquery(limited, Alias::new("few")).to_owned();
        counts.expr(scalar(count));
    }
    let Some(row) = conn.query_one_raw(conn.get_database_backend().build(&counts)).await? else { return Ok(None) };
    let size: i64 = row.try_get_by_index(0)?;
    // Where a share passes, a page is full after PAGE ÷ share rows.
    let few = few(size);
    let mut rarest = None;
    for (column, (index, _)) in known.iter().enumerate() {
        let count: i64 = row.try_get_by_index(column + 1)?;
        if count <= few && rarest.is_none_or(|(_, least)| count < least) {
            rarest = Some((*index, count));
        }
    }
    Ok(Some(Rarest { size, driver: rarest.map(|(index, _)| index) }))
}
