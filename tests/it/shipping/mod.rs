//! Ways to ship.

mod create;
mod update;
