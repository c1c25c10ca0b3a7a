//! Payments of orders: reading them, scoped by who asks, and moving money, by hand or through a provider.
//!
//! A call of a provider is never made inside a transaction. It takes three steps: what is to be done is written down as an
//! attempt (`attempt`), the provider is asked under the attempt's key (`carry`), and its answer is taken over (`snapshot`,
//! `ledger`). What breaks off in between is asked again by a job (`settle`), and what a provider does by itself is found by
//! looking (`look`), which is all that a webhook leads to.

pub mod abandon;
pub mod attempt;
pub mod books;
pub mod capture;
pub mod card_number;
pub mod carry;
pub mod change;
pub mod create;
pub mod delete;
pub mod gateway;
pub mod ledger;
pub mod look;
pub mod method;
pub mod process;
pub mod query;
pub mod refund;
pub mod snapshot;
pub mod state;
pub mod unwind;
pub mod update;
pub mod void;
pub mod webhook;
