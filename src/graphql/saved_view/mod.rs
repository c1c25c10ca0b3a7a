//! Views of lists that staff keep: the object, the queries, a file for each mutation.

mod content;
mod create;
mod delete;
mod node;
mod query;
mod update;

pub use node::SavedView;
pub use query::SavedViewQuery;
pub(crate) use query::find;

/// Mutations of views.
#[derive(Default, async_graphql::MergedObject)]
pub struct SavedViewMutation(create::SavedViewCreate, update::SavedViewUpdate, delete::SavedViewDelete);

/// Declares the error types of a mutation of a view.
macro_rules! view_errors {
    ($error:ident, $code:ident) => {
        $crate::graphql::error::user_errors! {
            $error, $code = $crate::saved_view::change::Code {
                /// No such view, or not yours to see.
                NotFound,
                /// It is somebody else's.
                Forbidden,
                /// You have as many views as one may have: 100.
                TooManyViews,
                /// The list does not take this filter or this order; see the message.
                InvalidFilter,
                /// Anything else that is wrong with the input.
                InvalidInput,
                /// The key was used with other input.
                IdempotencyKeyReused,
            }
        }
    };
}
use view_errors;
