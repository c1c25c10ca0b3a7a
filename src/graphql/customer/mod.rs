//! Customers and their addresses: the objects, the queries, a file for each mutation.

pub mod address;
mod bulk;
mod create;
mod filter;
pub mod loader;
mod node;
pub mod query;
mod update;

pub use address::Address;
pub use filter::{CustomerFilter, CustomerSort, CustomerSortField};
pub use node::{Customer, CustomerConnection, CustomerEdge, CustomerStatus};
pub use query::CustomerQuery;

/// Mutations of customers and their addresses.
#[derive(Default, async_graphql::MergedObject)]
pub struct CustomerMutation(create::CustomerCreate, update::CustomerUpdate, address::AddressMutation, bulk::CustomersBulkAction);

/// Declares the error types of a mutation of a customer.
macro_rules! customer_errors {
    ($error:ident, $code:ident) => {
        $crate::graphql::error::user_errors! {
            $error, $code = $crate::customer::change::Code {
                /// No such customer, or not you.
                NotFound,
                /// Another customer has this e-mail address.
                EmailTaken,
                /// Only staff, or only administrators, may give this.
                Forbidden,
                /// Anything else that is wrong with the input.
                InvalidInput,
                /// The key was used with other input.
                IdempotencyKeyReused,
            }
        }
    };
}
use customer_errors;
