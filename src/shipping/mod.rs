//! Ways to ship (SHIP-01, SHIP-02).

pub mod change;
pub mod create;
pub mod query;
pub mod update;
