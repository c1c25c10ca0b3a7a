//! Payments: reading them, scoped by who asks.

pub mod query;
