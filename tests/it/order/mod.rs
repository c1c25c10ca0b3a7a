//! Orders.

mod bulk;
mod cancel;
mod create;
mod delete;
mod filter;
mod hold;
mod page;
mod query;
mod ship_by;
mod transition;
mod update;
