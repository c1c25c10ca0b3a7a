//! Figures of orders from the sums that are kept up to date, and from the orders these are behind with.

use std::collections::BTreeMap;

use entity::{id::StoreId, stored::OrderStatus, time::Timestamp};
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::Value as Json;

use super::{
    Part, Sum,
    question::{KEPT_OR_CANCELLED, Question},
};
use crate::{
    db::{one_of, statement},
    fault::Fault,
    money::Currency,
    statistics::{
        currency::add,
        rollup::{
            ask::{Answer, Ask, ask_once},
            family::Change,
            groups::shares,
            level::Level,
            orders::{Added, SHOP, TABLE, news},
            pieces::{Span, pieces},
            reading::Reading,
            tally::Tally,
        },
    },
};

const OF_SHOP: &str = "SELECT placed_at AS at, currency, status, 1 AS orders, total_minor, refunded_minor, 0 AS lines_minor \
    FROM orders WHERE $2 IS NOT NULL";

/// The same of orders with goods of stores.
fn of_stores(are: &str, several: bool) -> String {
    let once = match several {
        true => format!(
            " AND NOT EXISTS (SELECT 1 FROM order_stores t \
             WHERE t.order_id = s.order_id AND t.store_id {are} AND t.store_id < s.store_id)"
        ),
        false => String::new(),
    };
    format!(
        "SELECT s.placed_at AS at, o.currency, o.status, 1 AS orders, o.total_minor, o.refunded_minor, \
         (SELECT SUM(i.total_minor) FROM order_items i WHERE i.order_id = o.id AND i.store_id {are}) AS lines_minor \
         FROM order_stores s JOIN orders o ON o.id = s.order_id WHERE s.store_id {are}{once}"
    )
}

/// Whose sums are added up, and how often: those of groups of which several of the stores are come off again.
async fn added_up(conn: &impl ConnectionTrait, question: &Question) -> Result<BTreeMap<StoreId, i64>, Fault> {
    let stores = if question.stores.is_empty() { &[SHOP] } else { question.stores.as_slice() };
    let mut times: BTreeMap<StoreId, i64> = stores.iter().map(|store| (*store, 1)).collect();
    if times.len() > 1 {
        times.extend(shares(conn, &question.stores, false).await?.into_iter().map(|share| (share.group, share.times)));
    }
    Ok(times)
}

/// The sums of several stores and groups, with how often each counts: these come as a list, for there may be many.
fn of_several(backend: DbBackend) -> String {
    let times = match backend {
        DbBackend::Postgres => {
            "SELECT (value ->> 0)::uuid AS id, (value ->> 1)::bigint AS times FROM json_array_elements($2::json) OFFSET 0"
        }
        _ => "SELECT unhex(value ->> 0) AS id, value ->> 1 AS times FROM json_each($2)",
    };
    format!("({times}) AS w CROSS JOIN order_rollups")
}

