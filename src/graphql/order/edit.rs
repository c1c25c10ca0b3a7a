//! `orderEdit`, and what the mutations of single lines share with it.

use async_graphql::{Context, ID, InputObject, Object, Result};
use entity::id::{OrderId, OrderItemId};

use super::{AddressInput, create::OrderCreateItemInput, transition::version};
use crate::{
    auth::policy::Right,
    fault::{Failure, Refusal},
    graphql::{
        Here, error,
        scalar::{Int, Money},
    },
    order::{
        change::Terms,
        edit::{self, Code, Edit, Edited, LineChange},
        update,
    },
};

/// Declares the types of a mutation that edits the lines of an order.
macro_rules! edit_types {
    ($payload:ident, $error:ident, $code:ident) => {
        $crate::graphql::error::user_errors! {
            $error, $code = $crate::order::edit::Code {
                /// No such order, line or thing, or not yours.
                NotFound,
                /// The order, or this of it, cannot be changed in its current status.
                OrderNotEditable,
                /// The line has left already.
                ItemShipped,
                /// An order has at least one line: cancel it instead.
                LastItem,
                /// Too many lines.
                TooManyItems,
                /// Not so many pieces left; see available.
                InsufficientStock,
                /// The product is not on sale.
                NotSellable,
                /// Below 1 or beyond the limit.
                InvalidQuantity,
                /// The price is another one than you expected, or than the line has; see currentPrice.
                PriceChanged,
                /// Not an amount of the currency, or sums beyond what an order holds.
                InvalidAmount,
                /// Lines, shipping and sums share the order's currency.
                CurrencyMismatch,
                /// An order here is of one store; see stores.
                MultipleStores,
                /// Physical goods need a shipping address.
                AddressRequired,
                /// Not an address.
                InvalidAddress,
                /// You may not do this with the order.
                Forbidden,
                /// The order changed since the version you know; see changedFields.
                Conflict,
                /// Anything else that is wrong with the input.
                InvalidInput,
                /// The key was used with other input.
                IdempotencyKeyReused,
            }, details: [edit]
        }

        /// What came of an edit of an order.
        #[derive(async_graphql::SimpleObject)]
        pub struct $payload {
            /// The order as it is now; null when the edit was refused.
            order: Option<$crate::graphql::order::Order>,
            /// The line that was added or changed, as it is now; null when none was, or when it is gone since.
            item: Option<$crate::graphql::order::OrderItem>,
            /// What was paid beyond the new total and is to be given back; null when nothing is.
            refund_due: Option<$crate::graphql::scalar::Money>,
            /// True: this call repeats an earlier one with the same key.
            replayed: bool,
            /// Why it was refused; empty when it was not.
            user_errors: Vec<$error>,
        }

        impl $payload {
            /// The payload of what the command answered.
            async fn of(
                ctx: &async_graphql::Context<'_>,
                outcome: Result<$crate::order::edit::Edited, $crate::fault::Failure<$crate::order::edit::Code>>,
            ) -> async_graphql::Result<Self> {
                Ok(match $crate::graphql::error::settle(ctx, outcome)? {
                    Err(user_errors) => Self { order: None, item: None, refund_due: None, replayed: false, user_errors },
                    Ok(edited) => {
                        let replayed = edited.replayed;
                        let (order, item, refund_due) = $crate::graphql::order::edit::shown(ctx, edited).await?;
                        Self { order: Some(order), item, refund_due, replayed, user_errors: Vec::new() }
                    }
                })
            }
        }
    };
}
pub(super) use edit_types;

edit_types!(OrderEditPayload, OrderEditUserError, OrderEditErrorCode);

