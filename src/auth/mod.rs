//! Who calls, and what they may do.

pub mod actor;
pub mod mac;
pub mod password;
pub mod policy;
pub mod session;
pub mod token;
pub mod user;
