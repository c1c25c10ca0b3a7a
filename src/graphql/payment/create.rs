//! `paymentCreate`.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::changed::{payment_payload, terms};
use crate::{
    auth::policy::Right,
    graphql::{
        Here, error,
        order::{PaymentGateway, PaymentType},
        scalar::{Int, Money},
    },
    payment::{
        change::Code,
        create::{self, NewPayment},
    },
};

payment_payload!(PaymentCreatePayload, PaymentCreateUserError, PaymentCreateErrorCode);

/// What is to be paid.
#[derive(Clone, Debug, InputObject)]
pub struct PaymentCreateInput {
    /// The order.
    order: ID,
    /// Who moves the money. MANUAL is for staff.
    gateway: PaymentGateway,
    /// How it is paid.
    r#type: PaymentType,
    /// How much; all that is still to be paid unless told.
    amount: Option<Money>,
    /// How the payment is called to people, at most 255 characters; by its type unless told.
    method: Option<String>,
    /// The shop's reference of a payment by hand, at most 255 characters.
    reference: Option<String>,
    /// A remark, which the buyer sees too; at most 2000 characters.
    note: Option<String>,
    /// Why; kept in the timeline.
    reason: Option<String>,
    /// The version of the order you know: refused with CONFLICT when it has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// `paymentCreate`.
#[derive(Default)]
pub struct PaymentCreate;

#[Object]
impl PaymentCreate {
    /// Begins a payment of an order, which may have several. Buyers do so for own orders through a provider, staff for all.
    async fn payment_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be paid.")] input: PaymentCreateInput,
    ) -> Result<PaymentCreatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::PaymentCreate)?;
        let outcome = match error::id(&input.order, Code::NotFound, &["order"], "Order") {
            Err(refusal) => Err(refusal.into()),
            Ok(order) => {
                let new = NewPayment {
                    order,
                    gateway: input.gateway.into(),
                    kind: input.r#type.into(),
                    amount: input.amount.map(|amount| amount.decimal()),
                    method: input.method,
                    reference: input.reference,
                    note: input.note,
                };
                let terms = terms(input.reason, input.expected_version, input.idempotency_key, input.dry_run);
                create::create(here.app, here.origin, new, terms).await
            }
        };
        PaymentCreatePayload::of(ctx, outcome).await
    }
}
