//! In which ways an order is paid, as one number that triggers keep: a bit for each way to pay, of its payments and of what the
//! buyer means to use. So a filter on ways to pay is one on a column, with an index and with counts.

use std::sync::Arc;

use entity::stored::PaymentType;
use sea_orm::{ConnectionTrait, DbErr};

use crate::db::statement;

/// The column of `orders`, and of their counts.
pub const COLUMN: &str = "payment_kinds";

/// The bit of a way to pay; stored, so never another one.
pub const fn bit(kind: PaymentType) -> i32 {
    match kind {
        PaymentType::Cash => 1,
        PaymentType::Credit => 1 << 1,
        PaymentType::Debit => 1 << 2,
        PaymentType::Transfer => 1 << 3,
        PaymentType::Voucher => 1 << 4,
        PaymentType::Other => 1 << 5,
    }
}

/// All numbers there can be.
pub fn numbers() -> impl Iterator<Item = i32> {
    let all = PaymentType::all().fold(0, |all, kind| all | bit(kind));
    0..=all
}

/// The numbers that orders have, from the counts of orders: usually few.
///
/// # Errors
/// When the database fails.
pub(crate) async fn occurring(conn: &impl ConnectionTrait) -> Result<Arc<[i32]>, DbErr> {
    let sql = "SELECT payment_kinds FROM order_counts GROUP BY payment_kinds HAVING SUM(n) > 0 ORDER BY payment_kinds";
    let rows = conn.query_all_raw(statement(conn, sql, [])).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}
