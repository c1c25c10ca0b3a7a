//! Which rows of the rankings are added up: those of a kind, or of the stores that sold products.

use entity::id::StoreId;
use sea_orm::ConnectionTrait;

use super::{
    groups,
    rankings::{Amounts, Kind, Sold},
};
use crate::fault::Fault;

/// The sums of a kind, or the products of groups of stores: which rows are added up, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Which(Vec<(i32, i64)>);

impl Which {
    /// Those of a kind.
    pub fn of(kind: Kind) -> Self {
        Self(vec![(kind as i32, 1)])
    }

    /// The products that stores sold.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn sold_by(conn: &impl ConnectionTrait, stores: &[StoreId]) -> Result<Self, Fault> {
        let shares = groups::shares(conn, stores, true).await?;
        Ok(Self(shares.into_iter().map(|share| (share.number, share.times)).collect()))
    }

    /// The number of its rows, where they are those of one kind or store.
    pub fn only(&self) -> Option<i32> {
        match self.0.as_slice() {
            [(number, 1)] => Some(*number),
            _ => None,
        }
    }

    /// Whether there are none.
    pub fn is_nothing(&self) -> bool {
        self.0.is_empty()
    }

    /// Its rows as a condition.
    pub fn condition(&self) -> String {
        let numbers: Vec<String> = self.0.iter().map(|(number, _)| number.to_string()).collect();
        match numbers.as_slice() {
            [only] => format!("kind = {only}"),
            several => format!("kind IN ({})", several.join(", ")),
        }
    }

    /// How many orders a row counts for.
    pub fn orders(&self) -> String {
        let once = |(_, times): &&(i32, i64)| *times != 1;
        let when: Vec<String> = self.0.iter().filter(once).map(|(number, times)| format!("WHEN {number} THEN {times}")).collect();
        match when.is_empty() {
            true => "orders".to_owned(),
            false => format!("orders * CASE kind {} ELSE 1 END", when.join(" ")),
        }
    }

    /// What a change adds.
    pub fn added(&self, sold: &Sold) -> Amounts {
        let [units, orders, revenue] = sold.amounts;
        let times = self.0.iter().find(|(number, _)| *number == sold.kind).map_or(0, |(_, times)| *times);
        [units, orders.saturating_mul(times), revenue]
    }

    /// Bytes that it takes beside itself.
    pub fn weight(&self) -> usize {
        size_of_val(self.0.as_slice())
    }
}
