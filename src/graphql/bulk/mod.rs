//! One thing done with many: what the bulk mutations of orders, products and customers share, and the operations of those
//! that take time.

mod action;
mod cancel;
mod node;
mod query;

use async_graphql::Enum;
use entity::stored;

pub(crate) use action::bulk_errors;
pub use action::{BulkActionPayload, Input, chosen};
pub use node::{BulkOperation, BulkReason, BulkResult};
pub use query::BulkQuery;
pub(crate) use query::find;

/// Mutations of bulk operations.
#[derive(Default, async_graphql::MergedObject)]
pub struct BulkMutation(cancel::BulkOperationCancel);

/// What a bulk operation works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::BulkKind")]
pub enum BulkKind {
    /// Orders.
    Orders,
    /// Products.
    Products,
    /// Customers.
    Customers,
}

/// What becomes of the others when one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::BulkMode")]
pub enum BulkMode {
    /// They are done.
    BestEffort,
    /// None is. Takes at most as many as are done in one transaction, 1000 unless the shop set it otherwise.
    AllOrNothing,
}

/// How a bulk operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::BulkStatus")]
pub enum BulkStatus {
    /// Accepted, not begun.
    Queued,
    /// Being worked off.
    Running,
    /// To stop after what is in hand.
    Cancelling,
    /// Stopped before its end; what was done stays done.
    Cancelled,
    /// Worked off to its end; single things may have failed, see failed and results.
    Succeeded,
    /// Broken off; failureCode says why. What was done stays done.
    Failed,
}

/// What came of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::BulkOutcome")]
pub enum BulkOutcome {
    /// It was done.
    Succeeded,
    /// It was so already, and nothing was done.
    Skipped,
    /// It was not done.
    Failed,
}
