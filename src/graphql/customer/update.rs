//! `customerUpdate`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{Customer, CustomerStatus, customer_errors};
use crate::{
    auth::policy::Right,
    customer::{
        change::Code,
        update::{self, Edit},
    },
    graphql::{Here, error},
};

customer_errors!(CustomerUpdateUserError, CustomerUpdateErrorCode);

/// What is to be changed; fields left out stay as they are.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerUpdateInput {
    /// The customer.
    customer: ID,
    /// Full name, 1 to 255 characters.
    name: Option<String>,
    /// E-mail address, unique, by staff; an empty one takes it away. The user's sign-in name stays as it is.
    email: Option<String>,
    /// Telephone number, at most 32 characters; an empty one takes it away.
    phone: Option<String>,
    /// Whether the customer may buy, by staff. Who is blocked is signed out at once.
    status: Option<CustomerStatus>,
}

/// What came of customerUpdate.
#[derive(SimpleObject)]
pub struct CustomerUpdatePayload {
    /// The customer as it is now; null when the change was refused.
    customer: Option<Customer>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<CustomerUpdateUserError>,
}

/// `customerUpdate`.
#[derive(Default)]
pub struct CustomerUpdate;

#[Object]
impl CustomerUpdate {
    /// Changes a customer: name and phone by the customer itself, everything by staff. Orders keep what was agreed.
    async fn customer_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be changed.")] input: CustomerUpdateInput,
    ) -> Result<CustomerUpdatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::CustomerUpdate)?;
        let outcome = match error::id(&input.customer, Code::NotFound, &["customer"], "Customer") {
            Ok(id) => {
                let edit =
                    Edit { name: input.name, email: input.email, phone: input.phone, status: input.status.map(Into::into) };
                update::update(here.app, here.origin, id, edit).await
            }
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => CustomerUpdatePayload { customer: None, user_errors },
            Ok(customer) => {
                here.loaders.customers.forget(customer.id).await;
                CustomerUpdatePayload { customer: Some(Customer::new(Arc::new(customer))), user_errors: Vec::new() }
            }
        })
    }
}
