//! The stored enums of orders and payments as the API shows them; a value that is missing here does not compile.

use async_graphql::Enum;
use entity::stored;

use crate::order::state;

/// Where an order is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::OrderStatus")]
pub enum OrderStatus {
    /// Placed, not yet accepted.
    Pending,
    /// Accepted.
    Confirmed,
    /// Being prepared.
    Processing,
    /// Handed to the carrier.
    Shipped,
    /// On the last leg.
    OutForDelivery,
    /// With the buyer.
    Delivered,
    /// Called off.
    Cancelled,
    /// Money given back.
    Refunded,
    /// Goods came back.
    Returned,
    /// Goods were damaged.
    Damaged,
}

/// How an order stands with its payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::OrderPaymentStatus")]
pub enum OrderPaymentStatus {
    /// No payment was tried, or none of an amount.
    Unpaid,
    /// A payment is under way or authorised.
    Pending,
    /// Some of the total is paid.
    PartiallyPaid,
    /// All of the total is paid.
    Paid,
    /// Some of what was paid was given back.
    PartiallyRefunded,
    /// All that was paid was given back.
    Refunded,
    /// Every payment failed.
    Failed,
}

/// How far the goods of an order are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::FulfillmentStatus")]
pub enum FulfillmentStatus {
    /// Nothing was done yet.
    Unfulfilled,
    /// Being prepared.
    Processing,
    /// Some of it is on the way.
    PartiallyShipped,
    /// All of it is on the way.
    Shipped,
    /// On the last leg.
    OutForDelivery,
    /// With the buyer.
    Delivered,
    /// Came back.
    Returned,
}

/// How fast, or whether at all, an order is shipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::OrderType")]
pub enum OrderType {
    /// Shipped in the usual time.
    Standard,
    /// Shipped fast.
    Express,
    /// Fetched by the buyer.
    Pickup,
}

/// The state of one payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::PaymentStatus")]
pub enum PaymentStatus {
    /// Begun, not settled.
    Pending,
    /// Promised by the provider, not captured.
    Authorized,
    /// Captured.
    Paid,
    /// Some of it given back.
    PartiallyRefunded,
    /// All of it given back.
    Refunded,
    /// Refused.
    Failed,
    /// Called off before capture.
    Cancelled,
}

/// How somebody pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::PaymentType")]
pub enum PaymentType {
    /// Cash.
    Cash,
    /// Credit card.
    Credit,
    /// Debit card.
    Debit,
    /// Bank transfer, boleto.
    Transfer,
    /// Voucher or gift card.
    Voucher,
    /// Anything else.
    Other,
}

/// Who moves the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::PaymentGateway")]
pub enum PaymentGateway {
    /// Nobody but the shop's own staff.
    Manual,
    /// Stripe.
    Stripe,
    /// PayPal.
    Paypal,
    /// Clover.
    Clover,
}

/// What can be done with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "state::Action")]
pub enum OrderAction {
    /// Accept it.
    Confirm,
    /// Begin to prepare it.
    Process,
    /// Hand it to the carrier.
    Ship,
    /// Bring it on the last leg.
    OutForDelivery,
    /// Hand it to the buyer.
    Deliver,
    /// Call it off.
    Cancel,
    /// Give the money back.
    Refund,
    /// Take the goods back.
    Return,
    /// Find the goods damaged.
    MarkDamaged,
    /// Change note or addresses.
    Edit,
}
