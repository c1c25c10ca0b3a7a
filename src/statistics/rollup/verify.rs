//! Whether what is kept of rankings, buyers, times and reviews is what the counted orders add up to.

use std::collections::BTreeMap;

use entity::{id::OrderId, time::Timestamp};
use roaring::RoaringBitmap;
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use super::{
    buyers, groups,
    histogram::{self, Histogram},
    numbers::place,
    rankings, reviews,
    tally::{self, Tally},
    transitions::{COARSE, Grain, PAGES, transitions},
};
use crate::{
    db::statement,
    fault::Fault,
    statistics::{
        period::local_date,
        spans::{HOUR, Unit, hour},
    },
};

/// Counted orders that are read at once.
const AT_ONCE: usize = 2_000;

/// Other rows that are read at once.
const ROWS_AT_ONCE: usize = 50_000;

/// Sums by what they are of.
type Sums = BTreeMap<String, Vec<i64>>;

/// What a table is to hold, with a statement that gives its sums by text, or its histograms.
struct Expected {
    name: &'static str,
    kept: String,
    sums: Sums,
}

impl Expected {
    fn of(name: &'static str, kept: &str) -> Self {
        Self { name, kept: kept.to_owned(), sums: Sums::new() }
    }

    /// Of histograms, whose keys are told in their order.
    fn of_histograms(table: &histogram::Table) -> Self {
        let keys: Vec<&str> = table.keys.iter().map(|(name, _)| *name).collect();
        Self::of(table.name, &format!("SELECT {}, counts FROM {}", keys.join(" || '/' || "), table.name))
    }

    fn add(&mut self, key: String, amounts: &[i64]) {
        let sums = self.sums.entry(key).or_insert_with(|| vec![0; amounts.len()]);
        for (sum, amount) in sums.iter_mut().zip(amounts) {
            *sum = sum.saturating_add(*amount);
        }
    }
}

