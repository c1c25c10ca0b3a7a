//! Stores and their members (STORE-01, STORE-04).

pub mod change;
pub mod create;
pub mod member_add;
pub mod member_remove;
pub mod query;
pub mod update;
