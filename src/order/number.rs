//! Order numbers: `ORD-YYYYMMDD-NNNN`, unique, growing through the day, gaps allowed (ORD-02, C-14).
//!
//! A number taken inside the order's own transaction would make every other order of the day wait for its commit. They
//! are set aside beforehand, in blocks that grow with the traffic, and handed back when an order comes to nothing.

use std::collections::BTreeSet;

use entity::time::Timestamp;
use sea_orm::{ConnectionTrait, DbErr};
use tokio::sync::Mutex;

use crate::{
    db::{Db, statement},
    fault::Fault,
};

/// Most numbers set aside at once.
const MAX_BLOCK: i64 = 64;

/// A block used up within this time was too small.
const BUSY_MICROS: i64 = 1_000_000;

/// Numbers of the current day that are set aside for this process.
#[derive(Default)]
pub struct Numbers(Mutex<Block>);

#[derive(Default)]
struct Block {
    day: String,
    free: BTreeSet<i64>,
    size: i64,
    taken_at: i64,
}

/// A number taken for an order.
#[derive(Debug)]
pub struct Number {
    day: String,
    sequence: i64,
}

impl Number {
    /// The text on the order.
    pub fn text(&self) -> String {
        format!("ORD-{}-{:04}", self.day, self.sequence)
    }
}

/// The day a moment belongs to, as numbers and counters name it.
pub fn day_of(moment: Timestamp) -> String {
    moment.datetime().format("%Y%m%d").to_string()
}

impl Numbers {
    /// Takes a number for an order placed at `placed_at`. Call it outside any transaction.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn take(&self, db: &Db, placed_at: Timestamp, now: Timestamp) -> Result<Number, Fault> {
        let day = day_of(placed_at);
        if day != day_of(now) {
            let sequence = reserve(db, &day, 1).await?;
            return Ok(Number { day, sequence });
        }
        let mut block = self.0.lock().await;
        if block.day != day {
            *block = Block { day: day.clone(), ..Default::default() };
        }
        if block.free.is_empty() {
            let busy = block.size > 0 && now.0 - block.taken_at < BUSY_MICROS;
            let size = if busy { (block.size * 2).min(MAX_BLOCK) } else { 1 };
            let last = reserve(db, &day, size).await?;
            block.free.extend(last - size + 1..=last);
            block.size = size;
            block.taken_at = now.0;
        }
        let sequence = block.free.pop_first().ok_or_else(|| Fault::Internal("no order number".into()))?;
        Ok(Number { day, sequence })
    }

    /// Hands back a number no order came to bear.
    pub(crate) async fn give_back(&self, number: Number) {
        let mut block = self.0.lock().await;
        if block.day == number.day {
            block.free.insert(number.sequence);
        }
    }
}

/// Sets `count` numbers of a day aside and tells the last of them.
async fn reserve(db: &Db, day: &str, count: i64) -> Result<i64, Fault> {
    let sql = "INSERT INTO number_counters (day, last) VALUES ($1, $2) \
               ON CONFLICT (day) DO UPDATE SET last = number_counters.last + excluded.last RETURNING last";
    let row = db.writer().query_one_raw(statement(db.writer(), sql, [day.into(), count.into()])).await?;
    let row = row.ok_or_else(|| Fault::Database(DbErr::RecordNotFound("number counter".into())))?;
    Ok(row.try_get_by_index(0)?)
}
