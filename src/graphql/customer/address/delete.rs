//! `addressDelete`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::address_errors;
use crate::{
    auth::policy::Right,
    customer::address::{change::Code, delete},
    graphql::{Here, customer::Customer, error},
};

address_errors!(AddressDeleteUserError, AddressDeleteErrorCode);

/// Which address is deleted.
#[derive(Clone, Debug, InputObject)]
pub struct AddressDeleteInput {
    /// The address.
    address: ID,
}

/// What came of addressDelete.
#[derive(SimpleObject)]
pub struct AddressDeletePayload {
    /// Id of the address that is gone; null when the deletion was refused.
    deleted_id: Option<ID>,
    /// Whose address it was.
    customer: Option<Customer>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<AddressDeleteUserError>,
}

/// `addressDelete`.
#[derive(Default)]
pub struct AddressDelete;

#[Object]
impl AddressDelete {
    /// Deletes a saved address; when it was the default, the oldest other one becomes it. Orders keep their snapshots.
    async fn address_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which address is deleted.")] input: AddressDeleteInput,
    ) -> Result<AddressDeletePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::AddressDelete)?;
        let outcome = match error::id(&input.address, Code::NotFound, &["address"], "Address") {
            Ok(id) => delete::delete(here.app, here.origin, id).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => AddressDeletePayload { deleted_id: None, customer: None, user_errors },
            Ok(customer) => {
                here.loaders.addresses.forget(customer.id).await;
                let customer = Some(Customer::new(Arc::new(customer)));
                AddressDeletePayload { deleted_id: Some(input.address), customer, user_errors: Vec::new() }
            }
        })
    }
}
