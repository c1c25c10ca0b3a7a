//! Goods that come back: the objects, a file for each mutation.

mod create;
mod decide;
pub mod loader;
mod node;
mod receive;
mod take_back;

pub use node::Return;
pub(crate) use node::find;

/// Mutations of returns.
#[derive(Default, async_graphql::MergedObject)]
pub struct ReturnMutation(create::ReturnCreate, decide::Decisions, receive::ReturnReceive, take_back::OrderReturn);

/// Declares the types of a mutation of a return.
macro_rules! return_types {
    ($payload:ident, $error:ident, $code:ident) => {
        $crate::graphql::error::user_errors! {
            $error, $code = $crate::order_return::change::Code {
                /// No such order, return or line, or not yours.
                NotFound,
                /// The goods did not leave yet, or the order is over.
                OrderNotReturnable,
                /// The return is not in a state for this.
                ReturnNotOpen,
                /// No pieces.
                Empty,
                /// A number of pieces that cannot be.
                InvalidQuantity,
                /// More pieces than can still come back.
                QuantityExceeded,
                /// You may not do this with it.
                Forbidden,
                /// The order changed since the version you know.
                Conflict,
                /// Anything else that is wrong with the input.
                InvalidInput,
                /// The key was used with other input.
                IdempotencyKeyReused,
            }
        }

        /// What came of a change of a return.
        #[derive(async_graphql::SimpleObject)]
        pub struct $payload {
            /// The return as it is now; null when the change was refused.
            r#return: Option<$crate::graphql::order_return::Return>,
            /// The order as it is now; null when the change was refused.
            order: Option<$crate::graphql::order::Order>,
            /// True: this call repeats an earlier one with the same key.
            replayed: bool,
            /// Why it was refused; empty when it was not.
            user_errors: Vec<$error>,
        }

        impl $payload {
            fn of(
                ctx: &async_graphql::Context<'_>,
                outcome: Result<
                    $crate::order_return::change::Changed,
                    $crate::fault::Failure<$crate::order_return::change::Code>,
                >,
            ) -> async_graphql::Result<Self> {
                Ok(match $crate::graphql::error::settle(ctx, outcome)? {
                    Err(user_errors) => Self { r#return: None, order: None, replayed: false, user_errors },
                    Ok(changed) => {
                        let order = $crate::graphql::order::Order::seen(ctx, std::sync::Arc::new(changed.order))?;
                        Self {
                            r#return: Some($crate::graphql::order_return::Return::new(changed.row, changed.lines, order.clone())),
                            order: Some(order),
                            replayed: changed.replayed,
                            user_errors: Vec::new(),
                        }
                    }
                })
            }
        }
    };
}
use return_types;
