//! I17: what lists are kept by agrees with the orders: how many there are of each kind, whose goods an order has, how it is paid,
//! and the texts that orders and customers are searched by, with the indexes over them.

mod counts;
mod index;
mod search;

use entity::{
    id::{CustomerId, OrderId, StoreId},
    stored::PaymentType,
    time::Timestamp,
};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use uuid::Uuid;

use self::{
    counts::{Counts, Kind},
    index::Index,
    search::Texts,
};
use super::{Invariant, Report, batch::grouped};
use crate::{db::statement, fault::Fault, order::payment_kinds};

/// Orders or customers of one batch.
const SIZE: usize = 2_000;

const ORDERS: &str = "SELECT id, number, status, payment_status, fulfillment_status, type, currency, \
    CASE WHEN held_at IS NULL THEN 0 ELSE 1 END, placed_at, search_text, customer_name, customer_email, tracking_number, \
    external_id, payment_kinds, payment_type FROM orders WHERE id > $1 ORDER BY id LIMIT 2000";

const PAID_BY: &str = "SELECT order_id, type FROM payments WHERE order_id > $1 AND order_id <= $2";

const LINES: &str = "SELECT order_id, store_id, sku FROM order_items WHERE order_id > $1 AND order_id <= $2";

const STORES: &str = "SELECT order_id, store_id, placed_at FROM order_stores WHERE order_id > $1 AND order_id <= $2";

const REFERENCES: &str = "SELECT order_id, reference FROM payments \
    WHERE order_id > $1 AND order_id <= $2 AND reference IS NOT NULL UNION ALL SELECT order_id, tracking_number \
    FROM fulfillments WHERE order_id > $1 AND order_id <= $2 AND tracking_number IS NOT NULL";

const CUSTOMERS: &str = "SELECT id, search_text, name, email, phone, external_id FROM customers \
    WHERE id > $1 ORDER BY id LIMIT 2000";

/// A store of an order and when the order was placed, as lists are sorted.
type Place = (StoreId, Timestamp);

/// Checks what lists are kept by.
///
/// # Errors
/// When the database fails.
pub(crate) async fn examine(conn: &impl ConnectionTrait, report: &mut Report) -> Result<(), Fault> {
    orders(conn, report).await?;
    customers(conn, report).await
}

async fn orders(conn: &impl ConnectionTrait, report: &mut Report) -> Result<(), Fault> {
    let mut counts = Counts::default();
    let mut index = Index::of(conn.get_database_backend(), "order_search", "order_id", "orders_search");
    let (mut after, mut is_over) = (Uuid::nil(), false);
    while !is_over {
        let rows = conn.query_all_raw(statement(conn, ORDERS, [after.into()])).await?;
        is_over = rows.len() < SIZE;
        let upper = match rows.last() {
            Some(last) if !is_over => last.try_get_by_index(0)?,
            _ => Uuid::max(),
        };
        let range = (after, upper);
        let line = |row: &QueryResult| Ok((row.try_get_by_index(1)?, row.try_get_by_index(2)?));
        let mut lines = grouped::<(StoreId, Option<String>)>(conn, LINES, range, line).await?;
        let place = |row: &QueryResult| Ok((row.try_get_by_index(1)?, row.try_get_by_index(2)?));
        let mut places = grouped::<Place>(conn, STORES, range, place).await?;
        let mut references = grouped::<String>(conn, REFERENCES, range, |row| row.try_get_by_index(1)).await?;
        let mut paid_by = grouped::<PaymentType>(conn, PAID_BY, range, |row| row.try_get_by_index(1)).await?;
        let mut indexed = index.texts(conn, range).await?;
        report.count(Invariant::Lists, rows.len());
        for row in &rows {
            let (id, number): (Uuid, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            counts.add(kind(row)?);
            let mut found = |message: String| report.found(Invariant::Lists, &number, message);
            let lines = lines.remove(&id).unwrap_or_default();
            let placed_at: Timestamp = row.try_get_by_index(8)?;
            let wanted = lines.iter().map(|(store, _)| (*store, placed_at)).collect();
            for problem in counts::places(wanted, places.remove(&id).unwrap_or_default()) {
                found(problem);
            }
            let meant: Option<PaymentType> = row.try_get_by_index(15)?;
            let kinds = paid_by.remove(&id).unwrap_or_default().into_iter().chain(meant).map(payment_kinds::bit);
            let (listed, paid): (i32, i32) = (row.try_get_by_index(14)?, kinds.fold(0, |bits, bit| bits | bit));
            if listed != paid {
                found(format!("is listed by the ways to pay {listed:06b}, it has {paid:06b}"));
            }
            let mut texts = Texts::of(row.try_get_by_index(9)?);
            texts.expect(Some(&number));
            for column in 10..=13 {
                texts.expect(row.try_get_by_index::<Option<String>>(column)?.as_deref());
            }
            for part in lines.iter().filter_map(|(_, sku)| sku.as_ref()).chain(&references.remove(&id).unwrap_or_default()) {
                texts.expect(Some(part));
            }
            for problem in texts.problems().into_iter().chain(index.expect(texts.text(), indexed.remove(&id))) {
                found(problem);
            }
        }
        for (id, _) in places {
            report.found(Invariant::Lists, &OrderId(id).to_string(), "is listed by store and is not there");
        }
        for (id, _) in indexed {
            report.found(Invariant::Lists, &OrderId(id).to_string(), "is in the search index and is not there");
        }
        after = upper;
    }
    let problems = [counts.compare(conn).await?, index.compare(conn).await?].concat();
    for (subject, message) in problems {
        report.found(Invariant::Lists, &subject, message);
    }
    Ok(())
}

async fn customers(conn: &impl ConnectionTrait, report: &mut Report) -> Result<(), Fault> {
    let mut index = Index::of(conn.get_database_backend(), "customer_search", "customer_id", "customers_search");
    let (mut after, mut is_over) = (Uuid::nil(), false);
    while !is_over {
        let rows = conn.query_all_raw(statement(conn, CUSTOMERS, [after.into()])).await?;
        is_over = rows.len() < SIZE;
        let upper = match rows.last() {
            Some(last) if !is_over => last.try_get_by_index(0)?,
            _ => Uuid::max(),
        };
        let mut indexed = index.texts(conn, (after, upper)).await?;
        for row in &rows {
            let id: Uuid = row.try_get_by_index(0)?;
            let mut texts = Texts::of(row.try_get_by_index(1)?);
            for column in 2..=5 {
                texts.expect(row.try_get_by_index::<Option<String>>(column)?.as_deref());
            }
            for problem in texts.problems().into_iter().chain(index.expect(texts.text(), indexed.remove(&id))) {
                report.found(Invariant::Lists, &CustomerId(id).to_string(), problem);
            }
        }
        for (id, _) in indexed {
            report.found(Invariant::Lists, &CustomerId(id).to_string(), "is in the search index and is not there");
        }
        after = upper;
    }
    for (subject, message) in index.compare(conn).await? {
        report.found(Invariant::Lists, &subject, message);
    }
    Ok(())
}

fn kind(row: &QueryResult) -> Result<Kind, DbErr> {
    let text = |index: usize| row.try_get_by_index::<String>(index);
    let held: i32 = row.try_get_by_index(7)?;
    Ok(Kind {
        columns: [text(2)?, text(3)?, text(4)?, text(5)?, text(6)?],
        payment_kinds: row.try_get_by_index(14)?,
        is_held: held != 0,
    })
}
