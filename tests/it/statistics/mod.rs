//! Figures of orders and payments.

pub mod counting;
pub mod dashboard;
pub mod exact;
pub mod orders;
pub mod payments;
