//! Ways to ship.

pub mod loader;
mod node;
pub mod query;

pub use node::ShippingMethod;
pub use query::{ShippingMutation, ShippingQuery};
