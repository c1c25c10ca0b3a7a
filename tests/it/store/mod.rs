//! Stores.

mod create;
mod member;
mod update;
