//! `customerCreate`.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use super::{Customer, customer_errors};
use crate::{
    auth::policy::Right,
    customer::create::{self, NewCustomer},
    graphql::{Here, error},
};

customer_errors!(CustomerCreateUserError, CustomerCreateErrorCode);

/// Who is to be created.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerCreateInput {
    /// Full name, 1 to 255 characters.
    name: String,
    /// E-mail address, unique.
    email: Option<String>,
    /// Telephone number, at most 32 characters.
    phone: Option<String>,
    /// Makes a repeated call the same call: the same key and input give the same customer.
    idempotency_key: Option<String>,
}

/// What came of customerCreate.
#[derive(SimpleObject)]
pub struct CustomerCreatePayload {
    /// The customer; null when it was refused.
    customer: Option<Customer>,
    /// True: this call repeats an earlier one with the same key.
    replayed: bool,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<CustomerCreateUserError>,
}

/// `customerCreate`.
#[derive(Default)]
pub struct CustomerCreate;

#[Object]
impl CustomerCreate {
    /// Creates a customer without a user of its own, by staff.
    async fn customer_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is to be created.")] input: CustomerCreateInput,
    ) -> Result<CustomerCreatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::CustomerCreate)?;
        let new = NewCustomer { name: input.name, email: input.email, phone: input.phone };
        let outcome = create::create(here.app, here.origin, new, input.idempotency_key.as_deref()).await;
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => CustomerCreatePayload { customer: None, replayed: false, user_errors },
            Ok(created) => {
                let customer = Some(Customer::new(Arc::new(created.customer)));
                CustomerCreatePayload { customer, replayed: created.replayed, user_errors: Vec::new() }
            }
        })
    }
}
