//! Saved addresses: the object, and a file for each mutation.

mod create;
mod delete;
mod node;
mod set_default;
mod update;

pub use node::Address;

/// Mutations of saved addresses.
#[derive(Default, async_graphql::MergedObject)]
pub struct AddressMutation(create::AddressCreate, update::AddressUpdate, delete::AddressDelete, set_default::AddressSetDefault);

/// Declares the error types of a mutation of an address.
macro_rules! address_errors {
    ($error:ident, $code:ident) => {
        $crate::graphql::error::user_errors! {
            $error, $code = $crate::customer::address::change::Code {
                /// No such address or customer, or not yours.
                NotFound,
                /// Not an address; see field.
                InvalidAddress,
                /// More addresses than a customer may have.
                TooManyAddresses,
                /// Anything else that is wrong with the input.
                InvalidInput,
                /// The key was used with other input.
                IdempotencyKeyReused,
            }
        }
    };
}
use address_errors;
