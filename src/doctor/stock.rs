//! I1: stock is never below zero and adds up, and what is sold is what lines of orders hold.

use entity::{id::VariantId, stored::OrderStatus};
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::{Invariant, Report, batch::OrderFacts};
use crate::db::statement;

/// Variants of one batch.
const SIZE: usize = 2_000;

const VARIANTS: &str = "SELECT v.id, v.sku, v.available, v.reserved, v.sold, v.written_off, v.received, \
    (SELECT CAST(COALESCE(SUM(i.stock_taken), 0) AS bigint) FROM order_items i WHERE i.variant_id = v.id) \
    FROM product_variants v WHERE v.id > $1 ORDER BY v.id LIMIT 2000";

/// Checks every variant.
///
/// # Errors
/// When the database fails.
pub(crate) async fn examine(conn: &impl ConnectionTrait, report: &mut Report) -> Result<(), DbErr> {
    let mut after = Uuid::nil();
    loop {
        let rows = conn.query_all_raw(statement(conn, VARIANTS, [after.into()])).await?;
        report.count(Invariant::Stock, rows.len());
        for row in &rows {
            let id: VariantId = row.try_get_by_index(0)?;
            after = id.0;
            let mut piles = [0_i64; 6];
            for (place, pile) in piles.iter_mut().enumerate() {
                *pile = row.try_get_by_index(place + 2)?;
            }
            let problems = problems(piles);
            if !problems.is_empty() {
                let sku: String = row.try_get_by_index(1)?;
                problems.into_iter().for_each(|problem| report.found(Invariant::Stock, &sku, problem));
            }
        }
        if rows.len() < SIZE {
            return Ok(());
        }
    }
}

/// What does not add up: `available`, `reserved`, `sold`, `written_off`, `received`, and the pieces that lines hold.
fn problems([available, reserved, sold, written_off, received, held]: [i64; 6]) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, pile) in [("available", available), ("reserved", reserved), ("sold", sold)] {
        if pile < 0 {
            problems.push(format!("{name} is {pile}, below zero"));
        }
    }
    let piles = [available, reserved, sold, written_off].map(i128::from).iter().sum::<i128>();
    if piles != i128::from(received) {
        problems.push(format!(
            "received {received} is not {available} available + {reserved} reserved + {sold} sold + {written_off} written off"
        ));
    }
    if sold != held {
        problems.push(format!("{sold} sold, but lines of orders hold {held}"));
    }
    problems
}

/// Checks that a cancelled order holds no stock.
pub fn examine_order(order: &OrderFacts, report: &mut Report) {
    let held: i64 = order.lines.iter().map(|line| i64::from(line.stock_taken)).sum();
    if order.status == OrderStatus::Cancelled.as_str() && held != 0 {
        report.found(Invariant::Stock, &order.number, format!("is cancelled, but its lines hold {held} pieces"));
    }
    for line in order.lines.iter().filter(|line| line.stock_taken < 0 || line.stock_taken > line.quantity) {
        let message = format!("line {} holds {} of {} pieces", line.position, line.stock_taken, line.quantity);
        report.found(Invariant::Stock, &order.number, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn piles_must_add_up_and_sold_pieces_be_held() {
        assert!(problems([5, 1, 3, 1, 10, 3]).is_empty());
        assert_eq!(problems([5, 1, 3, 1, 11, 3]).len(), 1);
        assert_eq!(problems([5, 1, 3, 1, 10, 2]), ["3 sold, but lines of orders hold 2"]);
        assert_eq!(problems([-1, 0, 3, 0, 2, 3]), ["available is -1, below zero"]);
        assert_eq!(problems([i64::MAX, i64::MAX, 0, 0, -2, 0]).len(), 1);
    }
}
