//! Numbers of billing documents: a series for each store, kind and year, without gaps.

use chrono::Datelike as _;
use entity::{store, stored::InvoiceKind, time::Timestamp};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbErr};

use crate::db::statement;

/// A number that is given out.
pub struct Number {
    /// Year of its series.
    pub year: i32,
    /// Place in its series.
    pub sequence: i64,
    /// As people read it: `PENS-INV-2026-000001`.
    pub text: String,
}

/// The counter's row is locked by this until the end of the transaction, and falls back with it: no number is lost.
const NEXT: &str = "INSERT INTO invoice_counters (store_id, kind, year, last) VALUES ($1, $2, $3, 1) \
    ON CONFLICT (store_id, kind, year) DO UPDATE SET last = invoice_counters.last + 1 RETURNING last";

/// Gives out the next number of a store.
///
/// # Errors
/// When the database fails.
pub(crate) async fn next(
    tx: &DatabaseTransaction,
    store: &store::Model,
    kind: InvoiceKind,
    now: Timestamp,
) -> Result<Number, DbErr> {
    let year = now.datetime().year();
    let values = [store.id.into(), kind.as_str().into(), year.into()];
    let row = tx.query_one_raw(statement(tx, NEXT, values)).await?;
    let sequence: i64 = row.ok_or(DbErr::RecordNotInserted)?.try_get_by_index(0)?;
    let series = match kind {
        InvoiceKind::Invoice => "INV",
        InvoiceKind::CreditNote => "CN",
    };
    let text = format!("{}-{series}-{year}-{sequence:06}", store.slug.to_uppercase());
    Ok(Number { year, sequence, text })
}
