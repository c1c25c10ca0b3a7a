//! Payments by when they were begun, currency, state, way and provider.

use async_trait::async_trait;
use entity::{
    stored::{PaymentGateway, PaymentStatus, PaymentType},
    time::Timestamp,
};
use sea_orm::{DatabaseTransaction, DbErr, QueryResult};
use serde_json::Value as Json;

use super::{
    family::{Change, Family, summed},
    journal::{Entry, Journal, News},
    level::Level,
    reading::Reading,
    table::{self, Key, Kind, Table},
    tally::{Paid, Tally},
};
use crate::fault::Fault;

/// The sums.
pub const TABLE: Table = Table {
    name: "payment_rollups",
    keys: &[
        ("level", Kind::Int),
        ("bucket", Kind::Int),
        ("currency", Kind::Text),
        ("status", Kind::Text),
        ("type", Kind::Text),
        ("gateway", Kind::Text),
    ],
    sums: &["payments", "amount_minor", "captured_minor", "refunded_minor"],
};

/// What a payment counts for: itself, what it is over, what was captured of it and given back of that.
pub fn amounts(payment: &Paid) -> [i64; 4] {
    [1, payment.amount, payment.captured, payment.refunded]
}

/// A row of [`TABLE`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// How long a stretch it is for.
    pub level: Level,
    /// Where that begins.
    pub bucket: Timestamp,
    /// In which currency.
    pub currency: String,
    /// In which state.
    pub status: PaymentStatus,
    /// In which way.
    pub kind: PaymentType,
    /// Through whom.
    pub gateway: PaymentGateway,
}

impl Key for Row {
    fn columns(&self) -> Vec<Json> {
        vec![
            self.level.number().into(),
            self.bucket.0.into(),
            self.currency.as_str().into(),
            self.status.as_str().into(),
            self.kind.as_str().into(),
            self.gateway.as_str().into(),
        ]
    }
}

/// The rows that the payments of an order are counted in.
pub fn rows(tally: &Tally) -> impl Iterator<Item = (Row, [i64; 4])> {
    tally.payments.iter().flat_map(|payment| {
        let row = |level: Level| Row {
            level,
            bucket: level.floor(payment.created_at),
            currency: payment.currency.clone(),
            status: payment.status,
            kind: payment.kind,
            gateway: payment.gateway,
        };
        Level::ALL.map(row).map(|row| (row, amounts(payment)))
    })
}

/// Changes of the sums of quarters of an hour; the others are made of these.
pub const JOURNAL: Journal = Journal {
    name: "payment_sum_changes",
    columns: &[
        ("at", Kind::Int),
        ("currency", Kind::Text),
        ("status", Kind::Text),
        ("type", Kind::Text),
        ("gateway", Kind::Text),
        ("payments", Kind::Int),
        ("amount_minor", Kind::Int),
        ("captured_minor", Kind::Int),
        ("refunded_minor", Kind::Int),
    ],
    anything: (
        "at, currency, status, type, gateway, payments, amount_minor, captured_minor, refunded_minor",
        "0, '', '', '', '', 0, 0, 0, 0",
    ),
};

/// What is added to the sums.
pub struct Added {
    /// Where the quarter of an hour begins.
    pub at: Timestamp,
    /// Currency, state, way and provider.
    pub groups: [String; 4],
    /// How much.
    pub sums: [i64; 4],
}

impl Entry for Added {
    const COLUMNS: &str = "at, currency, status, type, gateway, payments, amount_minor, captured_minor, refunded_minor";

    fn read(row: &QueryResult) -> Result<Option<Self>, DbErr> {
        let groups: [String; 4] =
            [row.try_get_by_index(2)?, row.try_get_by_index(3)?, row.try_get_by_index(4)?, row.try_get_by_index(5)?];
        if groups[0].is_empty() {
            return Ok(None);
        }
        let sums = [row.try_get_by_index(6)?, row.try_get_by_index(7)?, row.try_get_by_index(8)?, row.try_get_by_index(9)?];
        Ok(Some(Self { at: row.try_get_by_index(1)?, groups, sums }))
    }
}

/// What the journal says.
pub fn news(reading: &Reading) -> News<'_, Added> {
    News::new(reading, &JOURNAL, ("1 = 1".to_owned(), Vec::new()))
}

/// Keeps [`TABLE`].
pub struct PaymentSums;

#[async_trait]
impl Family for PaymentSums {
    async fn apply(&self, tx: &DatabaseTransaction, changes: &[Change]) -> Result<(), Fault> {
        let sums = summed(changes, rows)?;
        sums.write(tx, &TABLE).await?;
        let told = sums.rows().filter(|(row, _)| row.level == Level::Quarter).map(|(row, amounts)| {
            let words = [row.currency.as_str(), row.status.as_str(), row.kind.as_str(), row.gateway.as_str()];
            let sums = amounts.iter().map(|sum| Json::from(*sum));
            [row.bucket.0.into()].into_iter().chain(words.map(Json::from)).chain(sums).collect()
        });
        Ok(JOURNAL.write(tx, told.collect()).await?)
    }

    async fn clear(&self, tx: &DatabaseTransaction) -> Result<(), Fault> {
        JOURNAL.forget(tx).await?;
        Ok(table::clear(tx, &TABLE).await?)
    }
}
