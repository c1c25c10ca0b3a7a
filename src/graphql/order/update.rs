//! `orderUpdate`.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::{
    AddressInput,
    transition::{change_types, version},
};
use crate::{
    fault::Refusal,
    graphql::{
        Here, error,
        scalar::{Date, Int},
    },
    order::{
        change::{Code, Terms},
        update::{self, Edit},
    },
};

change_types!(OrderUpdatePayload, OrderUpdateUserError, OrderUpdateErrorCode);

/// What is to be changed; fields left out stay as they are.
#[derive(Clone, Debug, InputObject)]
pub struct OrderUpdateInput {
    /// The order.
    order: ID,
    /// The buyer's note, at most 5000 characters; an empty one takes it away.
    note: Option<String>,
    /// Where to.
    shipping_address: Option<AddressInput>,
    /// Who is billed.
    billing_address: Option<AddressInput>,
    /// Way of shipping, until something has left; its price and days become the order's.
    shipping_method: Option<ID>,
    /// The carrier's number, by staff; an empty one takes it away.
    tracking_number: Option<String>,
    /// Expected day of delivery, by staff.
    estimated_delivery: Option<Date>,
    /// Why; kept in the timeline.
    reason: Option<String>,
    /// The version you know: refused with CONFLICT when the order has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

impl OrderUpdateInput {
    fn parts(self) -> Result<(entity::id::OrderId, Edit, Terms), Refusal<Code>> {
        let id = error::id(&self.order, Code::NotFound, &["order"], "Order")?;
        let edit = Edit {
            note: self.note,
            shipping_address: self
                .shipping_address
                .map(|address| address.choice(Code::NotFound, "shippingAddress"))
                .transpose()?,
            billing_address: self.billing_address.map(|address| address.choice(Code::NotFound, "billingAddress")).transpose()?,
            shipping_method: self
                .shipping_method
                .map(|text| error::id(&text, Code::NotFound, &["shippingMethod"], "Shipping method"))
                .transpose()?,
            tracking_number: self.tracking_number,
            estimated_delivery: self.estimated_delivery.map(|day| day.0),
        };
        let terms = Terms {
            reason: self.reason,
            force: false,
            expected_version: version(self.expected_version),
            idempotency_key: self.idempotency_key,
            dry_run: self.dry_run.unwrap_or(false),
        };
        Ok((id, edit, terms))
    }
}

/// `orderUpdate`.
#[derive(Default)]
pub struct OrderUpdate;

#[Object]
impl OrderUpdate {
    /// Changes note, addresses, way of shipping, tracking number or expected delivery: buyers while the order is PENDING,
    /// staff while it is open.
    async fn order_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be changed.")] input: OrderUpdateInput,
    ) -> Result<OrderUpdatePayload> {
        let here = Here::of(ctx)?;
        crate::auth::policy::authorise(here.actor(), crate::auth::policy::Right::OrderUpdate, &here.app.config.orders)
            .map_err(error::denied)?;
        let outcome = match input.parts() {
            Ok((id, edit, terms)) => update::update(here.app, here.origin, id, edit, terms).await,
            Err(refusal) => Err(refusal.into()),
        };
        OrderUpdatePayload::of(ctx, outcome)
    }
}
