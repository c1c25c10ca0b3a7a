//! Stores: the objects, the queries, a file for each mutation.

mod create;
pub mod loader;
mod member_add;
mod member_remove;
mod node;
mod query;
mod update;

pub use node::{Store, StoreConnection, StoreEdge, StoreMember};
pub use query::StoreQuery;

/// Mutations of stores.
#[derive(Default, async_graphql::MergedObject)]
pub struct StoreMutation(create::StoreCreate, update::StoreUpdate, member_add::StoreMemberAdd, member_remove::StoreMemberRemove);

/// Declares the error types of a mutation of a store.
macro_rules! store_errors {
    ($error:ident, $code:ident) => {
        $crate::graphql::error::user_errors! {
            $error, $code = $crate::store::change::Code {
                /// No such store or user, or not yours.
                NotFound,
                /// Another store has this slug.
                SlugTaken,
                /// The store has products, whose prices are in its currency.
                CurrencyFixed,
                /// Anything else that is wrong with the input.
                InvalidInput,
                /// The key was used with other input.
                IdempotencyKeyReused,
            }
        }
    };
}
use store_errors;
