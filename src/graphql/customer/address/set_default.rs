//! `addressSetDefault`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{Address, address_errors};
use crate::{
    auth::policy::Right,
    customer::address::{change::Code, set_default},
    graphql::{Here, error},
};

address_errors!(AddressSetDefaultUserError, AddressSetDefaultErrorCode);

/// Which address becomes the default.
#[derive(Clone, Debug, InputObject)]
pub struct AddressSetDefaultInput {
    /// The address.
    address: ID,
}

/// What came of addressSetDefault.
#[derive(SimpleObject)]
pub struct AddressSetDefaultPayload {
    /// The address as it is now; null when the change was refused.
    address: Option<Address>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<AddressSetDefaultUserError>,
}

/// `addressSetDefault`.
#[derive(Default)]
pub struct AddressSetDefault;

#[Object]
impl AddressSetDefault {
    /// Makes an address the default of its customer in place of the one that was.
    async fn address_set_default(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which address becomes the default.")] input: AddressSetDefaultInput,
    ) -> Result<AddressSetDefaultPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::AddressSetDefault)?;
        let outcome = match error::id(&input.address, Code::NotFound, &["address"], "Address") {
            Ok(id) => set_default::set_default(here.app, here.origin, id).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => AddressSetDefaultPayload { address: None, user_errors },
            Ok(address) => {
                here.loaders.addresses.forget(address.customer_id).await;
                AddressSetDefaultPayload { address: Some(Address::new(address)), user_errors: Vec::new() }
            }
        })
    }
}
