//! Payments: the object, the queries, a file for each mutation.

mod capture;
pub mod changed;
mod create;
mod delete;
pub mod loader;
mod method;
mod node;
mod process;
pub mod query;
mod refund;
mod update;
mod void;

pub use method::PaymentMethod;
pub use node::{Payment, PaymentConnection, PaymentEdge, Refund};
pub use query::{PaymentFilter, PaymentQuery, PaymentSort};

/// Mutations of payments and saved methods.
#[derive(Default, async_graphql::MergedObject)]
pub struct PaymentMutation(
    create::PaymentCreate,
    process::PaymentProcess,
    capture::PaymentCapture,
    void::PaymentVoid,
    refund::PaymentRefund,
    update::PaymentUpdate,
    delete::PaymentDelete,
    method::PaymentMethodDelete,
);
