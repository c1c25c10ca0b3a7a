//! Figures of orders and payments, exact and for those whose business it is (STAT-01 to STAT-03, STORE-03, C-26).
//!
//! Sums are made by the database in whole minor units, currency by currency; what is never done is to add up amounts of
//! different currencies.

mod currency;
pub mod kept;
pub mod months;
pub mod orders;
pub mod payments;
pub mod period;
pub mod scope;

pub use period::{Period, Window};
pub use scope::{Side, Whose};
