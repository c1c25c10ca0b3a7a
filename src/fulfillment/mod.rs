//! Fulfillments: what of an order is sent by whom in which parcel, and what is known of its way (ORD-19, ORD-25, ORD-28).
//!
//! An order's status follows from its fulfillments (`state.rs`), and the fulfillments follow an order that is moved as a whole
//! (`follow.rs`). Goods that come back are not dealt with here.

pub mod change;
pub mod create;
pub mod follow;
pub mod label;
pub mod news;
pub mod provider;
pub mod query;
pub mod scene;
pub mod state;
pub mod track;
pub mod tracking;
pub mod tracking_event;
pub mod transition;
pub mod update;
