//! Telling people what happened to orders: in the product, by e-mail, by short message (NOTE-01, NOTE-02, ORD-31).
//!
//! A reader of the event log writes what users see and enqueues what leaves the house, in one transaction; jobs send it, try
//! again and give up. No request ever waits for a mail server.

pub mod consumer;
pub mod delete;
pub mod kind;
pub mod letter;
pub mod mail;
pub mod mark_read;
pub mod outlet;
pub mod preference;
pub mod query;
pub mod sms;
mod smtp;
pub mod template;
mod told;

pub use outlet::{Outlets, check};
