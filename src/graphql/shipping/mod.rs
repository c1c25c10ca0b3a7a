//! Ways to ship: the object, the queries, a file for each mutation.

mod create;
pub mod loader;
mod node;
pub mod query;
mod update;

pub use node::ShippingMethod;
pub use query::ShippingQuery;

/// Mutations of ways to ship.
#[derive(Default, async_graphql::MergedObject)]
pub struct ShippingMutation(create::ShippingMethodCreate, update::ShippingMethodUpdate);

/// Declares the error types of a mutation of a way to ship.
macro_rules! shipping_errors {
    ($error:ident, $code:ident) => {
        $crate::graphql::error::user_errors! {
            $error, $code = $crate::shipping::change::Code {
                /// No such way to ship.
                NotFound,
                /// Not an amount of the currency.
                InvalidAmount,
                /// Anything else that is wrong with the input.
                InvalidInput,
                /// The key was used with other input.
                IdempotencyKeyReused,
            }
        }
    };
}
use shipping_errors;
