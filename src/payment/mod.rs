//! Payments: reading them, scoped by who asks.

pub mod gateway;
pub mod query;
