//! Saved methods of payment as the API shows them, and `paymentMethodDelete`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entity::payment_method;

use super::changed::payment_errors;
use crate::{
    auth::policy::Right,
    graphql::{Here, error, order::PaymentGateway, scalar::Moment},
    payment::{change::Code, method},
};

payment_errors!(PaymentMethodDeleteUserError, PaymentMethodDeleteErrorCode);

/// A method of payment that a provider keeps for a customer: enough to recognise it, nothing to pay with elsewhere.
#[derive(Clone, Debug, SimpleObject)]
pub struct PaymentMethod {
    /// The method's id.
    id: ID,
    /// The provider that keeps it.
    gateway: PaymentGateway,
    /// The card's brand, such as visa.
    card_brand: Option<String>,
    /// The last four digits of the card.
    last4: Option<String>,
    /// Month in which the card ends, from 1.
    expiry_month: Option<i32>,
    /// Year in which the card ends.
    expiry_year: Option<i32>,
    /// When it was saved.
    created_at: Moment,
}

impl From<&payment_method::Model> for PaymentMethod {
    fn from(row: &payment_method::Model) -> Self {
        Self {
            id: ID(row.id.to_string()),
            gateway: row.gateway.into(),
            card_brand: row.brand.clone(),
            last4: row.last4.clone(),
            expiry_month: row.exp_month,
            expiry_year: row.exp_year,
            created_at: Moment(row.created_at),
        }
    }
}

/// Which method is deleted.
#[derive(Clone, Debug, InputObject)]
pub struct PaymentMethodDeleteInput {
    /// The method.
    payment_method: ID,
}

/// What came of paymentMethodDelete.
#[derive(SimpleObject)]
pub struct PaymentMethodDeletePayload {
    /// Id of the method that is gone; null when the deletion was refused.
    deleted_id: Option<ID>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<PaymentMethodDeleteUserError>,
}

/// `paymentMethodDelete`.
#[derive(Default)]
pub struct PaymentMethodDelete;

#[Object]
impl PaymentMethodDelete {
    /// Deletes a saved method of payment, here and at its provider: your own, or by staff.
    async fn payment_method_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which method is deleted.")] input: PaymentMethodDeleteInput,
    ) -> Result<PaymentMethodDeletePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::PaymentMethodDelete)?;
        let outcome = match error::id(&input.payment_method, Code::NotFound, &["paymentMethod"], "Payment method") {
            Err(refusal) => Err(refusal.into()),
            Ok(id) => method::delete(here.app, here.origin, id).await,
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => PaymentMethodDeletePayload { deleted_id: None, user_errors },
            Ok(()) => PaymentMethodDeletePayload { deleted_id: Some(input.payment_method), user_errors: Vec::new() },
        })
    }
}
