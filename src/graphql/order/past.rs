//! An order as it was at a moment.

use async_graphql::{Context, ID, Result, SimpleObject};
use entity::{stored, time::Timestamp};

use super::{
    OrderAddress,
    stored::{FulfillmentStatus, OrderPaymentStatus, OrderStatus},
};
use crate::{
    fault::Fault,
    graphql::{
        error,
        scalar::{CurrencyCode, Date, Moment, Money, count},
    },
    money::{Currency, parse_decimal, to_minor},
    order::{
        past::{Facts, ItemFacts},
        query::View,
    },
};

/// An order as it was at a moment, by its event log.
#[derive(Clone, Debug, SimpleObject)]
pub struct OrderSnapshot {
    /// The moment that was asked for.
    at: Moment,
    /// The order's version then.
    version: i32,
    /// Where it was in its life.
    status: OrderStatus,
    /// How it stood with its payments.
    payment_status: OrderPaymentStatus,
    /// How far the goods were.
    fulfillment_status: FulfillmentStatus,
    /// Currency of every amount.
    currency: CurrencyCode,
    /// The sums; for sellers those of the lines of own stores.
    totals: OrderSnapshotTotals,
    /// Where it was to be shipped to; without the e-mail address for sellers.
    shipping_address: Option<OrderAddress>,
    /// Who was billed; null for sellers.
    billing_address: Option<OrderAddress>,
    /// The carrier's number.
    tracking_number: Option<String>,
    /// The buyer's note.
    note: Option<String>,
    /// Expected day of delivery.
    estimated_delivery: Option<Date>,
    /// The lines, as far as you may see.
    items: Vec<OrderItemSnapshot>,
}

/// The sums of an order at a moment, in its currency.
#[derive(Clone, Debug, SimpleObject)]
pub struct OrderSnapshotTotals {
    /// Sum of the lines.
    subtotal: Money,
    /// Price of shipping.
    shipping: Money,
    /// Tax on top.
    tax: Money,
    /// Taken off.
    discount: Money,
    /// subtotal + shipping + tax − discount.
    total: Money,
    /// Captured by payments.
    paid: Money,
    /// Given back of what was captured.
    refunded: Money,
}

/// A line of an order at a moment.
#[derive(Clone, Debug, SimpleObject)]
pub struct OrderItemSnapshot {
    /// The line's id.
    id: ID,
    /// What was sold.
    name: String,
    /// Its SKU.
    sku: Option<String>,
    /// Pieces.
    quantity: i32,
    /// Price of one, in the order's currency.
    unit_price: Money,
    /// Price of all, in the order's currency.
    total: Money,
}

/// Shows an order at a moment to a caller with this view of it.
///
/// # Errors
/// When the log holds what is not of an order.
pub fn snapshot(ctx: &Context<'_>, facts: &Facts, at: Timestamp, view: &View, currency: Currency) -> Result<OrderSnapshot> {
    read(facts, at, view, currency).map_err(|what| error::internal(ctx, &Fault::Corrupt(format!("{what} of an order's past"))))
}

fn read(facts: &Facts, at: Timestamp, view: &View, currency: Currency) -> Result<OrderSnapshot, &'static str> {
    let whole = *view == View::Whole;
    let minor = |text: Option<&str>| {
        let amount = parse_decimal(text.unwrap_or("0")).and_then(|amount| to_minor(amount, currency));
        amount.map_err(|_| "amount")
    };
    let seen = |item: &ItemFacts| match view {
        View::Whole => true,
        View::Lines(stores) => item.store.as_deref().is_some_and(|id| id.parse().is_ok_and(|id| stores.contains(&id))),
    };
    let mut items = Vec::new();
    let mut own = 0_i64;
    for item in facts.items().into_iter().filter(seen) {
        let price = minor(Some(&item.unit_price))?;
        let total = price.saturating_mul(item.quantity);
        own = own.saturating_add(total);
        items.push(OrderItemSnapshot {
            id: ID(item.id),
            name: item.name,
            sku: item.sku,
            quantity: count(item.quantity),
            unit_price: Money::new(price, currency),
            total: Money::new(total, currency),
        });
    }
    let sum = |field, for_sellers| -> Result<Money, &'static str> {
        Ok(Money::new(if whole { minor(facts.text(field))? } else { for_sellers }, currency))
    };
    let address = OrderAddress::stored(facts.text("shippingAddress"));
    Ok(OrderSnapshot {
        at: Moment(at),
        version: facts.version,
        status: facts.text("status").and_then(stored::OrderStatus::from_text).ok_or("status")?.into(),
        payment_status: facts
            .text("paymentStatus")
            .and_then(stored::OrderPaymentStatus::from_text)
            .ok_or("payment status")?
            .into(),
        fulfillment_status: facts
            .text("fulfillmentStatus")
            .and_then(stored::FulfillmentStatus::from_text)
            .ok_or("fulfillment status")?
            .into(),
        currency: CurrencyCode(currency),
        totals: OrderSnapshotTotals {
            subtotal: sum("subtotal", own)?,
            shipping: sum("shipping", 0)?,
            tax: sum("tax", 0)?,
            discount: sum("discount", 0)?,
            total: sum("total", own)?,
            paid: sum("paid", 0)?,
            refunded: sum("refunded", 0)?,
        },
        shipping_address: if whole { address } else { address.map(OrderAddress::without_email) },
        billing_address: OrderAddress::stored(facts.text("billingAddress").filter(|_| whole)),
        tracking_number: facts.text("trackingNumber").map(str::to_owned),
        note: facts.text("note").map(str::to_owned),
        estimated_delivery: facts.text("estimatedDelivery").and_then(Date::from_stored),
        items,
    })
}
