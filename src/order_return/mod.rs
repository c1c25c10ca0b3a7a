//! Goods that come back: asked for, accepted or not, received; restocked or written off; paid back.
//!
//! A return never changes what was sold: lines and totals stay as they are, stock and money follow the goods.

pub mod change;
pub mod create;
pub mod decide;
pub mod query;
pub mod receive;
pub mod share;
