//! Lines of files of payments.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use uuid::Uuid;

use super::{
    column::PaymentColumn,
    read::{self, Reading, by_id, by_ids, label, money},
};
use crate::fault::Fault;

const SQL: &str = "SELECT p.id, p.order_id, p.status, p.type, p.gateway, p.currency, p.amount_minor, p.authorized_minor, \
    p.captured_minor, p.refunded_minor, p.reference, p.card_brand, p.last4, p.failure_code, p.note, p.method, p.external_id, \
    p.created_at, p.processed_at, o.number, o.customer_name, o.customer_email \
    FROM payments p JOIN orders o ON o.id = p.order_id WHERE p.id";

/// Payments as they were read.
pub struct Rows(HashMap<Uuid, QueryResult>);

/// Reads some payments.
///
/// # Errors
/// When the database fails.
pub async fn payments(conn: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Rows, Fault> {
    Ok(Rows(by_id(by_ids(conn, SQL, ids, "").await?)?))
}

impl Rows {
    /// Writes them in the order of their ids.
    ///
    /// # Errors
    /// For what nothing here wrote.
    pub fn write(&self, reading: &mut Reading<'_>, ids: &[Uuid], columns: &[PaymentColumn]) -> Result<(), Fault> {
        ids.iter().filter_map(|id| self.0.get(id)).try_for_each(|row| write(reading, row, columns))
    }
}

fn write(reading: &mut Reading<'_>, row: &QueryResult, columns: &[PaymentColumn]) -> Result<(), Fault> {
    use PaymentColumn as C;
    let text = |index: usize| Ok::<String, DbErr>(row.try_get_by_index::<Option<String>>(index)?.unwrap_or_default());
    let number = |index: usize| row.try_get_by_index::<i64>(index);
    let currency = read::currency(&text(5)?)?;
    for column in columns {
        match column {
            C::Id => reading.id("payment", row.try_get_by_index(0)?),
            C::OrderId => reading.id("order", row.try_get_by_index(1)?),
            C::Status => reading.lines.cell(&label(&text(2)?)),
            C::Type => reading.lines.cell(&text(3)?),
            C::Gateway => reading.lines.cell(&text(4)?),
            C::Currency => reading.lines.cell(currency.code()),
            C::Amount => reading.lines.cell(&money(number(6)?, currency)),
            C::Authorized => reading.lines.cell(&money(number(7)?, currency)),
            C::Captured => reading.lines.cell(&money(number(8)?, currency)),
            C::Refunded => reading.lines.cell(&money(number(9)?, currency)),
            C::Reference => reading.lines.cell(&text(10)?),
            C::CardBrand => reading.lines.cell(&text(11)?),
            C::Last4 => reading.lines.cell(&text(12)?),
            C::FailureCode => reading.lines.cell(&text(13)?),
            C::Note => reading.lines.cell(&text(14)?),
            C::Method => reading.lines.cell(&text(15)?),
            C::ExternalId => reading.lines.cell(&text(16)?),
            C::Date => reading.minute(number(17)?),
            C::CreatedAt => reading.second(Some(number(17)?)),
            C::ProcessedAt => reading.second(row.try_get_by_index(18)?),
            C::OrderNumber => reading.lines.cell(&text(19)?),
            C::Customer => reading.lines.cell(&text(20)?),
            C::Email => reading.lines.cell(&text(21)?),
        }
    }
    reading.end();
    Ok(())
}