/// What does not agree, in words; and how many orders were looked at.
///
/// # Errors
/// When the database fails.
pub async fn verify(conn: &impl ConnectionTrait) -> Result<(Vec<String>, usize), Fault> {
    let (zone, (numbers, mut problems)) = (rankings::zone(conn).await?, groups::verify(conn).await?);
    let mut ranked = Expected::of(
        "rankings",
        &format!(
            "SELECT kind || '/' || unit || '/' || start || '/' || currency, CAST(SUM(units) AS bigint), CAST(SUM(orders) AS bigint), \
         CAST(SUM(revenue_minor) AS bigint) FROM rankings \
         WHERE kind < {} OR unit = {} GROUP BY kind, unit, start, currency",
            groups::FIRST,
            Unit::All as i32
        ),
    );
    let mut hours = Expected::of(
        "customer_hours",
        "SELECT CAST(hour AS text), CAST(SUM(orders) AS bigint) FROM customer_hours GROUP BY hour",
    );
    let (mut times, mut pages) = (Expected::of_histograms(&COARSE), Expected::of_histograms(&PAGES));
    let mut steps = Expected::of(
        "order_transitions",
        "SELECT from_status || '/' || to_status, COUNT(*), CAST(SUM(seconds) AS bigint) FROM order_transitions \
         GROUP BY from_status, to_status",
    );
    let mut said = Expected::of("review_rollups", "SELECT level || '/' || bucket || '/' || rating, reviews FROM review_rollups");
    let (mut after, mut looked_at) = (OrderId(Uuid::nil()), 0);
    loop {
        let orders = counted(conn, after).await?;
        let Some((last, _)) = orders.last() else { break };
        after = *last;
        looked_at += orders.len();
        for (_, tally) in &orders {
            let day = local_date(tally.placed_at, zone);
            let Some(cells) = rankings::all_cells(tally, &numbers) else {
                problems.push(format!("store_groups lacks the group of stores that sold {:?}", tally.stores().keys()));
                continue;
            };
            for (kind, _, amounts) in cells {
                // Of groups of stores only those of all time: their days are as many as orders.
                for unit in Unit::EACH.into_iter().filter(|unit| kind < groups::FIRST || *unit == Unit::All) {
                    ranked.add(format!("{kind}/{}/{}/{}", unit as i32, unit.place(day), tally.currency), &amounts);
                }
            }
            if let Some((_, at)) = buyers::buyer(tally) {
                hours.add(hour(at).to_string(), &[1]);
            }
            for step in transitions(tally) {
                let (from, to) = step.pair;
                steps.add(format!("{from}/{to}"), &[1, step.seconds]);
                for unit in Unit::EACH {
                    let place = place(unit, step.at);
                    let (level, page, fine) = (unit as i32, Grain::Coarse.bin(step.seconds), Grain::Fine.bin(step.seconds));
                    times.add(format!("{level}/{place}/{from}/{to}/{page}"), &[1, step.seconds]);
                    if Grain::has_page(page) {
                        pages.add(format!("{level}/{from}/{to}/{page}/{place}"), &[1, fine.into()]);
                    }
                }
            }
            for (at, rating) in reviews::cells(tally) {
                for unit in Unit::EACH {
                    said.add(format!("{}/{}/{rating}", unit as i32, place(unit, at)), &[1]);
                }
            }
        }
    }
    let mut customers = Expected::of("customer_rollups", "SELECT level || '/' || bucket, customers FROM customer_rollups");
    let sql = format!("SELECT number, created_at FROM customers WHERE number > $1 ORDER BY number LIMIT {ROWS_AT_ONCE}");
    let mut last = -1_i64;
    loop {
        let rows = conn.query_all_raw(statement(conn, sql.clone(), [last.into()])).await?;
        let Some(row) = rows.last() else { break };
        last = row.try_get_by_index(0)?;
        for row in rows {
            let at: Timestamp = row.try_get_by_index(1)?;
            for unit in Unit::EACH {
                customers.add(format!("{}/{}", unit as i32, place(unit, at)), &[1]);
            }
        }
    }
    problems.extend(sets(conn).await?);
    for expected in [ranked, hours, steps, said, customers] {
        let kept = sums(conn, &expected.kept).await?;
        problems.extend(compare(expected, kept));
    }
    let kept = bins(conn, &times.kept).await?;
    problems.extend(compare(times, kept));
    let kept = whole_pages(conn, &pages.kept).await?;
    problems.extend(compare(pages, kept));
    Ok((problems, looked_at))
}

async fn counted(conn: &impl ConnectionTrait, after: OrderId) -> Result<Vec<(OrderId, Tally)>, Fault> {
    let sql = format!("SELECT order_id, tally FROM order_tallies WHERE order_id > $1 ORDER BY order_id LIMIT {AT_ONCE}");
    let rows = conn.query_all_raw(statement(conn, sql, [after.into()])).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, tally::read(&row.try_get_by_index::<String>(1)?)?))).collect()
}

/// What a statement gives, by the text it begins with.
async fn sums(conn: &impl ConnectionTrait, sql: &str) -> Result<Sums, Fault> {
    let rows = conn.query_all_raw(statement(conn, sql, [])).await?;
    let sums = |row: &QueryResult| {
        let width = row.column_names().len();
        let sums = (1..width).map(|place| row.try_get_by_index(place)).collect::<Result<_, _>>()?;
        Ok((row.try_get_by_index(0)?, sums))
    };
    rows.iter().map(sums).collect()
}

/// The bins of the histograms that a statement gives.
async fn bins(conn: &impl ConnectionTrait, sql: &str) -> Result<Sums, Fault> {
    let mut bins = Sums::new();
    for row in conn.query_all_raw(statement(conn, sql, [])).await? {
        let key: String = row.try_get_by_index(0)?;
        let histogram: Histogram<2> = histogram::of(&row, 1)?;
        bins.extend(histogram.0.into_iter().map(|(bin, sums)| (format!("{key}/{bin}"), sums.to_vec())));
    }
    Ok(bins)
}

