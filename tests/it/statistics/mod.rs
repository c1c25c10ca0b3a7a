//! Figures of orders and payments.

pub mod orders;
pub mod payments;
