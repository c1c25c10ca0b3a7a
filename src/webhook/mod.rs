//! Outgoing webhooks by the Standard Webhooks specification: endpoints, what each is to be told, the telling.
//!
//! A reader of the log (`consumer.rs`) writes a delivery for each endpoint that wants an event, together with a job; the
//! job (`deliver.rs`) sends it, again and again by the schedule. Jobs of one endpoint and order share a lane, so an order's
//! events arrive in their order: one that is tried again holds up the later ones of its order until it is taken or given
//! up. `docs/webhooks.md` is for receivers.

pub mod address;
pub mod change;
pub mod consumer;
pub mod create;
pub mod delete;
pub mod deliver;
pub mod filter;
pub mod forget;
mod outcome;
pub mod payload;
pub mod ping;
pub mod query;
mod queue;
pub mod redeliver;
pub mod replay;
mod schedule;
pub mod secret_rotate;
mod send;
pub mod signature;
pub mod update;

pub use queue::DELIVER;
