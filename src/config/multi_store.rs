//! Orders of goods of several stores.

use clap::ValueEnum;

/// What becomes of an order of goods of several stores (C-37).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MultiStorePolicy {
    /// It is one order.
    #[default]
    Allow,
    /// It is one order per store, which are tied together.
    Split,
    /// It is refused.
    Reject,
}
