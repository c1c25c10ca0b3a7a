//! `addressUpdate`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{Address, address_errors};
use crate::{
    auth::policy::Right,
    customer::address::{
        change::{Code, Parts},
        update,
    },
    graphql::{Here, error},
};

address_errors!(AddressUpdateUserError, AddressUpdateErrorCode);

/// What is to be changed; fields left out stay as they are, empty ones that are not required are taken away.
#[derive(Clone, Debug, InputObject)]
pub struct AddressUpdateInput {
    /// The address.
    address: ID,
    /// Who receives.
    full_name: Option<String>,
    /// E-mail of the receiver.
    email: Option<String>,
    /// Telephone of the receiver, at most 32 characters.
    phone: Option<String>,
    /// Street and number.
    street_address: Option<String>,
    /// City.
    city: Option<String>,
    /// State or province.
    state: Option<String>,
    /// ISO 3166-1 alpha-2 code, such as "DE".
    country: Option<String>,
    /// Postal code, at most 20 characters.
    zip_code: Option<String>,
    /// True makes it the default; a default is taken away only by making another one the default.
    is_default: Option<bool>,
}

/// What came of addressUpdate.
#[derive(SimpleObject)]
pub struct AddressUpdatePayload {
    /// The address as it is now; null when the change was refused.
    address: Option<Address>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<AddressUpdateUserError>,
}

/// `addressUpdate`.
#[derive(Default)]
pub struct AddressUpdate;

#[Object]
impl AddressUpdate {
    /// Changes a saved address, by its customer and staff.
    async fn address_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be changed.")] input: AddressUpdateInput,
    ) -> Result<AddressUpdatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::AddressUpdate)?;
        let outcome = match error::id(&input.address, Code::NotFound, &["address"], "Address") {
            Ok(id) => {
                let parts = Parts {
                    full_name: input.full_name,
                    email: input.email,
                    phone: input.phone,
                    street_address: input.street_address,
                    city: input.city,
                    state: input.state,
                    country: input.country,
                    zip_code: input.zip_code,
                };
                update::update(here.app, here.origin, id, parts, input.is_default).await
            }
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => AddressUpdatePayload { address: None, user_errors },
            Ok(address) => {
                here.loaders.addresses.forget(address.customer_id).await;
                AddressUpdatePayload { address: Some(Address::new(address)), user_errors: Vec::new() }
            }
        })
    }
}
