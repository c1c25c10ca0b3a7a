//! Signing in, and who is signed in.

pub mod loader;
mod session;
mod viewer;

pub use session::AuthMutation;
pub use viewer::{AuthQuery, User};
