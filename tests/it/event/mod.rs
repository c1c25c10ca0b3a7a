//! The event log.

mod feed;
