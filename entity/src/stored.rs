//! Enums that are stored as text, by the names the API shows.

use sea_orm::{DeriveActiveEnum, EnumIter, Iterable, prelude::StringLen};
use serde::{Deserialize, Serialize};

macro_rules! stored_enums {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
        #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(24))")]
        pub enum $name {
            $($(#[$variant_doc])* #[sea_orm(string_value = $text)] #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// Every value, in the order of its life.
            pub fn all() -> impl Iterator<Item = Self> {
                Self::iter()
            }

            /// The stored text, which is also the name in the API.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// The value a stored text stands for.
            pub fn from_text(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}

stored_enums! {
    /// Where an order is in its life (ORD-17).
    OrderStatus {
        /// Placed, not yet accepted.
        Pending = "PENDING",
        /// Accepted.
        Confirmed = "CONFIRMED",
        /// Being prepared.
        Processing = "PROCESSING",
        /// Handed to the carrier.
        Shipped = "SHIPPED",
        /// On the last leg.
        OutForDelivery = "OUT_FOR_DELIVERY",
        /// With the buyer.
        Delivered = "DELIVERED",
        /// Called off.
        Cancelled = "CANCELLED",
        /// Money given back.
        Refunded = "REFUNDED",
        /// Goods came back.
        Returned = "RETURNED",
        /// Goods were damaged.
        Damaged = "DAMAGED",
    }

    /// How an order stands with its payments, derived and stored so that it can be filtered (C-12).
    OrderPaymentStatus {
        /// No payment was tried, or none of an amount.
        Unpaid = "UNPAID",
        /// A payment is under way or authorised.
        Pending = "PENDING",
        /// Some of the total is paid.
        PartiallyPaid = "PARTIALLY_PAID",
        /// All of the total is paid.
        Paid = "PAID",
        /// Some of what was paid was given back.
        PartiallyRefunded = "PARTIALLY_REFUNDED",
        /// All that was paid was given back.
        Refunded = "REFUNDED",
        /// Every payment failed.
        Failed = "FAILED",
    }

    /// How far the goods are, derived (C-18).
    FulfillmentStatus {
        /// Nothing was done yet.
        Unfulfilled = "UNFULFILLED",
        /// Being prepared.
        Processing = "PROCESSING",
        /// Some of it is on the way.
        PartiallyShipped = "PARTIALLY_SHIPPED",
        /// All of it is on the way.
        Shipped = "SHIPPED",
        /// On the last leg.
        OutForDelivery = "OUT_FOR_DELIVERY",
        /// With the buyer.
        Delivered = "DELIVERED",
        /// Came back.
        Returned = "RETURNED",
    }

    /// The state of one fulfillment (ORD-28).
    FulfillmentState {
        /// Being prepared.
        Pending = "PENDING",
        /// Handed to the carrier.
        Shipped = "SHIPPED",
        /// On the last leg.
        OutForDelivery = "OUT_FOR_DELIVERY",
        /// With the buyer.
        Delivered = "DELIVERED",
        /// Called off before it was shipped.
        Cancelled = "CANCELLED",
    }

    /// Who makes labels and tells of the way of parcels (ORD-29).
    ShippingProvider {
        /// Nobody but the shop's own people.
        Manual = "MANUAL",
        /// Shippo.
        Shippo = "SHIPPO",
    }

    /// What an order is held for.
    HoldReason {
        /// The payment is not settled.
        Payment = "PAYMENT",
        /// It may be a fraud.
        Fraud = "FRAUD",
        /// The address must be cleared up.
        Address = "ADDRESS",
        /// Goods are missing.
        Stock = "STOCK",
        /// The buyer asked for it.
        CustomerRequest = "CUSTOMER_REQUEST",
        /// Anything else.
        Other = "OTHER",
    }

    /// How fast, or whether at all, an order is shipped (ORD-03).
    OrderType {
        /// Shipped in the usual time.
        Standard = "STANDARD",
        /// Shipped fast.
        Express = "EXPRESS",
        /// Fetched by the buyer.
        Pickup = "PICKUP",
    }

    /// The state of one payment (C-12).
    PaymentStatus {
        /// Begun, not settled.
        Pending = "PENDING",
        /// Promised by the provider, not captured.
        Authorized = "AUTHORIZED",
        /// Captured.
        Paid = "PAID",
        /// Some of it given back.
        PartiallyRefunded = "PARTIALLY_REFUNDED",
        /// All of it given back.
        Refunded = "REFUNDED",
        /// Refused.
        Failed = "FAILED",
        /// Called off before capture.
        Cancelled = "CANCELLED",
    }

    /// How somebody pays (PAY-02, C-11).
    PaymentType {
        /// Cash.
        Cash = "CASH",
        /// Credit card.
        Credit = "CREDIT",
        /// Debit card.
        Debit = "DEBIT",
        /// Bank transfer, boleto.
        Transfer = "TRANSFER",
        /// Voucher or gift card.
        Voucher = "VOUCHER",
        /// Anything else.
        Other = "OTHER",
    }

    /// Who moves the money (PAY-01).
    PaymentGateway {
        /// Nobody but the shop's own staff.
        Manual = "MANUAL",
        /// Stripe.
        Stripe = "STRIPE",
        /// PayPal.
        Paypal = "PAYPAL",
        /// Clover.
        Clover = "CLOVER",
    }

    /// When money is captured.
    CaptureMode {
        /// As soon as it is authorised.
        Automatic = "AUTOMATIC",
        /// When staff say so.
        Manual = "MANUAL",
    }

    /// How a refund stands.
    RefundStatus {
        /// Asked for, not settled.
        Pending = "PENDING",
        /// Given back.
        Succeeded = "SUCCEEDED",
        /// Not given back.
        Failed = "FAILED",
    }

    /// What a payment provider is asked for.
    AttemptKind {
        /// To begin a payment, and to try it when a method is given.
        Authorize = "AUTHORIZE",
        /// To go on after the buyer acted.
        Confirm = "CONFIRM",
        /// To capture what was authorised.
        Capture = "CAPTURE",
        /// To call off what was not captured.
        Void = "VOID",
        /// To give money back.
        Refund = "REFUND",
    }

    /// How a call of a payment provider stands.
    AttemptState {
        /// Being called, or broken off.
        Started = "STARTED",
        /// Done.
        Succeeded = "SUCCEEDED",
        /// Refused; money did not move.
        Failed = "FAILED",
        /// Called without learning what came of it.
        Unknown = "UNKNOWN",
    }

    /// Whether a product can be sold (C-22).
    ProductStatus {
        /// Being written.
        Draft = "DRAFT",
        /// Shown and sold.
        Published = "PUBLISHED",
        /// Shown and sold.
        Active = "ACTIVE",
        /// Put away.
        Archived = "ARCHIVED",
    }

    /// What a bulk operation works on (C-35).
    BulkKind {
        /// Orders.
        Orders = "ORDERS",
        /// Products.
        Products = "PRODUCTS",
        /// Customers.
        Customers = "CUSTOMERS",
    }

    /// What becomes of the others when one is refused (C-35).
    BulkMode {
        /// They are done.
        BestEffort = "BEST_EFFORT",
        /// None is.
        AllOrNothing = "ALL_OR_NOTHING",
    }

    /// How a bulk operation stands.
    BulkStatus {
        /// Accepted, not begun.
        Queued = "QUEUED",
        /// Being worked off.
        Running = "RUNNING",
        /// To stop after what is in hand.
        Cancelling = "CANCELLING",
        /// Stopped before its end.
        Cancelled = "CANCELLED",
        /// Worked off.
        Succeeded = "SUCCEEDED",
        /// Broken off.
        Failed = "FAILED",
    }

    /// What came of one thing of a bulk operation.
    BulkOutcome {
        /// It was done.
        Succeeded = "SUCCEEDED",
        /// It was so already.
        Skipped = "SKIPPED",
        /// It was not done.
        Failed = "FAILED",
    }

    /// Whether a customer may buy (CUST-06).
    CustomerStatus {
        /// May buy.
        Active = "ACTIVE",
        /// May neither sign in nor buy.
        Blocked = "BLOCKED",
    }

    /// What a user may do at large; sellers are users with a store membership (AUTH-10).
    Role {
        /// Buys.
        Customer = "CUSTOMER",
        /// Runs the shop.
        Staff = "STAFF",
        /// Runs the shop and its rules.
        Admin = "ADMIN",
    }

    /// Where goods that come back are.
    ReturnStatus {
        /// Asked for by the buyer.
        Requested = "REQUESTED",
        /// Accepted: the goods may come.
        Approved = "APPROVED",
        /// Not accepted.
        Rejected = "REJECTED",
        /// Called off before the goods came.
        Cancelled = "CANCELLED",
        /// The goods came.
        Received = "RECEIVED",
    }

    /// Why goods come back.
    ReturnReason {
        /// Broken.
        Damaged = "DAMAGED",
        /// It does not work.
        Defective = "DEFECTIVE",
        /// Something else was sent.
        WrongItem = "WRONG_ITEM",
        /// It is not what was described.
        NotAsDescribed = "NOT_AS_DESCRIBED",
        /// It came too late.
        TooLate = "TOO_LATE",
        /// The buyer changed their mind.
        NotWanted = "NOT_WANTED",
        /// Anything else; the note tells.
        Other = "OTHER",
    }

    /// Who did what an event tells of.
    ActorKind {
        /// A buyer.
        Customer = "CUSTOMER",
        /// A member of a store.
        Seller = "SELLER",
        /// The shop's staff.
        Staff = "STAFF",
        /// An administrator.
        Admin = "ADMIN",
        /// The service itself, from the command line or a job.
        System = "SYSTEM",
        /// An import of data from elsewhere.
        Import = "IMPORT",
    }

    /// What a billing document says.
    InvoiceKind {
        /// What is owed for the goods of a store.
        Invoice = "INVOICE",
        /// What of it was given back.
        CreditNote = "CREDIT_NOTE",
    }

    /// What kind of thing an event is about.
    EventSubject {
        /// An order.
        Order = "ORDER",
        /// A product or one of its variants.
        Product = "PRODUCT",
        /// A store.
        Store = "STORE",
        /// A customer.
        Customer = "CUSTOMER",
        /// A way to ship.
        ShippingMethod = "SHIPPING_METHOD",
        /// A user.
        User = "USER",
        /// Background work.
        Job = "JOB",
        /// An endpoint of outgoing webhooks.
        WebhookEndpoint = "WEBHOOK_ENDPOINT",
        /// An export.
        Export = "EXPORT",
    }

    /// Lists of which views are kept.
    SavedViewList {
        /// Orders.
        Orders = "ORDERS",
        /// Customers.
        Customers = "CUSTOMERS",
        /// Products.
        Products = "PRODUCTS",
        /// Payments.
        Payments = "PAYMENTS",
    }

    /// What a notification tells of: the kind of its event (NOTE-01).
    NotificationKind {
        /// An order was placed.
        OrderCreated = "ORDER_CREATED",
        /// An order was accepted.
        OrderConfirmed = "ORDER_CONFIRMED",
        /// An order is on its way.
        OrderShipped = "ORDER_SHIPPED",
        /// A part of an order is on its way.
        FulfillmentShipped = "FULFILLMENT_SHIPPED",
        /// An order arrived.
        OrderDelivered = "ORDER_DELIVERED",
        /// A part of an order arrived.
        FulfillmentDelivered = "FULFILLMENT_DELIVERED",
        /// An order was called off.
        OrderCancelled = "ORDER_CANCELLED",
        /// The money of an order was given back.
        OrderRefunded = "ORDER_REFUNDED",
        /// A payment came in.
        PaymentCaptured = "PAYMENT_CAPTURED",
        /// A payment was refused.
        PaymentFailed = "PAYMENT_FAILED",
        /// Money of a payment was given back.
        RefundSucceeded = "REFUND_SUCCEEDED",
        /// An order should have been on its way.
        OrderOverdue = "ORDER_OVERDUE",
    }

    /// What an export has rows of.
    ExportNoun {
        /// Orders, or their lines.
        Orders = "ORDERS",
        /// Lines of orders.
        OrderItems = "ORDER_ITEMS",
        /// Payments.
        Payments = "PAYMENTS",
        /// Customers.
        Customers = "CUSTOMERS",
        /// Variants of products.
        Products = "PRODUCTS",
    }

    /// How an export stands.
    ExportStatus {
        /// It waits to be written.
        Pending = "PENDING",
        /// It is being written.
        Running = "RUNNING",
        /// It can be fetched.
        Ready = "READY",
        /// It was given up.
        Failed = "FAILED",
        /// It was called off before it was ready.
        Cancelled = "CANCELLED",
    }

    /// Whether an endpoint of outgoing webhooks is told of events.
    WebhookStatus {
        /// It is.
        Active = "ACTIVE",
        /// It is not: by its owner, after long failure, or because it said that it is gone.
        Disabled = "DISABLED",
    }

    /// How a delivery of an outgoing webhook stands.
    WebhookDeliveryState {
        /// It waits for its first or next attempt.
        Pending = "PENDING",
        /// The receiver took it.
        Succeeded = "SUCCEEDED",
        /// It was given up: a dead letter.
        Failed = "FAILED",
    }
}
