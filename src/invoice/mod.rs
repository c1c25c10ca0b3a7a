//! Invoices and credit notes: one for each store of an order, numbered without gaps, never changed (ORD-27).

mod draft;
pub mod html;
pub mod issue;
pub mod link;
mod number;
pub mod pdf;
pub mod query;
mod settled;
pub mod share;
pub mod sheet;
pub mod snapshot;
