//! What the writers of lines share: reading rows by ids, and how times, amounts, ids and labels are written.

use std::collections::HashMap;

use chrono::{NaiveDateTime, TimeZone as _, Timelike as _};
use chrono_tz::Tz;
use entity::{id::OrderId, time::Timestamp};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use uuid::Uuid;

use super::cell::Lines;
use crate::{
    db::{one_of, statement},
    fault::Fault,
    money::{Currency, format_minor},
};

/// A file as it is written, and what writing it needs to know.
pub struct Reading<'a> {
    /// The lines.
    pub lines: &'a mut Lines,
    /// How many there are.
    pub rows: u64,
    /// The time zone of days and times.
    pub zone: Tz,
    /// Names of stores.
    pub stores: &'a HashMap<Uuid, String>,
    /// Pieces at or below which stock is low.
    pub low_stock: i64,
}

impl<'a> Reading<'a> {
    /// Ends a line.
    pub fn end(&mut self) {
        self.lines.end();
        self.rows += 1;
    }

    /// A time to the minute.
    pub fn minute(&mut self, at: i64) {
        let local = self.local(at);
        self.lines.cell(&format!("{} {:02}:{:02}", local.date(), local.hour(), local.minute()));
    }

    /// A day.
    pub fn day(&mut self, at: i64) {
        let local = self.local(at);
        self.lines.cell(&local.date().to_string());
    }

    /// A time to the second, if there is one.
    pub fn second(&mut self, at: Option<i64>) {
        let text = at.map(|at| {
            let local = self.local(at);
            format!("{} {:02}:{:02}:{:02}", local.date(), local.hour(), local.minute(), local.second())
        });
        self.lines.cell(&text.unwrap_or_default());
    }

    fn local(&self, at: i64) -> NaiveDateTime {
        self.zone.from_utc_datetime(&Timestamp(at).datetime().naive_utc()).naive_local()
    }

    /// An id as the API writes it, if there is one.
    pub fn id(&mut self, prefix: &str, id: Option<Uuid>) {
        let text = id.map(|id| typed(prefix, id)).unwrap_or_default();
        self.lines.cell(&text);
    }

    /// The name of a store.
    pub fn store(&self, id: Uuid) -> &'a str {
        self.stores.get(&id).map_or("", String::as_str)
    }
}

/// An id as the API writes it. All are written alike but for their prefix.
pub fn typed(prefix: &str, id: Uuid) -> String {
    let text = OrderId(id).to_string();
    format!("{prefix}{}", &text[OrderId::PREFIX.len()..])
}

/// An amount as the API writes it.
pub fn money(minor: i64, currency: Currency) -> String {
    format_minor(minor, currency)
}

/// The currency of a stored code.
///
/// # Errors
/// For a code that nothing here writes.
pub fn currency(code: &str) -> Result<Currency, Fault> {
    Currency::from_code(code).ok_or_else(|| Fault::Corrupt(format!("currency {code}")))
}

/// A stored name as people read it: `OUT_FOR_DELIVERY` is `Out For Delivery`.
pub fn label(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for word in name.split('_') {
        if !text.is_empty() {
            text.push(' ');
        }
        let mut letters = word.chars();
        text.extend(letters.next());
        text.extend(letters.map(|letter| letter.to_ascii_lowercase()));
    }
    text
}

/// Rows by a list of ids: the beginning of a statement that ends before the list, and what follows the list.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_ids(conn: &impl ConnectionTrait, begin: &str, ids: &[Uuid], end: &str) -> Result<Vec<QueryResult>, DbErr> {
    let (one_of, list) = one_of(conn.get_database_backend(), 1, ids.iter().copied());
    conn.query_all_raw(statement(conn, format!("{begin} {one_of} {end}"), [list])).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_labels() {
        assert_eq!(label("PROCESSING"), "Processing");
        assert_eq!(label("OUT_FOR_DELIVERY"), "Out For Delivery");
        assert_eq!(label(""), "");
    }

    #[test]
    fn ids_are_those_of_the_api() {
        let id = Uuid::from_u128(7);
        assert_eq!(typed("customer", id), entity::id::CustomerId(id).to_string());
    }
}
