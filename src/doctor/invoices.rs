//! I14: numbers of billing documents have no gaps, invoices add up to their order as it was, and credit notes are at most
//! what was invoiced.

use sea_orm::{ConnectionTrait, DbErr};

use super::{Invariant, Report};
use crate::db::statement;

/// What is wrong, as rows of a subject and a message each.
const PROBLEMS: &[&str] = &[
    // Gaps and doubles.
    "SELECT MIN(number), 'and its series: ' || CAST(COUNT(*) AS text) || ' documents from ' || CAST(MIN(sequence) AS text) \
     || ' to ' || CAST(MAX(sequence) AS text) FROM invoices GROUP BY store_id, kind, year \
     HAVING MIN(sequence) <> 1 OR MAX(sequence) <> COUNT(*) OR COUNT(DISTINCT sequence) <> COUNT(*)",
    // Counters.
    "SELECT c.kind || ' ' || CAST(c.year AS text), 'the last number given out is ' || CAST(c.last AS text) \
     || ', the last document is ' || CAST(COALESCE(d.last, 0) AS text) FROM invoice_counters c \
     LEFT JOIN (SELECT store_id, kind, year, MAX(sequence) AS last FROM invoices GROUP BY store_id, kind, year) d \
     ON d.store_id = c.store_id AND d.kind = c.kind AND d.year = c.year WHERE c.last <> COALESCE(d.last, 0)",
    // Each document.
    "SELECT number, 'total is ' || CAST(total_minor AS text) || ', not what its parts make' FROM invoices \
     WHERE total_minor <> subtotal_minor + shipping_minor + tax_minor - discount_minor OR total_minor < 0",
    // The documents of one source.
    "SELECT MIN(number), 'and those of the same source add up to ' || CAST(SUM(total_minor) AS text) || ', not ' \
     || CAST(MAX(source_total_minor) AS text) FROM invoices GROUP BY kind, order_id, source_id \
     HAVING SUM(total_minor) <> MAX(source_total_minor) OR MIN(source_total_minor) <> MAX(source_total_minor)",
    // Credit notes.
    "SELECT i.number, 'is over ' || CAST(MAX(i.total_minor) AS text) || ', its credit notes over ' \
     || CAST(SUM(n.total_minor) AS text) FROM invoices n JOIN invoices i ON i.id = n.refers_to GROUP BY i.id, i.number \
     HAVING SUM(n.total_minor) > MAX(i.total_minor)",
    "SELECT number, 'is a credit note without an invoice, or an invoice with one' FROM invoices \
     WHERE (kind = 'CREDIT_NOTE') <> (refers_to IS NOT NULL)",
];

/// Checks the billing documents.
///
/// # Errors
/// When the database fails.
pub(crate) async fn examine(conn: &impl ConnectionTrait, report: &mut Report) -> Result<(), DbErr> {
    let count = conn.query_one_raw(statement(conn, "SELECT CAST(COUNT(*) AS bigint) FROM invoices", [])).await?;
    let count: i64 = count.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    report.count(Invariant::Invoices, usize::try_from(count).unwrap_or_default());
    for sql in PROBLEMS {
        for row in conn.query_all_raw(statement(conn, *sql, [])).await? {
            let (subject, message): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            report.found(Invariant::Invoices, &subject, message);
        }
    }
    Ok(())
}
