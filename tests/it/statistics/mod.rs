//! Figures of orders and payments.

pub mod counting;
pub mod dashboard;
pub mod exact;
pub mod figures;
pub mod newcomers;
pub mod orders;
pub mod payments;
pub mod plans;
pub mod rankings;
