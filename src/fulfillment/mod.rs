//! Sending goods.

pub mod provider;
