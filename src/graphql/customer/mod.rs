//! Customers and their addresses.

pub mod loader;
mod node;
pub mod query;

pub use node::{Customer, CustomerConnection, CustomerEdge};
pub use query::{CustomerMutation, CustomerQuery};
