//! Stores and their members.

pub mod query;
