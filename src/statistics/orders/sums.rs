//! Figures of orders from the sums that are kept up to date, and from the orders these are behind with.

use std::collections::BTreeMap;

use entity::{stored::OrderStatus, time::Timestamp};
use sea_orm::ConnectionTrait as _;

use super::{
    Part, Sum,
    question::{KEPT_OR_CANCELLED, Question},
};
use crate::{
    db::statement,
    fault::Fault,
    money::Currency,
    statistics::{
        currency::add,
        rollup::{
            ask::{Answer, Ask, ask_once},
            family::Change,
            level::Level,
            orders::{Added, Cell, SHOP, TABLE, cells, news},
            pieces::{Span, pieces},
            reading::Reading,
        },
    },
};

const OF_SHOP: &str = "SELECT placed_at AS at, currency, status, 1 AS orders, total_minor, refunded_minor, 0 AS lines_minor \
    FROM orders WHERE $2 IS NOT NULL";

const OF_STORE: &str = "SELECT o.placed_at AS at, o.currency, o.status, 1 AS orders, o.total_minor, o.refunded_minor, \
    (SELECT SUM(i.total_minor) FROM order_items i WHERE i.order_id = o.id AND i.store_id = $2) AS lines_minor \
    FROM orders o WHERE EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = o.id AND i.store_id = $2)";

/// The orders of some stretches, by currency and status.
pub(crate) async fn parts(reading: &Reading, behind: &[Change], question: &Question, spans: &[Span]) -> Result<Vec<Part>, Fault> {
    let spans: Vec<Span> = spans.iter().map(|span| span.within(question.placed)).collect();
    let pieces = pieces(&spans, reading.as_of());
    // What no order counts for any more adds nothing.
    let mut only = "store_id = $2 AND orders <> 0".to_owned();
    if let Some(currency) = question.currency.as_deref().and_then(Currency::from_code) {
        only.push_str(&format!(" AND currency = '{}'", currency.code()));
    }
    let asked = Ask {
        table: &TABLE,
        groups: if question.kept_together { &["r.currency", KEPT_OR_CANCELLED] } else { &["r.currency", "r.status"] },
        only: Some((only, question.store.into())),
        rows: if question.store == SHOP { OF_SHOP } else { OF_STORE },
    };
    let mut sums: BTreeMap<(usize, String, OrderStatus), [i64; 4]> = BTreeMap::new();
    let code = question.currency.as_deref();
    let name = format!("{} {code:?} {}", question.store.0, question.kept_together);
    let added = |added: &Added| {
        let status = question.status(added.status).as_str().to_owned();
        code.is_none_or(|code| code == added.currency).then(|| (added.at, [added.currency.clone(), status], added.sums))
    };
    let mut news = news(reading, question.store);
    let answers = ask_once(&reading.memory().orders, reading.conn(), (&asked, name), &pieces, &mut news, added);
    for Answer { place, groups: [currency, status], sums: more } in answers.await? {
        let status = OrderStatus::from_text(&status).ok_or_else(|| Fault::Corrupt(format!("status {status}")))?;
        grow(sums.entry((place, currency, status)).or_default(), 1, more)?;
    }
    for (sign, cell, amounts) in missing(behind, question) {
        for piece in pieces.iter().filter(|piece| piece.level.is_some() && piece.span.holds(cell.placed_at)) {
            let key = (piece.place, cell.currency.clone(), question.status(cell.status));
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

/// The cells of the question that the sums lack, or have too many of, with the sign.
fn missing(behind: &[Change], question: &Question) -> impl Iterator<Item = (i64, Cell, [i64; 4])> {
    let cells = behind
        .iter()
        .flat_map(Change::sides)
        .flat_map(|(sign, tally)| cells(tally).map(move |(cell, amounts)| (sign, cell, amounts)));
    cells.filter(|(_, cell, _)| cell.store == question.store)
}

/// When the first and the last order of a currency were placed, to the month of UTC.
pub(crate) async fn extent(
    reading: &Reading,
    behind: &[Change],
    question: &Question,
    currency: Currency,
) -> Result<Option<(Timestamp, Timestamp)>, Fault> {
    let conn = reading.conn();
    let sql = "SELECT status, MIN(bucket), MAX(bucket) FROM order_rollups \
        WHERE store_id = $1 AND level = $2 AND currency = $3 AND orders <> 0 GROUP BY status";
    let values = [question.store.into(), Level::Month.number().into(), currency.code().into()];
    let mut months: Vec<Timestamp> = Vec::new();
    for row in conn.query_all_raw(statement(conn, sql, values)).await? {
        if question.statuses.contains(&row.try_get_by_index(0)?) {
            months.extend([row.try_get_by_index::<Timestamp>(1)?, row.try_get_by_index(2)?]);
        }
    }
    months.extend(missing(behind, question).map(|(_, cell, _)| cell.placed_at));
    let (Some(first), Some(last)) = (months.iter().min(), months.iter().max()) else { return Ok(None) };
    let all = Span { from: Level::Month.floor(*first), to: Level::Month.next(*last) }.within(question.placed);
    Ok((all.from < all.to).then(|| (all.from, Timestamp(all.to.0 - 1))))
}
