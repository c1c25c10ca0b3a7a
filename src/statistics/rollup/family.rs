//! Figures that are kept up to date together.

use async_trait::async_trait;
use entity::id::OrderId;
use sea_orm::DatabaseTransaction;

use super::{
    table::{Key, Sums},
    tally::Tally,
};
use crate::fault::Fault;

/// An order that counts for something else than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The order.
    pub order: OrderId,
    /// What is counted for it; nothing for one that is new.
    pub old: Option<Tally>,
    /// What it counts for now; nothing for one that was deleted.
    pub new: Option<Tally>,
}

impl Change {
    /// What is taken away and what is added, with the sign of it.
    pub fn sides(&self) -> impl Iterator<Item = (i64, &Tally)> {
        self.old.iter().map(|old| (-1, old)).chain(self.new.iter().map(|new| (1, new)))
    }
}

/// What changes add to a table, by the rows that an order is counted in.
///
/// # Errors
/// Beyond 64 bits.
pub fn summed<'a, K: Key, const N: usize, Rows>(
    changes: &'a [Change],
    rows: impl Fn(&'a Tally) -> Rows,
) -> Result<Sums<K, N>, Fault>
where
    Rows: Iterator<Item = (K, [i64; N])>,
{
    let mut sums = Sums::default();
    for (sign, tally) in changes.iter().flat_map(Change::sides) {
        for (row, amounts) in rows(tally) {
            sums.add(row, sign, amounts)?;
        }
    }
    Ok(sums)
}

/// Figures that follow from the tallies of all orders and from nothing else.
#[async_trait]
pub trait Family: Send + Sync {
    /// Takes changes over, in the transaction that writes down that they are counted. One such transaction runs at a time.
    ///
    /// # Errors
    /// When the database fails; then nothing is counted.
    async fn apply(&self, tx: &DatabaseTransaction, changes: &[Change]) -> Result<(), Fault>;

    /// Forgets everything.
    ///
    /// # Errors
    /// When the database fails.
    async fn clear(&self, tx: &DatabaseTransaction) -> Result<(), Fault>;
}

/// All figures that are kept up to date.
pub const FAMILIES: &[&dyn Family] = &[
    &super::orders::OrderSums,
    &super::payments::PaymentSums,
    &super::rankings::Rankings,
    &super::buyers::Buyers,
    &super::transitions::Transitions,
    &super::reviews::Reviews,
];
