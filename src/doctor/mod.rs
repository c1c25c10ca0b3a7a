//! What must always hold, checked on any database: the stored rows against each other, whatever wrote them.
//!
//! Everything is read in one snapshot, so that a running service does not look broken between two statements, and in
//! batches by id, so that memory stays flat. Nothing is mended here.

mod audit;
mod batch;
mod feed;
mod figures;
mod fulfillments;
mod groups;
mod history;
mod invoices;
mod keys;
mod lists;
mod payments;
mod stock;
mod totals;

use std::collections::BTreeMap;

use crate::{clock::Clock, db::Db, fault::Fault};

/// What must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// I1: stock is never below zero and adds up.
    Stock,
    /// I2: one idempotency key, one effect.
    Keys,
    /// I3: refunds are at most what was captured.
    Refunds,
    /// I4: the status history is a legal path without gaps that ends where the order is.
    History,
    /// I5: totals are those of lines and payments.
    Totals,
    /// I7: every event has its place in the log, in order per order.
    Feed,
    /// I8: the event log was only ever appended to.
    Audit,
    /// I14: invoices are numbered without gaps and add up.
    Invoices,
    /// I15: fulfillments hold no more than their order, whose status agrees with them.
    Fulfillments,
    /// I16: sums that figures are read from are those of the orders.
    Figures,
    /// I17: what lists are kept by is what the orders and customers are.
    Lists,
    /// I18: orders that were placed together, one per store, are together.
    Groups,
}

impl Invariant {
    /// All that are checked.
    pub const ALL: [Self; 12] = [
        Self::Stock,
        Self::Keys,
        Self::Refunds,
        Self::History,
        Self::Totals,
        Self::Feed,
        Self::Audit,
        Self::Invoices,
        Self::Fulfillments,
        Self::Figures,
        Self::Lists,
        Self::Groups,
    ];

    /// Its number, `I1`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Stock => "I1",
            Self::Keys => "I2",
            Self::Refunds => "I3",
            Self::History => "I4",
            Self::Totals => "I5",
            Self::Feed => "I7",
            Self::Audit => "I8",
            Self::Invoices => "I14",
            Self::Fulfillments => "I15",
            Self::Figures => "I16",
            Self::Lists => "I17",
            Self::Groups => "I18",
        }
    }

    /// What it is about.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Stock => "stock",
            Self::Keys => "idempotency",
            Self::Refunds => "refunds",
            Self::History => "status history",
            Self::Totals => "totals",
            Self::Feed => "feed",
            Self::Audit => "audit log",
            Self::Invoices => "invoices",
            Self::Fulfillments => "fulfillments",
            Self::Figures => "figures",
            Self::Lists => "lists",
            Self::Groups => "groups",
        }
    }

    /// What is counted when it is checked.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Stock => "variants",
            Self::Keys => "keys",
            Self::Refunds => "payments",
            Self::History | Self::Totals | Self::Fulfillments | Self::Figures | Self::Lists => "orders",
            Self::Groups => "groups",
            Self::Invoices => "documents",
            Self::Feed | Self::Audit => "events",
        }
    }
}

/// One thing that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which invariant is broken.
    pub invariant: &'static str,
    /// Where: an order's number, a SKU, an id.
    pub subject: String,
    /// How.
    pub message: String,
}

/// Most findings of one invariant that are kept; all are counted.
pub const MAX_KEPT: usize = 100;

/// What an examination found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    findings: Vec<Finding>,
    broken: BTreeMap<Invariant, usize>,
    checked: BTreeMap<Invariant, usize>,
}

impl Report {
    /// The findings, at most [`MAX_KEPT`] of each invariant.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// How many findings an invariant has in all.
    pub fn broken(&self, invariant: Invariant) -> usize {
        self.broken.get(&invariant).copied().unwrap_or(0)
    }

    /// How many things an invariant was checked on.
    pub fn checked(&self, invariant: Invariant) -> usize {
        self.checked.get(&invariant).copied().unwrap_or(0)
    }

    /// Whether everything holds.
    pub fn is_healthy(&self) -> bool {
        self.broken.is_empty()
    }

    fn count(&mut self, invariant: Invariant, things: usize) {
        *self.checked.entry(invariant).or_default() += things;
    }

    fn found(&mut self, invariant: Invariant, subject: &str, message: impl Into<String>) {
        let broken = self.broken.entry(invariant).or_default();
        *broken += 1;
        if *broken <= MAX_KEPT {
            self.findings.push(Finding { invariant: invariant.code(), subject: subject.to_owned(), message: message.into() });
        }
    }
}

/// Examines a database; tells what is broken, at most [`MAX_KEPT`] findings of each invariant.
///
/// # Errors
/// When the database fails.
pub async fn examine(db: &Db) -> Result<Vec<Finding>, Fault> {
    Ok(report(db).await?.findings)
}

/// Examines a database; tells also how much was checked and how many findings there are in all.
///
/// # Errors
/// When the database fails.
pub(crate) async fn report(db: &Db) -> Result<Report, Fault> {
    let mut report = Report::default();
    let now = Clock::System.now();
    let snapshot = db.snapshot().await?;
    let tx = snapshot.conn();
    stock::examine(tx, &mut report).await?;
    keys::examine(tx, &mut report).await?;
    invoices::examine(tx, &mut report).await?;
    feed::examine(tx, &mut report).await?;
    figures::examine(tx, &mut report).await?;
    lists::examine(tx, &mut report).await?;
    groups::examine(tx, &mut report).await?;
    let mut batches = batch::Batches::default();
    while let Some(batch) = batches.next(tx).await? {
        for order in &batch.orders {
            stock::examine_order(order, &mut report);
            payments::examine(order, now, &mut report);
            totals::examine(order, &mut report);
            history::examine(order, &mut report);
            audit::examine(order, &mut report);
            fulfillments::examine(order, &mut report);
            groups::examine_order(order, &mut report);
        }
        for (order, events) in &batch.without_order {
            audit::examine_deleted(*order, events, &mut report);
        }
    }
    Ok(report)
}
