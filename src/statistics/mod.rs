//! Figures of orders and payments, exact and for those whose business it is (STAT-01 to STAT-03, STAT-06 to
//! STAT-11, STORE-03, C-26).
//!
//! Sums are made by the database in whole minor units, currency by currency; what is never done is to add up amounts of
//! different currencies.

pub mod calendar;
mod currency;
pub mod customers;
pub mod dashboard;
pub mod growth;
pub mod kept;
pub mod listed;
pub mod merged;
pub mod months;
pub mod newcomers;
pub mod orders;
pub mod payments;
pub mod period;
pub mod rollup;
pub mod satisfaction;
pub mod scope;
pub mod spans;
pub mod top;
pub mod transition_times;
pub mod trend;
pub mod used;

pub use period::{Period, Window};
pub use scope::{Side, Whose};
