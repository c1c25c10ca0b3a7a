//! Stores.

pub mod loader;
mod node;
mod query;

pub use node::{Store, StoreConnection, StoreEdge};
pub use query::{StoreMutation, StoreQuery};
