//! Products and their variants.

pub mod loader;
mod node;
pub mod query;

pub use node::{Product, ProductConnection, ProductEdge, ProductVariant};
pub use query::{CatalogueMutation, CatalogueQuery};
