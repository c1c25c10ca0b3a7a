//! How many orders there are of each kind, and of which stores an order has goods.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DbErr};

use super::Place;
use crate::db::statement;

/// What orders are counted by.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// Status, payment, goods, way and currency as stored.
    pub columns: [String; 5],
    /// The ways it is paid in.
    pub payment_kinds: i32,
    /// Whether it is held.
    pub is_held: bool,
}

const KEPT: &str = "SELECT status, payment_status, fulfillment_status, type, currency, payment_kinds, held, \
    CAST(SUM(n) AS bigint) FROM order_counts GROUP BY status, payment_status, fulfillment_status, type, currency, \
    payment_kinds, held";

/// How many orders there are of each kind: as few as there are kinds.
#[derive(Default)]
pub struct Counts(BTreeMap<Kind, i64>);

impl Counts {
    /// Counts an order.
    pub fn add(&mut self, kind: Kind) {
        *self.0.entry(kind).or_default() += 1;
    }

    /// What is kept otherwise, as pairs of subject and message. Of what there is none, a zero may be kept.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn compare(mut self, conn: &impl ConnectionTrait) -> Result<Vec<(String, String)>, DbErr> {
        let mut problems = Vec::new();
        for row in conn.query_all_raw(statement(conn, KEPT, [])).await? {
            let text = |index: usize| row.try_get_by_index::<String>(index);
            let kind = Kind {
                columns: [text(0)?, text(1)?, text(2)?, text(3)?, text(4)?],
                payment_kinds: row.try_get_by_index(5)?,
                is_held: row.try_get_by_index::<i64>(6)? != 0,
            };
            let (kept, there): (i64, i64) = (row.try_get_by_index(7)?, self.0.remove(&kind).unwrap_or_default());
            if kept != there {
                problems.push((name(&kind), format!("{kept} orders are counted, {there} are there")));
            }
        }
        let missing = self.0.into_iter().map(|(kind, there)| (name(&kind), format!("no orders are counted, {there} are there")));
        problems.extend(missing);
        Ok(problems)
    }
}

fn name(kind: &Kind) -> String {
    let held = if kind.is_held { ", held" } else { "" };
    format!("order_counts {} {:06b}{held}", kind.columns.join(" "), kind.payment_kinds)
}

/// What is wrong with the stores that an order is listed by.
pub fn places(wanted: BTreeSet<Place>, kept: Vec<Place>) -> Vec<String> {
    let kept: BTreeSet<Place> = kept.into_iter().collect();
    let lacks = wanted.difference(&kept).map(|(store, at)| format!("is not listed by {store} at {}", at.0));
    let much = kept.difference(&wanted).map(|(store, at)| format!("is listed by {store} at {}, where it is not", at.0));
    lacks.chain(much).collect()
}
