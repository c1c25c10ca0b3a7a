//! Invoices and credit notes: reading them. The service itself issues them.

pub mod loader;
mod node;
pub mod query;

pub use node::{Invoice, InvoiceConnection, InvoiceEdge, InvoiceKind};
pub use query::{InvoiceFilter, InvoiceQuery};
