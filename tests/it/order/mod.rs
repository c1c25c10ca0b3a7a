//! Orders.

mod bulk;
mod cancel;
mod create;
mod delete;
mod edit;
mod edit_model;
mod filter;
mod hold;
mod item;
mod note;
mod page;
mod past;
mod query;
mod ship_by;
mod transition;
mod update;
