//! Exports: the object, the queries, a file for each mutation.

mod cancel;
mod columns;
mod create;
mod delete;
pub mod input;
mod node;
pub mod query;

pub use node::Export;
pub use query::ExportQuery;

/// Mutations of exports.
#[derive(Default, async_graphql::MergedObject)]
pub struct ExportMutation(create::ExportCreate, cancel::ExportCancel, delete::ExportDelete);

/// Declares the error types of a mutation of exports.
macro_rules! export_errors {
    ($error:ident, $code:ident) => {
        $crate::graphql::error::user_errors! {
            $error, $code = $crate::export::change::Code {
                /// No such export.
                NotFound,
                /// It is ready, given up or called off already.
                NotRunning,
                /// There are as many exports as there may be.
                LimitReached,
                /// Anything else that is wrong with the input.
                InvalidInput,
                /// The key was used with other input.
                IdempotencyKeyReused,
            }
        }
    };
}
use export_errors;
