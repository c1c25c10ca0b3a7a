//! Figures of orders and payments.

pub mod counting;
pub mod orders;
pub mod payments;
