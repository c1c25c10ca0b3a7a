//! Asking a table of sums for some stretches of time at once.

use sea_orm::{ConnectionTrait, DbBackend, Value};
use serde_json::Value as Json;

use super::{pieces::Piece, table::Table};
use crate::{db::statement, fault::Fault};

/// What is asked, beside the stretches.
pub struct Ask {
    /// The sums.
    pub table: &'static Table,
    /// What the answer is grouped by, of a row `r`, texts all of them.
    pub groups: &'static [&'static str],
    /// A condition on the key with `$2`, and its value.
    pub only: Option<(String, Value)>,
    /// A select of the rows that the sums are of: `at`, what the groups need and the sums. It may use `$2` too.
    pub rows: &'static str,
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

/// The sums of pieces by place and group: one statement for what is summed up already, one for what rows are asked for,
/// each only when there is something to ask.
///
/// # Errors
/// When the database fails.
pub async fn ask<const G: usize, const N: usize>(
    conn: &impl ConnectionTrait,
    ask: &Ask,
    pieces: &[Piece],
) -> Result<Vec<Answer<G, N>>, Fault> {
    let mut answers = Vec::new();
    let (kept, rows): (Vec<&Piece>, Vec<&Piece>) = pieces.iter().partition(|piece| piece.level.is_some());
    for (pieces, is_kept) in [(kept, true), (rows, false)] {
        if pieces.is_empty() {
            continue;
        }
        let sql = select(conn.get_database_backend(), ask, is_kept);
        let list = Json::from_iter(pieces.iter().map(|piece| piece.columns())).to_string();
        let values = [list.into()].into_iter().chain(ask.only.iter().map(|(_, value)| value.clone()));
        for row in conn.query_all_raw(statement(conn, sql, values)).await? {
            let mut groups = [const { String::new() }; G];
            let mut sums = [0; N];
            for (index, group) in groups.iter_mut().enumerate() {
                *group = row.try_get_by_index(1 + index)?;
            }
            for (index, sum) in sums.iter_mut().enumerate() {
                *sum = row.try_get_by_index(1 + G + index)?;
            }
            let place = usize::try_from(row.try_get_by_index::<i64>(0)?).unwrap_or(usize::MAX);
            answers.push(Answer { place, groups, sums });
        }
    }
    Ok(answers)
}

/// The pieces lead and the sums are looked up for each by their key: on SQLite CROSS JOIN keeps that order, on PostgreSQL
/// LATERAL does.
fn select(backend: DbBackend, ask: &Ask, is_kept: bool) -> String {
    let sums: Vec<String> = ask.table.sums.iter().map(|sum| format!("CAST(SUM(p.sign * r.{sum}) AS bigint) AS {sum}")).collect();
    let sums = sums.join(", ");
    let of = ask.groups.join(", ");
    let source = match is_kept {
        true => format!("SELECT k.*, k.bucket AS at FROM {} AS k{}", ask.table.name, only(ask)),
        false => ask.rows.to_owned(),
    };
    let held = match is_kept {
        true => "r.level = p.level AND r.at >= p.lo AND r.at < p.hi",
        false => "r.at >= p.lo AND r.at < p.hi",
    };
    match backend {
        DbBackend::Postgres => format!(
            "SELECT p.place, {of}, {sums} FROM (SELECT (value ->> 0)::bigint AS place, (value ->> 1)::bigint AS level, \
             (value ->> 2)::bigint AS lo, (value ->> 3)::bigint AS hi, (value ->> 4)::bigint AS sign \
             FROM json_array_elements($1::json) AS given (value)) AS p \
             CROSS JOIN LATERAL (SELECT * FROM ({source}) AS r WHERE {held} OFFSET 0) AS r GROUP BY p.place, {of}"
        ),
        _ => format!(
            "WITH p AS MATERIALIZED (SELECT value ->> 0 AS place, value ->> 1 AS level, value ->> 2 AS lo, value ->> 3 AS hi, \
             value ->> 4 AS sign FROM json_each($1)) \
             SELECT p.place, {of}, {sums} FROM p CROSS JOIN ({source}) AS r WHERE {held} GROUP BY p.place, {of}"
        ),
    }
}

fn only(ask: &Ask) -> String {
    ask.only.as_ref().map_or_else(String::new, |(condition, _)| format!(" WHERE {condition}"))
}
