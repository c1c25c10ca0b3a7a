//! Saved addresses of customers (ADDR-01 to ADDR-04). A customer with addresses has exactly one default; every command
//! locks the customer's row first, so that two of them cannot make two. Orders keep snapshots: nothing here changes them.

pub mod change;
pub mod create;
pub mod delete;
pub mod set_default;
pub mod update;
