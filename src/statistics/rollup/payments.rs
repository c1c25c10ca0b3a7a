//! Payments by when they were begun, currency, state, way and provider.

use async_trait::async_trait;
use entity::{
    stored::{PaymentGateway, PaymentStatus, PaymentType},
    time::Timestamp,
};
use sea_orm::DatabaseTransaction;
use serde_json::Value as Json;

use super::{
    family::{Change, Family, summed},
    level::Level,
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

/// Keeps [`TABLE`].
pub struct PaymentSums;

#[async_trait]
impl Family for PaymentSums {
    async fn apply(&self, tx: &DatabaseTransaction, changes: &[Change]) -> Result<(), Fault> {
        summed(changes, rows)?.write(tx, &TABLE).await
    }

    async fn clear(&self, tx: &DatabaseTransaction) -> Result<(), Fault> {
        Ok(table::clear(tx, &TABLE).await?)
    }
}