/// The orders of some stretches, by currency and status.
pub(crate) async fn parts(reading: &Reading, behind: &[Change], question: &Question, spans: &[Span]) -> Result<Vec<Part>, Fault> {
    let spans: Vec<Span> = spans.iter().map(|span| span.within(question.placed)).collect();
    let pieces = pieces(&spans, reading.as_of());
    let (conn, backend) = (reading.conn(), reading.conn().get_database_backend());
    let times = added_up(conn, question).await?;
    let stores: Vec<StoreId> = times.keys().copied().collect();
    let (only, are, value) = match stores.as_slice() {
        [only] => ("k.store_id = $2", "= $2", (*only).into()),
        _ => {
            // A group is no store of any line.
            let are = match backend {
                DbBackend::Postgres => "= ANY (ARRAY(SELECT (value ->> 0)::uuid FROM json_array_elements($2::json)))",
                _ => "IN (SELECT unhex(value ->> 0) FROM json_each($2))",
            };
            let list = times.iter().map(|(id, times)| Json::from(vec![id.0.simple().to_string().into(), Json::from(*times)]));
            ("k.store_id = w.id", are, Json::from_iter(list).to_string().into())
        }
    };
    // What no order counts for any more adds nothing.
    let mut only = format!("{only} AND k.orders <> 0");
    if let Some(currency) = question.currency.as_deref().and_then(Currency::from_code) {
        only.push_str(&format!(" AND k.currency = '{}'", currency.code()));
    }
    let asked = Ask {
        table: &TABLE,
        groups: if question.kept_together { &["r.currency", KEPT_OR_CANCELLED] } else { &["r.currency", "r.status"] },
        only: Some((only, value)),
        weighed: (stores.len() > 1).then(|| of_several(backend)),
        rows: if question.stores.is_empty() { OF_SHOP.into() } else { of_stores(are, stores.len() > 1).into() },
    };
    let mut sums: BTreeMap<(usize, String, OrderStatus), [i64; 4]> = BTreeMap::new();
    let code = question.currency.as_deref();
    let name = format!("{times:?} {code:?} {}", question.kept_together);
    let added = |added: &Added| {
        let status = question.status(added.status).as_str().to_owned();
        let times = times.get(&added.store).copied().unwrap_or_default();
        let sums = added.sums.map(|sum| sum.saturating_mul(times));
        code.is_none_or(|code| code == added.currency).then(|| (added.at, [added.currency.clone(), status], sums))
    };
    let mut news = news(reading, &stores);
    let answers = ask_once(&reading.memory().orders, conn, (&asked, name), &pieces, &mut news, added);
    for Answer { place, groups: [currency, status], sums: more } in answers.await? {
        let status = OrderStatus::from_text(&status).ok_or_else(|| Fault::Corrupt(format!("status {status}")))?;
        grow(sums.entry((place, currency, status)).or_default(), 1, more)?;
    }
    for (sign, tally, amounts) in missing(behind, question) {
        for piece in pieces.iter().filter(|piece| piece.level.is_some() && piece.span.holds(tally.placed_at)) {
            let key = (piece.place, tally.currency.clone(), question.status(tally.status));
            grow(sums.entry(key).or_default(), sign * piece.sign, amounts)?;
        }
    }
    let part = |((place, currency, status), [count, total, refunded, lines]): (_, [i64; 4])| match question.by_lines {
        true => Part { place, currency, status, worth: Sum { count, total: lines }, refunded: 0 },
        false => Part { place, currency, status, worth: Sum { count, total }, refunded },
    };
    let parts = sums.into_iter().filter(|((_, currency, status), [count, ..])| {
        *count != 0 && question.statuses.contains(status) && question.currency.as_ref().is_none_or(|code| code == currency)
    });
    Ok(parts.map(part).collect())
}

fn grow(sums: &mut [i64; 4], times: i64, by: [i64; 4]) -> Result<(), Fault> {
    sums.iter_mut().zip(by).try_for_each(|(sum, by)| add(sum, times * by))
}

/// The orders of the question that the sums lack, or have too many of, with the sign.
fn missing<'a>(behind: &'a [Change], question: &Question) -> impl Iterator<Item = (i64, &'a Tally, [i64; 4])> {
    behind.iter().flat_map(Change::sides).filter_map(|(sign, tally)| {
        let is_of = |store: &StoreId| question.stores.is_empty() || question.stores.contains(store);
        let stores = tally.stores();
        let mut lines = stores.iter().filter(|(store, _)| is_of(store)).map(|(_, lines)| *lines).peekable();
        let counts = question.stores.is_empty() || lines.peek().is_some();
        counts.then(|| (sign, tally, [1, tally.total, tally.refunded, lines.sum()]))
    })
}

/// When the first and the last order of a currency were placed, to the month of UTC.
pub(crate) async fn extent(
    reading: &Reading,
    behind: &[Change],
    question: &Question,
    currency: Currency,
) -> Result<Option<(Timestamp, Timestamp)>, Fault> {
    let conn = reading.conn();
    let stores = if question.stores.is_empty() { &[SHOP] } else { question.stores.as_slice() };
    let (one_of, list) = one_of(conn.get_database_backend(), 1, stores.iter().map(|store| store.0));
    let sql = format!(
        "SELECT status, MIN(bucket), MAX(bucket) FROM order_rollups \
         WHERE store_id {one_of} AND level = $2 AND currency = $3 AND orders <> 0 GROUP BY status"
    );
    let values = [list, Level::Month.number().into(), currency.code().into()];
    let mut months: Vec<Timestamp> = Vec::new();
    for row in conn.query_all_raw(statement(conn, sql, values)).await? {
        if question.statuses.contains(&row.try_get_by_index(0)?) {
            months.extend([row.try_get_by_index::<Timestamp>(1)?, row.try_get_by_index(2)?]);
        }
    }
    months.extend(missing(behind, question).map(|(_, tally, _)| tally.placed_at));
    let (Some(first), Some(last)) = (months.iter().min(), months.iter().max()) else { return Ok(None) };
    let all = Span { from: Level::Month.floor(*first), to: Level::Month.next(*last) }.within(question.placed);
    Ok((all.from < all.to).then(|| (all.from, Timestamp(all.to.0 - 1))))
}
