//! `addressCreate`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{Address, address_errors};
use crate::{
    auth::policy::Right,
    customer::address::{
        change::{Code, Parts},
        create::{self, NewAddress},
    },
    fault::Refusal,
    graphql::{Here, error},
};

address_errors!(AddressCreateUserError, AddressCreateErrorCode);

/// What is to be saved.
#[derive(Clone, Debug, InputObject)]
pub struct AddressCreateInput {
    /// Whose address, by staff; else yours.
    customer: Option<ID>,
    /// Who receives; the customer's name unless told.
    full_name: Option<String>,
    /// E-mail of the receiver.
    email: Option<String>,
    /// Telephone of the receiver, at most 32 characters.
    phone: Option<String>,
    /// Street and number.
    street_address: String,
    /// City.
    city: String,
    /// State or province.
    state: Option<String>,
    /// ISO 3166-1 alpha-2 code, such as "DE".
    country: String,
    /// Postal code, 1 to 20 characters.
    zip_code: Option<String>,
    /// Whether it is used from now on unless another one is chosen; a customer's first address always is.
    #[graphql(default_with = "Some(false)")]
    is_default: Option<bool>,
    /// Makes a repeated call the same call: the same key and input give the same address.
    idempotency_key: Option<String>,
}

impl AddressCreateInput {
    fn address(self) -> Result<NewAddress, Refusal<Code>> {
        Ok(NewAddress {
            customer: self.customer.map(|id| error::id(&id, Code::NotFound, &["customer"], "Customer")).transpose()?,
            parts: Parts {
                full_name: self.full_name,
                email: self.email,
                phone: self.phone,
                street_address: Some(self.street_address),
                city: Some(self.city),
                state: self.state,
                country: Some(self.country),
                zip_code: self.zip_code,
            },
            is_default: self.is_default.unwrap_or(false),
        })
    }
}

/// What came of addressCreate.
#[derive(SimpleObject)]
pub struct AddressCreatePayload {
    /// The address; null when it was refused.
    address: Option<Address>,
    /// True: this call repeats an earlier one with the same key.
    replayed: bool,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<AddressCreateUserError>,
}

/// `addressCreate`.
#[derive(Default)]
pub struct AddressCreate;

#[Object]
impl AddressCreate {
    /// Saves an address of a customer.
    async fn address_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be saved.")] mut input: AddressCreateInput,
    ) -> Result<AddressCreatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::AddressCreate)?;
        let key = input.idempotency_key.take();
        let outcome = match input.address() {
            Ok(new) => create::create(here.app, here.origin, new, key.as_deref()).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => AddressCreatePayload { address: None, replayed: false, user_errors },
            Ok(created) => {
                here.loaders.addresses.forget(created.address.customer_id).await;
                let address = Some(Address::new(created.address));
                AddressCreatePayload { address, replayed: created.replayed, user_errors: Vec::new() }
            }
        })
    }
}
