//! Everything an order can do. One file a verb; the rules themselves are pure and stand in `state` and `pricing`.

pub mod address;
pub mod bulk;
pub mod change;
pub mod create;
pub mod delete;
mod draft;
pub mod edit;
pub mod filter;
pub mod hold;
pub mod hold_release;
pub mod item;
pub mod kept;
pub mod live;
pub mod note;
pub mod number;
pub mod overdue;
pub mod past;
pub mod place;
pub mod pricing;
pub mod query;
pub mod read;
pub mod refund;
pub mod ship_by;
pub mod state;
pub mod transition;
pub mod update;
