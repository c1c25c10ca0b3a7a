//! Orders.

mod bulk;
mod cancel;
mod create;
mod delete;
mod filter;
mod page;
mod past;
mod query;
mod transition;
mod update;
