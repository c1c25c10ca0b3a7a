//! Payments: reading them. Changing them comes with the gateways.

pub mod loader;
mod node;
pub mod query;

pub use node::{Payment, PaymentConnection, PaymentEdge};
pub use query::{PaymentFilter, PaymentQuery};
