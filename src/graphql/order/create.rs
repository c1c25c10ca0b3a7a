//! `orderCreate`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{
    AddressInput, Order, OrderGroup,
    stored::{OrderStatus, OrderType, PaymentType},
};
use crate::{
    auth::policy::{Right, authorise},
    fault::Refusal,
    graphql::{
        Here, error,
        scalar::{Int, Moment, Money},
    },
    limit::{What, address::Address},
    order::create::{self, Code, Created, NewCustomer, NewLine, NewOrder},
};

error::user_errors! {
    OrderCreateUserError, OrderCreateErrorCode = Code {
        /// Without lines there is no order.
        Empty,
        /// Too many lines.
        TooManyItems,
        /// Not so many pieces left; see available.
        InsufficientStock,
        /// No such thing, or not yours.
        NotFound,
        /// The product is not on sale.
        NotSellable,
        /// Below 1 or beyond the limit.
        InvalidQuantity,
        /// The price is another one than you expected; see currentPrice.
        PriceChanged,
        /// Not an amount of the currency.
        InvalidAmount,
        /// Lines, shipping and sums must share one currency.
        CurrencyMismatch,
        /// An order here is of one store; see stores.
        MultipleStores,
        /// Physical goods need a shipping address.
        AddressRequired,
        /// Not an address.
        InvalidAddress,
        /// The customer may not buy.
        CustomerBlocked,
        /// Only staff may give this.
        Forbidden,
        /// Anything else that is wrong with the input.
        InvalidInput,
        /// The key was used with other input.
        IdempotencyKeyReused,
    }, details: [stock]
}

/// What is to be ordered.
#[derive(Clone, Debug, InputObject)]
pub struct OrderCreateInput {
    /// The lines, 1 to 500.
    items: Option<Vec<OrderCreateItemInput>>,
    /// For whom, by staff; else for you.
    customer: Option<ID>,
    /// For somebody new, by staff.
    new_customer: Option<NewCustomerInput>,
    /// How it is shipped.
    #[graphql(default_with = "Some(OrderType::Standard)")]
    r#type: Option<OrderType>,
    /// How the buyer means to pay.
    payment_type: Option<PaymentType>,
    /// Way of shipping; its price and days become the order's.
    shipping_method: Option<ID>,
    /// Where to; required for physical goods unless they are picked up.
    shipping_address: Option<AddressInput>,
    /// Who is billed.
    billing_address: Option<AddressInput>,
    /// The buyer's note, at most 5000 characters.
    note: Option<String>,
    /// When it was placed, by staff; else now.
    placed_at: Option<Moment>,
    /// Status to begin in, by staff; else PENDING.
    status: Option<OrderStatus>,
    /// Makes a repeated call the same call: the same key and input give the same order.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back: the order is returned, nothing is kept.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// One line to be ordered: a variant by its id or by its SKU.
#[derive(Clone, Debug, InputObject)]
pub struct OrderCreateItemInput {
    /// The variant's id.
    variant: Option<ID>,
    /// The variant's SKU.
    sku: Option<String>,
    /// Pieces, 1 to 1000000.
    quantity: Int,
    /// By staff the price of one; by others what they expect it to be, PRICE_CHANGED when it differs.
    unit_price: Option<Money>,
}

/// A customer made together with its first order.
#[derive(Clone, Debug, InputObject)]
pub struct NewCustomerInput {
    /// Full name, 1 to 255 characters.
    name: String,
    /// E-mail address, unique.
    email: Option<String>,
    /// Telephone number.
    phone: Option<String>,
}

/// What came of orderCreate.
#[derive(SimpleObject)]
pub struct OrderCreatePayload {
    /// The order, or the first of several; null when it was refused.
    order: Option<Order>,
    /// The orders: one, or where the shop splits orders one per store, in the order in which their goods were named.
    orders: Vec<Order>,
    /// True: this call repeats an earlier one with the same key.
    replayed: bool,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<OrderCreateUserError>,
}

impl OrderCreateInput {
    fn order(self) -> Result<NewOrder, Refusal<Code>> {
        let id = |text: Option<ID>, field: &str, what: &str| {
            text.map(|text| error::id(&text, Code::NotFound, &[field], what)).transpose()
        };
        let items = self.items.unwrap_or_default().into_iter().enumerate();
        let items = items.map(|(index, line)| line.line("items", index, Code::NotFound));
        Ok(NewOrder {
            items: items.collect::<Result<_, _>>()?,
            customer: id(self.customer, "customer", "Customer")?,
            new_customer: self.new_customer.map(|new| NewCustomer { name: new.name, email: new.email, phone: new.phone }),
            kind: Some(self.r#type.unwrap_or(OrderType::Standard).into()),
            payment_type: self.payment_type.map(Into::into),
            shipping_method: self
                .shipping_method
                .map(|text| error::id(&text, Code::NotFound, &["shippingMethod"], "Shipping method"))
                .transpose()?,
            shipping_address: self
                .shipping_address
                .map(|address| address.choice(Code::NotFound, "shippingAddress"))
                .transpose()?,
            billing_address: self.billing_address.map(|address| address.choice(Code::NotFound, "billingAddress")).transpose()?,
            note: self.note,
            placed_at: self.placed_at.map(|moment| moment.0),
            status: self.status.map(Into::into),
        })
    }
}

impl OrderCreateItemInput {
    /// A line of its parts.
    pub fn new(variant: Option<ID>, sku: Option<String>, quantity: Int, unit_price: Option<Money>) -> Self {
        Self { variant, sku, quantity, unit_price }
    }

