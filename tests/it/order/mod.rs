//! Orders.

mod bulk;
mod cancel;
mod create;
mod delete;
mod filter;
mod page;
mod query;
mod transition;
mod update;
