//! Files of rows to take away: orders, their lines, payments, customers, products, as CSV (EXP-01 to EXP-04). Only for those
//! who see everything.
//!
//! An export is a row with what was asked for; a job writes its file, in parts, into the database, so that every copy of the
//! service can hand it out; a signed link gives it to a browser. The command line writes the same files to disk.

pub mod bundle;
pub mod cancel;
pub mod cell;
pub mod change;
pub mod column;
pub mod create;
mod customer_rows;
pub mod delete;
mod fields;
pub mod forget;
pub mod job;
pub mod link;
mod order_rows;
mod payment_rows;
mod product_rows;
pub mod query;
mod read;
pub mod spec;
pub mod write;