    /// The line for a command; `code` is its word for what is not there, `list` the name of the lines in its input.
    ///
    /// # Errors
    /// A refusal when the variant is named by what is not an id of one.
    pub fn line<C>(self, list: &str, index: usize, code: C) -> Result<NewLine, Refusal<C>> {
        let at = [list, &index.to_string(), "variant"];
        Ok(NewLine {
            variant: self.variant.map(|text| error::id(&text, code, &at, "Product")).transpose()?,
            sku: self.sku,
            quantity: self.quantity.0,
            unit_price: self.unit_price.map(|price| price.decimal()),
        })
    }
}

/// `orderCreate`.
#[derive(Default)]
pub struct OrderCreate;

#[Object]
impl OrderCreate {
    /// Places an order: prices from the catalogue, stock taken, all or nothing.
    async fn order_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be ordered.")] mut input: OrderCreateInput,
    ) -> Result<OrderCreatePayload> {
        let here = Here::of(ctx)?;
        // Before anything is read of the input: what is wrong with it is not for somebody who may not order.
        authorise(here.actor(), Right::OrderCreate, &here.app.config.orders).map_err(error::denied)?;
        if let Some(user) = here.actor().user()
            && ctx.data_opt::<Address>() != Some(&Address::Local)
        {
            let taken = here.app.limits.take(What::OrderCreate(user), 1).await;
            taken.map_err(|exceeded| error::denied(exceeded.into()))?;
        }
        let (key, dry_run) = (input.idempotency_key.take(), input.dry_run.unwrap_or(false));
        let outcome = match input.order() {
            Ok(new) => create::create(here.app, here.origin, new, key.as_deref(), dry_run).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => OrderCreatePayload { order: None, orders: Vec::new(), replayed: false, user_errors },
            Ok(created) => {
                let replayed = created.replayed;
                let orders = shown(ctx, created)?;
                OrderCreatePayload { order: orders.first().cloned(), orders, replayed, user_errors: Vec::new() }
            }
        })
    }
}

/// The orders that were created.
fn shown(ctx: &Context<'_>, created: Created) -> Result<Vec<Order>> {
    // Of a repeated call the group is read as it is now.
    let group = created.group.filter(|_| !created.replayed).map(|group| OrderGroup::placed(group, created.orders.clone()));
    let orders = created.orders.into_iter().map(|placed| {
        let order = Order::placed(ctx, placed)?;
        Ok(match &group {
            Some(group) => order.with_group(group.clone()),
            None => order,
        })
    });
    orders.collect()
}