/// The pages that a statement gives, each as one: there are almost as many fine bins as changes.
async fn whole_pages(conn: &impl ConnectionTrait, sql: &str) -> Result<Sums, Fault> {
    let mut pages = Sums::new();
    for row in conn.query_all_raw(statement(conn, sql, [])).await? {
        let page: Histogram<1> = histogram::of(&row, 1)?;
        let sum = |of: fn((i32, i64)) -> i64| page.0.iter().map(|(bin, [count])| of((*bin, *count))).sum();
        pages.insert(row.try_get_by_index(0)?, vec![sum(|(_, count)| count), sum(|(bin, count)| i64::from(bin) * count)]);
    }
    Ok(pages)
}

/// Differences between what is kept and what is expected; sums of nothing are as good as none.
fn compare(mut expected: Expected, kept: Sums) -> Vec<String> {
    let mut problems = Vec::new();
    for (key, kept) in kept {
        let sums = expected.sums.remove(&key).unwrap_or_else(|| vec![0; kept.len()]);
        if sums != kept {
            problems.push(format!("{} {key} holds {kept:?}, its orders add up to {sums:?}", expected.name));
        }
    }
    let missing = expected.sums.into_iter().filter(|(_, sums)| sums.iter().any(|sum| *sum != 0));
    problems.extend(missing.map(|(key, sums)| format!("{} lacks {key}, its orders add up to {sums:?}", expected.name)));
    problems
}

/// Sets of customers that do not hold those who have orders in their hours.
async fn sets(conn: &impl ConnectionTrait) -> Result<Vec<String>, Fault> {
    let mut expected: BTreeMap<(i32, i32), RoaringBitmap> = BTreeMap::new();
    let sql = format!(
        "SELECT CAST(hour AS bigint), number, orders FROM customer_hours WHERE (hour, number) > ($1, $2) \
         ORDER BY hour, number LIMIT {ROWS_AT_ONCE}"
    );
    let (mut hour, mut number) = (i64::from(i32::MIN), -1_i64);
    loop {
        let rows = conn.query_all_raw(statement(conn, sql.clone(), [hour.into(), number.into()])).await?;
        let Some(row) = rows.last() else { break };
        (hour, number) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        for row in rows {
            let (hour, number, orders): (i64, i64, i64) =
                (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            for unit in Unit::EACH.into_iter().filter(|_| orders > 0) {
                let place = place(unit, Timestamp(hour.saturating_mul(HOUR)));
                expected.entry((unit as i32, place)).or_default().insert(number as u32);
            }
        }
    }
    let mut kept: BTreeMap<(i32, i32), RoaringBitmap> = BTreeMap::new();
    let sql = "SELECT level, bucket, members FROM customer_sets";
    for row in conn.query_all_raw(statement(conn, sql, [])).await? {
        let members = buyers::set(&row.try_get_by_index::<Vec<u8>>(2)?)?;
        *kept.entry((row.try_get_by_index(0)?, row.try_get_by_index(1)?)).or_default() |= members;
    }
    kept.retain(|_, members| !members.is_empty());
    let keys: std::collections::BTreeSet<_> = expected.keys().chain(kept.keys()).copied().collect();
    let differ = keys.into_iter().filter(|key| expected.get(key) != kept.get(key));
    let of = |sets: &BTreeMap<(i32, i32), RoaringBitmap>, key: (i32, i32)| sets.get(&key).map_or(0, RoaringBitmap::len);
    Ok(differ
        .map(|key| {
            let (unit, bucket) = key;
            format!("customer_sets {unit}/{bucket} holds {}, {} bought", of(&kept, key), of(&expected, key))
        })
        .collect())
}