/// What is to be changed of an order; what is left out stays as it is. Lines are removed, changed and added in this order.
#[derive(Clone, Debug, InputObject)]
pub struct OrderEditInput {
    /// The order.
    order: ID,
    /// Lines to add. More pieces of a variant at the price of a line that is there join that line.
    add: Option<Vec<OrderCreateItemInput>>,
    /// Lines to change.
    update: Option<Vec<OrderEditItemInput>>,
    /// Lines to remove; not all that there are.
    remove: Option<Vec<ID>>,
    /// The buyer's note, at most 5000 characters; an empty one takes it away.
    note: Option<String>,
    /// Where to.
    shipping_address: Option<AddressInput>,
    /// Who is billed.
    billing_address: Option<AddressInput>,
    /// Way of shipping; its price and days become the order's.
    shipping_method: Option<ID>,
    /// Why; kept in the timeline.
    reason: Option<String>,
    /// The version you know: refused with CONFLICT when the order has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back: the order is returned as it would be, nothing is kept.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// A line to be changed.
#[derive(Clone, Debug, InputObject)]
pub struct OrderEditItemInput {
    /// The line.
    item: ID,
    /// Pieces, 1 to 1000000.
    quantity: Option<Int>,
    /// Price of one, by staff.
    unit_price: Option<Money>,
}

impl OrderEditInput {
    fn parts(self) -> Result<(OrderId, Edit, Terms), Refusal<Code>> {
        let id = error::id(&self.order, Code::NotFound, &["order"], "Order")?;
        let add = self.add.unwrap_or_default().into_iter().enumerate();
        let update = self.update.unwrap_or_default().into_iter().enumerate();
        let remove = self.remove.unwrap_or_default().into_iter().enumerate();
        let method = self.shipping_method;
        let fields = update::Edit {
            note: self.note,
            shipping_address: self
                .shipping_address
                .map(|address| address.choice(Code::NotFound, "shippingAddress"))
                .transpose()?,
            billing_address: self.billing_address.map(|address| address.choice(Code::NotFound, "billingAddress")).transpose()?,
            shipping_method: method
                .map(|text| error::id(&text, Code::NotFound, &["shippingMethod"], "Shipping method"))
                .transpose()?,
            ..Default::default()
        };
        let edit = Edit {
            fields,
            add: add.map(|(index, line)| line.line("add", index, Code::NotFound)).collect::<Result<_, _>>()?,
            update: update.map(|(index, line)| line.change(index)).collect::<Result<_, _>>()?,
            remove: remove.map(|(index, id)| item(&id, &["remove", &index.to_string()])).collect::<Result<_, _>>()?,
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

impl OrderEditItemInput {
    fn change(self, index: usize) -> Result<LineChange, Refusal<Code>> {
        Ok(LineChange {
            item: item(&self.item, &["update", &index.to_string(), "item"])?,
            quantity: self.quantity.map(|quantity| quantity.0),
            unit_price: self.unit_price.map(|price| price.decimal()),
        })
    }
}

/// The id of a line.
pub(super) fn item(text: &str, at: &[&str]) -> Result<OrderItemId, Refusal<Code>> {
    error::id(text, Code::NotFound, at, "Order item")
}

/// The parts of an edited order that its payload shows.
pub(super) async fn shown(ctx: &Context<'_>, edited: Edited) -> Result<(super::Order, Option<super::OrderItem>, Option<Money>)> {
    let here = Here::of(ctx)?;
    here.loaders.items.forget(edited.order.id).await;
    here.loaders.events.forget(edited.order.id).await;
    here.loaders.orders.forget(edited.order.id).await;
    let due = edit::sums::refund_due(&edited.order);
    let mut order = super::Order::seen(ctx, std::sync::Arc::new(edited.order))?;
    if let Some(lines) = edited.lines {
        order = order.with_items(lines.into());
    }
    let item = match edited.item {
        Some(id) => order.item(ctx, id).await?,
        None => None,
    };
    let due = (due > 0).then(|| Money::new(due, order.money()));
    Ok((order, item, due))
}

/// Edits one line of an order: refusals name the fields of the mutation's own input.
pub(super) async fn single(
    ctx: &Context<'_>,
    right: Right,
    order: &str,
    edit: Result<Edit, Refusal<Code>>,
    terms: Terms,
) -> Result<Result<Edited, Failure<Code>>> {
    let here = Here::of(ctx)?;
    here.authorise(right)?;
    let outcome = match (error::id(order, Code::NotFound, &["order"], "Order"), edit) {
        (Ok(id), Ok(edit)) => edit::edit(here.app, here.origin, right, id, edit, terms).await,
        (Err(refusal), _) | (_, Err(refusal)) => Err(refusal.into()),
    };
    Ok(outcome.map_err(|failure| match failure {
        Failure::Refused(refusals) => Failure::Refused(refusals.into_iter().map(alone).collect()),
        other => other,
    }))
}

/// `["update", "0", "quantity"]` is `["quantity"]` when there is one line only, and a line that is removed is its `item`.
fn alone(mut refusal: Refusal<Code>) -> Refusal<Code> {
    match refusal.field.as_slice() {
        [list, _] if list == "remove" => refusal.field = vec!["item".to_owned()],
        [list, _, field] if list == "add" || list == "update" => refusal.field = vec![field.clone()],
        _ => {}
    }
    refusal
}

/// `orderEdit`.
#[derive(Default)]
pub struct OrderEdit;

#[Object]
impl OrderEdit {
    /// Changes lines, note, addresses and way of shipping at once, all or nothing; stock, sums and the state of payments
    /// follow. Buyers edit their own orders while PENDING, staff while PENDING, CONFIRMED or PROCESSING; without changes
    /// of lines or way of shipping as in orderUpdate.
    async fn order_edit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be changed.")] input: OrderEditInput,
    ) -> Result<OrderEditPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::OrderEdit)?;
        let outcome = match input.parts() {
            Ok((id, edit, terms)) => edit::edit(here.app, here.origin, Right::OrderEdit, id, edit, terms).await,
            Err(refusal) => Err(refusal.into()),
        };
        OrderEditPayload::of(ctx, outcome).await
    }
}
